-- The cell's copy of the master catalogue. Cell-owned: no partition, not in the change log, rebuilt
-- from the feed at any time. Handles are not unique here: two products that swap theirs meet for a
-- moment, as the feed carries only the latest change of each.
CREATE TABLE catalog_vendors (
  vendor_id text PRIMARY KEY,
  slug text NOT NULL,
  name text NOT NULL,
  country text NOT NULL,
  status text NOT NULL,
  seq int8 NOT NULL
);
CREATE INDEX catalog_vendors_slug ON catalog_vendors (slug);

CREATE TABLE catalog_categories (
  category_id text PRIMARY KEY,
  handle text NOT NULL,
  parent text,
  names jsonb NOT NULL,
  position int4 NOT NULL,
  seq int8 NOT NULL
);

-- touched_seq is the feed's number of the last change that shows on the product: its own, its
-- vendor's or a category's. Search follows it.
CREATE TABLE catalog_products (
  product_id text PRIMARY KEY,
  handle text NOT NULL,
  vendor_id text NOT NULL,
  status text NOT NULL,
  titles jsonb NOT NULL,
  descriptions jsonb NOT NULL,
  options jsonb NOT NULL,
  attributes jsonb NOT NULL,
  media jsonb NOT NULL,
  categories jsonb NOT NULL,
  markets jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  seq int8 NOT NULL,
  touched_seq int8 NOT NULL
);
CREATE INDEX catalog_products_handle ON catalog_products (handle, seq);
CREATE INDEX catalog_products_vendor ON catalog_products (vendor_id);
CREATE INDEX catalog_products_touched ON catalog_products (touched_seq, product_id);

CREATE TABLE catalog_variants (
  variant_id text PRIMARY KEY,
  product_id text NOT NULL,
  position int4 NOT NULL,
  sku text NOT NULL,
  options jsonb NOT NULL,
  weight_grams int4 NOT NULL
);
CREATE INDEX catalog_variants_product ON catalog_variants (product_id, position);

CREATE TABLE catalog_product_categories (
  category text NOT NULL,
  product_id text NOT NULL,
  PRIMARY KEY (category, product_id)
);
CREATE INDEX catalog_product_categories_product ON catalog_product_categories (product_id);

CREATE TABLE catalog_cursor (
  id int4 PRIMARY KEY,
  applied_seq int8 NOT NULL,
  source_seq int8 NOT NULL,
  applied_at timestamptz NOT NULL,
  confirmed_at timestamptz NOT NULL
);
