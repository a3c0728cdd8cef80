-- Units that left the warehouse for shoppers, by the cell that sent them. They lower what is on hand.
ALTER TABLE stock_allotments ADD COLUMN shipped_total int8 NOT NULL DEFAULT 0;
-- The check on the kinds is dropped under the names that either dialect gave it.
ALTER TABLE stock_journal DROP CONSTRAINT IF EXISTS stock_journal_kind_check;
ALTER TABLE stock_journal DROP CONSTRAINT IF EXISTS check_kind;
ALTER TABLE stock_journal ADD CONSTRAINT stock_journal_kinds
  CHECK (kind IN ('count', 'received', 'removed', 'returned-by-cell', 'shipped'));
