-- Facet values as numbers: they are counted over thousands of documents for each query, and numbers are
-- unpacked and grouped in half the time that texts in JSON take.
CREATE TABLE search_facets (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry text COLLATE "C" NOT NULL UNIQUE
);
INSERT INTO search_facets (entry)
  SELECT DISTINCT e.entry FROM search_documents, jsonb_array_elements_text(facets) AS e (entry);

ALTER TABLE search_documents ADD COLUMN facet_ids int4[] NOT NULL DEFAULT '{}';
UPDATE search_documents SET facet_ids = ARRAY(
  SELECT f.id FROM jsonb_array_elements_text(facets) AS e (entry) JOIN search_facets f USING (entry)
);
DROP INDEX search_documents_facets;
ALTER TABLE search_documents DROP COLUMN facets;
CREATE INDEX search_documents_facet_ids ON search_documents USING gin (facet_ids)
  WITH (fastupdate = off);
