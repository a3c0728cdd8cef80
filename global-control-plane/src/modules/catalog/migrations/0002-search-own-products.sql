-- What a vendor finds an own product by: its handle and its titles in every language.
ALTER TABLE products ADD COLUMN search_text text
  GENERATED ALWAYS AS (lower(handle || ' ' || (CAST(document AS jsonb) ->> 'titles'))) STORED;
