CREATE TABLE carts (
  partition text NOT NULL,
  id text NOT NULL,
  state text NOT NULL,
  market text NOT NULL,
  currency text NOT NULL,
  country text NOT NULL,
  language text NOT NULL,
  customer_id text,
  email text,
  shipping_address jsonb,
  billing_address jsonb,
  -- vendor id → shipping option id
  shipping_options jsonb NOT NULL,
  order_group_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);

CREATE TABLE cart_lines (
  partition text NOT NULL,
  cart_id text NOT NULL,
  id text NOT NULL,
  variant_id text NOT NULL,
  quantity int4 NOT NULL CHECK (quantity > 0),
  added_at timestamptz NOT NULL,
  PRIMARY KEY (partition, cart_id, id)
);
CREATE UNIQUE INDEX cart_lines_variant ON cart_lines (partition, cart_id, variant_id);
