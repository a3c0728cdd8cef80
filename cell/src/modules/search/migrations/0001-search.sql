-- How far the index follows the catalogue, and what facets and their values are called.
CREATE TABLE search_progress (
  id int4 PRIMARY KEY,
  touched_seq int8 NOT NULL,
  product_id text NOT NULL
);

-- value is empty for the facet's own name.
CREATE TABLE search_labels (
  facet text NOT NULL,
  value text NOT NULL,
  labels jsonb NOT NULL,
  seq int8 NOT NULL,
  PRIMARY KEY (facet, value)
);
