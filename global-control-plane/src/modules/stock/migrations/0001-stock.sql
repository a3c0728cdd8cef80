-- Units of a variant in the vendor's warehouse. Units that a smaller count took away but that cells
-- still hold are pending: they stay on hand until the cells return them.
CREATE TABLE stock_levels (
  variant_id text PRIMARY KEY,
  vendor_id text NOT NULL,
  warehouse text NOT NULL,
  on_hand int8 NOT NULL CHECK (on_hand >= 0),
  unallotted int8 NOT NULL CHECK (unallotted >= 0),
  pending_reduction int8 NOT NULL CHECK (pending_reduction >= 0),
  counted_as_of timestamptz,
  -- JSON object of weights by cell, or null for the cells' configured weights.
  split text,
  CHECK (unallotted <= on_hand),
  CHECK (pending_reduction <= on_hand)
);

-- What the control plane has granted and asked back, and what the cell last said. Totals only grow.
CREATE TABLE stock_allotments (
  variant_id text NOT NULL,
  cell_id text NOT NULL,
  seq int8 NOT NULL,
  granted_total int8 NOT NULL,
  recalled_total int8 NOT NULL,
  received_total int8 NOT NULL,
  returned_total int8 NOT NULL,
  available int8 NOT NULL CHECK (available >= 0),
  reserved int8 NOT NULL CHECK (reserved >= 0),
  committed int8 NOT NULL CHECK (committed >= 0),
  report_version int8 NOT NULL,
  reported_at timestamptz,
  PRIMARY KEY (variant_id, cell_id),
  CHECK (received_total <= granted_total),
  CHECK (returned_total >= 0 AND returned_total <= received_total),
  CHECK (recalled_total >= 0 AND recalled_total <= granted_total)
);
CREATE UNIQUE INDEX stock_allotments_feed ON stock_allotments (cell_id, seq);

-- Number of the last grant or recall for each cell, given in commit order and without a gap.
CREATE TABLE stock_feed_heads (
  cell_id text PRIMARY KEY,
  seq int8 NOT NULL
);

-- What happened to the units on hand, and when: never changed, only added to.
CREATE TABLE stock_journal (
  id text PRIMARY KEY,
  variant_id text NOT NULL,
  happened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('count', 'received', 'removed', 'returned-by-cell')),
  delta int8 NOT NULL,
  recorded_by text NOT NULL
);
CREATE INDEX stock_journal_variant ON stock_journal (variant_id, happened_at);
