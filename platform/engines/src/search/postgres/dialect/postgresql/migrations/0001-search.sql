-- The embedded search index. It needs what PostgreSQL has beyond the common subset: text search
-- configurations, GIN and trigrams. Nothing of an order's path stands here.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A removed document keeps its row: its version must refuse writes that come late.
CREATE TABLE search_documents (
  id text PRIMARY KEY,
  version int8 NOT NULL,
  removed bool NOT NULL,
  facets jsonb NOT NULL
);
CREATE INDEX search_documents_facets ON search_documents USING gin (facets) WITH (fastupdate = off);

CREATE TABLE search_prices (
  market text NOT NULL,
  currency text NOT NULL,
  id text NOT NULL,
  min_minor int8 NOT NULL,
  max_minor int8 NOT NULL,
  PRIMARY KEY (market, currency, id)
);
CREATE INDEX search_prices_id ON search_prices (id);

CREATE TABLE search_texts (
  language text NOT NULL,
  id text NOT NULL,
  title text NOT NULL,
  title_folded text COLLATE "C" NOT NULL,
  words jsonb NOT NULL,
  lexemes tsvector NOT NULL,
  PRIMARY KEY (language, id)
);
CREATE INDEX search_texts_id ON search_texts (id);
CREATE INDEX search_texts_title ON search_texts (language, title_folded, id);

-- Words of titles, brands, categories and values, with the number of documents that hold them.
CREATE TABLE search_words (
  language text NOT NULL,
  word text COLLATE "C" NOT NULL,
  folded text COLLATE "C" NOT NULL,
  documents int4 NOT NULL,
  PRIMARY KEY (language, word)
);
CREATE INDEX search_words_folded ON search_words (language, folded);
CREATE INDEX search_words_trigrams ON search_words USING gin (folded gin_trgm_ops);
