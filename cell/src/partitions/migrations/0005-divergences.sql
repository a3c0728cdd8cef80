-- Writes that this cell took and that the new primary of their partition never had. They are kept as JSON
-- lines in the blob store, with the payments that they touched; nothing of them is deleted by itself.
CREATE TABLE partition_divergences (
  id text PRIMARY KEY,
  partition text NOT NULL,
  epoch int8 NOT NULL,
  after_version int8 NOT NULL,
  to_version int8 NOT NULL,
  new_primary text NOT NULL,
  new_epoch int8 NOT NULL,
  records int8 NOT NULL,
  payments int8 NOT NULL,
  -- JSON object of captured minor units by currency.
  captured text NOT NULL,
  -- JSON array of blob names.
  files text NOT NULL,
  found_at timestamptz NOT NULL
);
