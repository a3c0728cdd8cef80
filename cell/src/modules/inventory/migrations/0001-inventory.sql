-- The cell's free pool. Totals only grow, so a grant may be repeated or overtaken without harm.
CREATE TABLE stock_pool (
  variant_id text PRIMARY KEY,
  available int8 NOT NULL CHECK (available >= 0),
  received_total int8 NOT NULL CHECK (received_total >= 0),
  recalled_total int8 NOT NULL CHECK (recalled_total >= 0),
  returned_total int8 NOT NULL CHECK (returned_total >= 0),
  report_version int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- How far this cell has followed the control plane's grants: one row.
CREATE TABLE stock_feed (
  id int4 PRIMARY KEY CHECK (id = 1),
  seq int8 NOT NULL
);
INSERT INTO stock_feed (id, seq) VALUES (1, 0);

-- Units that a partition's checkouts hold (reserved) or have sold (committed).
CREATE TABLE stock_reservations (
  partition text NOT NULL,
  id text NOT NULL,
  order_group_id text NOT NULL,
  variant_id text NOT NULL,
  quantity int4 NOT NULL CHECK (quantity > 0),
  state text NOT NULL CHECK (state IN ('reserved', 'committed', 'released')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE INDEX stock_reservations_group ON stock_reservations (partition, order_group_id);
CREATE INDEX stock_reservations_variant ON stock_reservations (variant_id) WHERE state <> 'released';
