-- How often the database has said that it is there; a mark outside of it knows the last number. One that
-- has said it less often has come back from a backup.
ALTER TABLE cell_incarnations ADD COLUMN beats int8 NOT NULL DEFAULT 0;
-- Null from the moment at which a database was found to be of an earlier time until its cell may write
-- again; then why it was found to be that.
ALTER TABLE cell_incarnations ADD COLUMN admitted_at timestamptz DEFAULT now();
ALTER TABLE cell_incarnations ADD COLUMN cause text;
