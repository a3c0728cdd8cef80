-- What operators did, each entry chained to the one before: a change or a gap shows.
CREATE TABLE audit_entries (
  seq int8 PRIMARY KEY,
  id text NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  operator text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  outcome text NOT NULL,
  detail text NOT NULL,
  received_at timestamptz NOT NULL,
  hash text NOT NULL
);

-- The end of the chain; its row is locked while an entry is added, so that entries are numbered
-- without gaps.
CREATE TABLE audit_head (
  id int8 PRIMARY KEY,
  seq int8 NOT NULL,
  hash text NOT NULL
);
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
