-- Units that partitions held when this cell took them over, and when it handed them over. Totals only
-- grow: received + moved in − returned − moved out = available + reserved + committed.
ALTER TABLE stock_pool ADD COLUMN moved_in_total int8 NOT NULL DEFAULT 0;
ALTER TABLE stock_pool ADD COLUMN moved_out_total int8 NOT NULL DEFAULT 0;
