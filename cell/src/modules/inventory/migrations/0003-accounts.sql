-- Generation of the cell's account with the control plane: figures of an earlier one are void. What the
-- cell's partitions held when it was begun is the opening of each variant.
ALTER TABLE stock_feed ADD COLUMN generation int8 NOT NULL DEFAULT 1;
ALTER TABLE stock_pool ADD COLUMN opening_total int8 NOT NULL DEFAULT 0;
