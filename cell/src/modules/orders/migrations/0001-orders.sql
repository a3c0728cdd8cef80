CREATE TABLE order_groups (
  partition text NOT NULL,
  id text NOT NULL,
  cart_id text NOT NULL,
  customer_id text,
  state text NOT NULL,
  market text NOT NULL,
  currency text NOT NULL,
  country text NOT NULL,
  language text NOT NULL,
  email text NOT NULL,
  shipping_address jsonb NOT NULL,
  billing_address jsonb,
  -- The frozen quote, from which the orders are written at the pivot.
  quote jsonb NOT NULL,
  items_minor int8 NOT NULL,
  shipping_minor int8 NOT NULL,
  tax_minor int8 NOT NULL,
  total_minor int8 NOT NULL,
  cancel_reason text,
  -- When the units that the checkout holds are given back.
  expires_at timestamptz NOT NULL,
  -- When somebody has to look after the checkout again; null when it has come to its end.
  resume_at timestamptz,
  created_at timestamptz NOT NULL,
  placed_at timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE INDEX order_groups_resume ON order_groups (resume_at) WHERE resume_at IS NOT NULL;

CREATE TABLE orders (
  partition text NOT NULL,
  id text NOT NULL,
  order_group_id text NOT NULL,
  customer_id text,
  vendor_id text NOT NULL,
  vendor_name text NOT NULL,
  display_number text NOT NULL,
  state text NOT NULL,
  currency text NOT NULL,
  shipping_option jsonb NOT NULL,
  items_minor int8 NOT NULL,
  shipping_minor int8 NOT NULL,
  tax_minor int8 NOT NULL,
  total_minor int8 NOT NULL CHECK (total_minor >= 0),
  placed_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE UNIQUE INDEX orders_display_number ON orders (partition, display_number);
CREATE INDEX orders_group ON orders (partition, order_group_id);
CREATE INDEX orders_customer ON orders (partition, customer_id, id);

CREATE TABLE order_lines (
  partition text NOT NULL,
  order_id text NOT NULL,
  id text NOT NULL,
  variant_id text NOT NULL,
  product_id text NOT NULL,
  sku text NOT NULL,
  title text NOT NULL,
  quantity int4 NOT NULL CHECK (quantity > 0),
  unit_price_minor int8 NOT NULL,
  total_minor int8 NOT NULL,
  tax_rate_ppm int4 NOT NULL,
  tax_display text NOT NULL,
  tax_minor int8 NOT NULL,
  PRIMARY KEY (partition, order_id, id)
);
