-- Pictures that the catalogue names; their bytes are in the blob store, under the same hash.
CREATE TABLE media_objects (
  hash text PRIMARY KEY,
  content_type text NOT NULL,
  size_bytes int4 NOT NULL
);
