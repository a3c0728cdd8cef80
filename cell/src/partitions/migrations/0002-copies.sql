-- What this cell's copy of a partition follows, for partitions whose role here is standby. Kept apart
-- from the partitions themselves, as those rows are written with every commit.
-- state: seeding | following | refused | diverged. A copy that is refused or diverged says why.
CREATE TABLE partition_copies (
  partition text PRIMARY KEY,
  follows text NOT NULL,
  state text NOT NULL CHECK (state IN ('seeding', 'following', 'refused', 'diverged')),
  problem text,
  plan text,
  changed_at timestamptz NOT NULL
);

-- How far each standby has durably applied the log of this cell's partitions. Written lazily: it holds
-- the log back from being trimmed, and nothing else trusts it.
CREATE TABLE standby_positions (
  partition text NOT NULL,
  cell text NOT NULL,
  epoch int8 NOT NULL,
  version int8 NOT NULL,
  acknowledged_at timestamptz NOT NULL,
  PRIMARY KEY (partition, cell)
);
