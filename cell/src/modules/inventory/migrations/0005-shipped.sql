-- Units that left the warehouse are not this cell's any more: of a sale, those that are still here stay
-- committed. received + opening + moved in − returned − moved out − shipped = available + reserved + committed.
-- The check on the states is dropped under the names that either dialect gave it.
ALTER TABLE stock_pool ADD COLUMN shipped_total int8 NOT NULL DEFAULT 0;
ALTER TABLE stock_reservations DROP CONSTRAINT IF EXISTS stock_reservations_state_check;
ALTER TABLE stock_reservations DROP CONSTRAINT IF EXISTS check_state;
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_states
  CHECK (state IN ('reserved', 'committed', 'released', 'shipped'));
DROP INDEX IF EXISTS stock_reservations_variant;
CREATE INDEX stock_reservations_held ON stock_reservations (variant_id)
  WHERE state IN ('reserved', 'committed');
