-- Flat shipping rates of vendors by market, from the catalogue feed. Cell-owned.
CREATE TABLE shipping_rates (
  vendor_id text NOT NULL,
  market text NOT NULL,
  currency text NOT NULL,
  rate_id text NOT NULL,
  code text NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  names jsonb NOT NULL,
  min_days int4 NOT NULL,
  max_days int4 NOT NULL,
  position int4 NOT NULL,
  PRIMARY KEY (vendor_id, market, currency, rate_id)
);
