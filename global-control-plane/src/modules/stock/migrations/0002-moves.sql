-- Units that came to a cell with partitions, and went with them. The checks that knew of none are
-- dropped under the names that either dialect gave them.
ALTER TABLE stock_allotments ADD COLUMN moved_in_total int8 NOT NULL DEFAULT 0;
ALTER TABLE stock_allotments ADD COLUMN moved_out_total int8 NOT NULL DEFAULT 0;
ALTER TABLE stock_allotments ADD COLUMN opening_total int8 NOT NULL DEFAULT 0;
ALTER TABLE stock_allotments ADD COLUMN generation int8 NOT NULL DEFAULT 1;
ALTER TABLE stock_allotments DROP CONSTRAINT IF EXISTS stock_allotments_check1;
ALTER TABLE stock_allotments DROP CONSTRAINT IF EXISTS stock_allotments_check2;
ALTER TABLE stock_allotments DROP CONSTRAINT IF EXISTS check_returned_total_returned_total_received_total;
ALTER TABLE stock_allotments DROP CONSTRAINT IF EXISTS check_recalled_total_recalled_total_granted_total;

-- Units of accounts that were closed and that live on in other cells; negative where an account was
-- closed that had taken over more than it was granted.
ALTER TABLE stock_levels ADD COLUMN closed_out int8 NOT NULL DEFAULT 0;

-- Cells whose partitions are all elsewhere have no share; kept so that a change of that is acted on once.
CREATE TABLE stock_homes (
  cell_id text PRIMARY KEY,
  is_empty boolean NOT NULL
);
