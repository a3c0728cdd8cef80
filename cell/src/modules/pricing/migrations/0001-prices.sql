-- Prices of variants from the catalogue feed: {"eu": {"EUR": 11900, "GBP": 10400}}, in minor units.
-- One row a variant: a row for each of its fifteen prices or so made a new cell's start twice as long.
-- Cell-owned.
CREATE TABLE pricing_variants (
  variant_id text PRIMARY KEY,
  product_id text NOT NULL,
  prices jsonb NOT NULL
);
CREATE INDEX pricing_variants_product ON pricing_variants (product_id);
