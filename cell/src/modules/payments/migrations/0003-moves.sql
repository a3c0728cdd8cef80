-- Money that moves after the authorisation. The id is the gateway's idempotency key: written before the gateway
-- is called.
CREATE TABLE payment_moves (
  partition text NOT NULL,
  id text NOT NULL,
  payment_id text NOT NULL,
  order_group_id text NOT NULL,
  -- Id of the change or the shipment that it belongs to.
  cause text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('capture', 'refund', 'release')),
  amount_minor int8 NOT NULL CHECK (amount_minor > 0),
  state text NOT NULL CHECK (state IN ('created', 'done', 'refused')),
  reason text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE INDEX payment_moves_group ON payment_moves (partition, order_group_id);

-- What was held and will never be taken. A payment has come to its end where captured + released = amount.
ALTER TABLE payments ADD COLUMN released_minor int8 NOT NULL DEFAULT 0 CHECK (released_minor >= 0);
ALTER TABLE payments ADD CONSTRAINT payments_whole CHECK (captured_minor + released_minor <= amount_minor);
