-- One row: the number of the last change. Whoever changes the catalogue locks it until the commit,
-- so numbers are given in commit order and without a gap.
CREATE TABLE catalog_head (
  id int4 PRIMARY KEY CHECK (id = 1),
  seq int8 NOT NULL CHECK (seq >= 0)
);
INSERT INTO catalog_head (id, seq) VALUES (1, 0);

-- The latest change of each thing, with its whole document. A deleted thing stays as a change
-- without a document.
CREATE TABLE catalog_changes (
  kind text NOT NULL CHECK (kind IN ('vendor', 'category', 'media', 'product')),
  id text NOT NULL,
  seq int8 NOT NULL,
  changed_at timestamptz NOT NULL,
  bytes int4 NOT NULL,
  document text,
  PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX catalog_changes_seq ON catalog_changes (seq);

CREATE TABLE categories (
  id text PRIMARY KEY,
  handle text NOT NULL,
  parent text,
  names text NOT NULL,
  position int4 NOT NULL
);
CREATE UNIQUE INDEX categories_handle ON categories (handle);

CREATE TABLE products (
  id text PRIMARY KEY,
  vendor_id text NOT NULL,
  handle text NOT NULL,
  status text NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
  document text NOT NULL,
  input_hash text NOT NULL,
  version int8 NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX products_handle ON products (handle);
CREATE INDEX products_vendor ON products (vendor_id, id);

-- A variant that a product no longer has keeps its row and its id: the SKU may come back.
CREATE TABLE variants (
  id text PRIMARY KEY,
  product_id text NOT NULL,
  vendor_id text NOT NULL,
  sku text NOT NULL,
  active bool NOT NULL,
  markets text NOT NULL
);
CREATE UNIQUE INDEX variants_sku ON variants (vendor_id, sku);
CREATE INDEX variants_product ON variants (product_id);

CREATE TABLE media (
  hash text PRIMARY KEY,
  content_type text NOT NULL,
  bytes int4 NOT NULL,
  vendor_id text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE catalog_imports (
  id text PRIMARY KEY,
  vendor_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
  dry_run bool NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  created int4 NOT NULL,
  updated int4 NOT NULL,
  unchanged int4 NOT NULL,
  failed int4 NOT NULL,
  errors text NOT NULL,
  key_hash text,
  body_hash text
);
CREATE UNIQUE INDEX catalog_imports_key ON catalog_imports (key_hash);
CREATE INDEX catalog_imports_vendor ON catalog_imports (vendor_id, id);
