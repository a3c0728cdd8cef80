CREATE TABLE payments (
  partition text NOT NULL,
  id text NOT NULL,
  order_group_id text NOT NULL,
  state text NOT NULL,
  currency text NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  captured_minor int8 NOT NULL CHECK (captured_minor >= 0 AND captured_minor <= amount_minor),
  refunded_minor int8 NOT NULL CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE UNIQUE INDEX payments_group ON payments (partition, order_group_id);

-- One try at a gateway. Its id is the gateway's idempotency key: written before the gateway is called.
CREATE TABLE payment_attempts (
  partition text NOT NULL,
  id text NOT NULL,
  payment_id text NOT NULL,
  order_group_id text NOT NULL,
  gateway text NOT NULL,
  state text NOT NULL,
  -- Forgotten as soon as the attempt has ended.
  token text,
  gateway_payment_id text,
  action_url text,
  decline_code text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE INDEX payment_attempts_group ON payment_attempts (partition, order_group_id);

-- Which part of a payment pays which order; the parts sum to the payment.
CREATE TABLE payment_allocations (
  partition text NOT NULL,
  payment_id text NOT NULL,
  order_id text NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  PRIMARY KEY (partition, payment_id, order_id)
);
