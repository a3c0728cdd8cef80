-- Names this database: made with it, and anew whenever it has come back from a backup. The newest counts.
CREATE TABLE cell_incarnations (
  incarnation text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  made_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO cell_incarnations (made_at) VALUES (now());
