-- What is changed about placed orders, with the money of each change as it was confirmed.
CREATE TABLE order_changes (
  partition text NOT NULL,
  id text NOT NULL,
  order_group_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('cancel')),
  origin text NOT NULL CHECK (origin IN ('shopper', 'vendor')),
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'done', 'refused')),
  currency text NOT NULL,
  -- By order: its lines with units and amounts, and what of the shipping belongs to it.
  items jsonb NOT NULL,
  refund_minor int8 NOT NULL CHECK (refund_minor >= 0),
  release_minor int8 NOT NULL CHECK (release_minor >= 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- When somebody has to look after its money again; null when that has come to its end.
  resume_at timestamptz,
  PRIMARY KEY (partition, id)
);
CREATE INDEX order_changes_group ON order_changes (partition, order_group_id);
CREATE INDEX order_changes_resume ON order_changes (resume_at) WHERE resume_at IS NOT NULL;
