-- How many documents have texts in each language; the empty language is that of all documents. It tells
-- which languages a query has to look at.
CREATE TABLE search_languages (
  language text PRIMARY KEY,
  documents int4 NOT NULL
);
INSERT INTO search_languages (language, documents)
  SELECT language, count(*) FROM search_texts GROUP BY language
  UNION ALL SELECT '', count(DISTINCT id) FROM search_texts;
