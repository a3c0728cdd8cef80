-- What lists and figures need of an order, taken from its summary.
ALTER TABLE order_summaries ADD COLUMN display_number text
  GENERATED ALWAYS AS (CAST(summary AS jsonb) ->> 'displayNumber') STORED;
ALTER TABLE order_summaries ADD COLUMN currency text
  GENERATED ALWAYS AS (CAST(summary AS jsonb) ->> 'currency') STORED;
ALTER TABLE order_summaries ADD COLUMN total_minor int8
  GENERATED ALWAYS AS (CAST(CAST(summary AS jsonb) ->> 'totalMinor' AS int8)) STORED;
