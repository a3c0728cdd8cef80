-- Prices by market and currency, from the catalogue feed. Cell-owned.
CREATE TABLE pricing_prices (
  variant_id text NOT NULL,
  market text NOT NULL,
  currency text NOT NULL,
  amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
  product_id text NOT NULL,
  PRIMARY KEY (variant_id, market, currency)
);
CREATE INDEX pricing_prices_product ON pricing_prices (product_id);
