-- Personal data that left this cell: who got which fields of whom, on what ground, and when. Never the data itself.
CREATE TABLE data_transfers (
  partition text NOT NULL,
  id text NOT NULL,
  -- What the data is about, such as the id of an order.
  subject text NOT NULL,
  recipient text NOT NULL,
  -- The person at the recipient who asked.
  recipient_user text NOT NULL,
  fields text NOT NULL,
  basis text NOT NULL,
  transferred_at timestamptz NOT NULL,
  PRIMARY KEY (partition, id)
);
CREATE INDEX data_transfers_subject ON data_transfers (partition, subject);
