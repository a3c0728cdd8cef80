CREATE TABLE vendors (
  id text PRIMARY KEY,
  slug text NOT NULL,
  name text NOT NULL,
  country text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'active', 'suspended')),
  -- Whether the directory's claim on the slug is confirmed; a start goes on where a crash stopped.
  slug_claimed bool NOT NULL,
  version int8 NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX vendors_slug ON vendors (slug);

CREATE TABLE vendor_shipping_rates (
  id text PRIMARY KEY,
  vendor_id text NOT NULL,
  code text NOT NULL,
  market text NOT NULL,
  currency text NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  names text NOT NULL,
  min_days int4 NOT NULL,
  max_days int4 NOT NULL
);
CREATE UNIQUE INDEX vendor_shipping_rates_key
  ON vendor_shipping_rates (vendor_id, market, currency, code);
