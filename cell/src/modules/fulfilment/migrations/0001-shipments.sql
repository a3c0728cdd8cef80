-- Parcels of orders: which units are in each, who carries it, and what was taken for it where the market takes
-- the money with the parcel.
CREATE TABLE shipments (
  partition text NOT NULL,
  id text NOT NULL,
  order_group_id text NOT NULL,
  order_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('capturing', 'shipped', 'delivered', 'refused')),
  carrier text,
  tracking_number text,
  -- Lines with units and what they cost.
  lines jsonb NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  created_at timestamptz NOT NULL,
  shipped_at timestamptz,
  delivered_at timestamptz,
  -- When somebody has to look after its money again; null when that has come to its end.
  resume_at timestamptz,
  PRIMARY KEY (partition, id)
);
CREATE INDEX shipments_group ON shipments (partition, order_group_id);
CREATE INDEX shipments_resume ON shipments (resume_at) WHERE resume_at IS NOT NULL;
