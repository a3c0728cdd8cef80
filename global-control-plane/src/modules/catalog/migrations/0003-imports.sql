-- Imports of CSV files: the file is kept until it is worked off, so that an import goes on where it was
-- killed. PostgreSQL and CockroachDB name the old check differently.
ALTER TABLE catalog_imports DROP CONSTRAINT IF EXISTS catalog_imports_state_check;
ALTER TABLE catalog_imports DROP CONSTRAINT IF EXISTS check_state;
UPDATE catalog_imports SET state = 'completed' WHERE state = 'done';
ALTER TABLE catalog_imports ADD CONSTRAINT catalog_imports_states CHECK (state IN
  ('uploading', 'queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'));
ALTER TABLE catalog_imports DROP COLUMN errors;

ALTER TABLE catalog_imports ADD COLUMN format text NOT NULL DEFAULT 'jsonl';
ALTER TABLE catalog_imports ADD COLUMN file_name text;
-- JSON of the options that the file is read with.
ALTER TABLE catalog_imports ADD COLUMN options text NOT NULL DEFAULT '{}';
-- The import whose chunks are read: a dry run's, where this one applies it.
ALTER TABLE catalog_imports ADD COLUMN file_id text;
ALTER TABLE catalog_imports ADD COLUMN file_kept bool NOT NULL DEFAULT false;
ALTER TABLE catalog_imports ADD COLUMN bytes int8 NOT NULL DEFAULT 0;
ALTER TABLE catalog_imports ADD COLUMN rows_total int4;
-- Rows that are done with all that came before them: where to go on.
ALTER TABLE catalog_imports ADD COLUMN rows_done int4 NOT NULL DEFAULT 0;
ALTER TABLE catalog_imports ADD COLUMN error_count int4 NOT NULL DEFAULT 0;
ALTER TABLE catalog_imports ADD COLUMN warning_count int4 NOT NULL DEFAULT 0;
-- JSON of the code and the detail.
ALTER TABLE catalog_imports ADD COLUMN failure text;
ALTER TABLE catalog_imports ADD COLUMN preview text NOT NULL DEFAULT '[]';
ALTER TABLE catalog_imports ADD COLUMN applied_as text;
-- Who works on it, and until when it is theirs.
ALTER TABLE catalog_imports ADD COLUMN runner text;
ALTER TABLE catalog_imports ADD COLUMN lease_until timestamptz;
-- Runs that ended without a step forward.
ALTER TABLE catalog_imports ADD COLUMN attempts int4 NOT NULL DEFAULT 0;
ALTER TABLE catalog_imports ADD COLUMN ran_ms int8 NOT NULL DEFAULT 0;
CREATE INDEX catalog_imports_waiting ON catalog_imports (state, id);

CREATE TABLE catalog_import_chunks (
  import_id text NOT NULL,
  number int4 NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (import_id, number)
);

CREATE TABLE catalog_import_findings (
  import_id text NOT NULL,
  number int4 NOT NULL,
  line int4,
  column_name text,
  handle text,
  severity text NOT NULL CHECK (severity IN ('error', 'warning')),
  code text NOT NULL,
  field text,
  detail text NOT NULL,
  PRIMARY KEY (import_id, number)
);
CREATE INDEX catalog_import_findings_severity
  ON catalog_import_findings (import_id, severity, number);
