CREATE TABLE customers (
  partition text NOT NULL,
  id text NOT NULL,
  email text NOT NULL,
  name text,
  language text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
