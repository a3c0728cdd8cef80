-- One row for each slot of the realm. The row lock is the order of a partition's commits.
-- role: primary | standby | fenced | absent. Only a primary's version may be advanced.
CREATE TABLE partitions (
  partition text PRIMARY KEY,
  role text NOT NULL CHECK (role IN ('primary', 'standby', 'fenced', 'absent')),
  epoch int8 NOT NULL CHECK (epoch >= 1),
  version int8 NOT NULL CHECK (version >= 0),
  chain text NOT NULL
) WITH (fillfactor = 50);

-- The log is the outbox: one record for each committed write, with its row images and its events.
-- changes and events are the database's own JSON text and are never parsed on their way through.
CREATE TABLE change_log (
  partition text NOT NULL,
  epoch int8 NOT NULL,
  version int8 NOT NULL,
  chain text NOT NULL,
  schema int4 NOT NULL,
  changes text NOT NULL,
  events text NOT NULL,
  logged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partition, version)
);

-- How far each consumer of events has acknowledged, for each partition. Owned by the cell.
CREATE TABLE feed_cursors (
  consumer text NOT NULL,
  partition text NOT NULL,
  epoch int8 NOT NULL,
  version int8 NOT NULL,
  PRIMARY KEY (consumer, partition)
);

CREATE TABLE idempotency_records (
  partition text NOT NULL,
  key_hash text NOT NULL,
  fingerprint text NOT NULL,
  resource text,
  status int4,
  answer text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partition, key_hash)
);
CREATE INDEX idempotency_records_created_at ON idempotency_records (created_at);
CREATE INDEX idempotency_records_waiting ON idempotency_records (partition, resource)
  WHERE status IS NULL;
