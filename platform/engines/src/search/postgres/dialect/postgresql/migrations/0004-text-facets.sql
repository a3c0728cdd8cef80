-- A document's facets beside each of its texts: a query with words then looks at two tables instead of
-- three for each match. A removed document has no texts.
ALTER TABLE search_texts ADD COLUMN facet_ids int4[] NOT NULL DEFAULT '{}';
UPDATE search_texts t SET facet_ids = d.facet_ids FROM search_documents d WHERE d.id = t.id;
