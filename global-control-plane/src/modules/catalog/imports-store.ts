import { type SqlReader, statement } from '@commerce/engines/sql/sql';

export type ImportState = 'running' | 'done' | 'failed' | 'interrupted';

export interface ImportRow {
  readonly id: string;
  readonly vendor_id: string;
  readonly state: ImportState;
  readonly dry_run: boolean;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  /** JSON text of the first errors. */
  readonly errors: string;
  readonly body_hash: string | null;
}

const COLUMNS =
  'id, vendor_id, state, dry_run, started_at, finished_at, created, updated, unchanged, failed, errors, body_hash';

const insert = statement<ImportRow>(
  'imports.start',
  `INSERT INTO catalog_imports (id, vendor_id, state, dry_run, started_at,
     created, updated, unchanged, failed, errors, key_hash)
   VALUES ($1, $2, 'running', $3, $4, 0, 0, 0, 0, '[]', $5)
   ON CONFLICT (key_hash) DO NOTHING
   RETURNING ${COLUMNS}`,
);
/** Undefined where an import with this key is there already. */
export const startImport = async (
  sql: SqlReader,
  row: {
    readonly id: string;
    readonly vendorId: string;
    readonly dryRun: boolean;
    readonly startedAt: Date;
    readonly keyHash: string | null;
  },
) => (await sql.query(insert, [row.id, row.vendorId, row.dryRun, row.startedAt, row.keyHash]))[0];

const byKey = statement<ImportRow>(
  'imports.find_by_key',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE key_hash = $1`,
);
export const findImportByKey = async (sql: SqlReader, keyHash: string) =>
  (await sql.query(byKey, [keyHash]))[0];

const restart = statement<ImportRow>(
  'imports.restart',
  `UPDATE catalog_imports SET state = 'running', finished_at = NULL,
     created = 0, updated = 0, unchanged = 0, failed = 0, errors = '[]'
   WHERE id = $1 AND state IN ('failed', 'interrupted') RETURNING ${COLUMNS}`,
);
/** Undefined where somebody else runs it, or it is done. */
export const restartImport = async (sql: SqlReader, id: string) =>
  (await sql.query(restart, [id]))[0];

const finish = statement<ImportRow>(
  'imports.finish',
  `UPDATE catalog_imports SET state = $2, finished_at = $3, created = $4, updated = $5,
     unchanged = $6, failed = $7, errors = $8, body_hash = $9
   WHERE id = $1 RETURNING ${COLUMNS}`,
);
export interface ImportFigures {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}
export const finishImport = async (
  sql: SqlReader,
  row: {
    readonly id: string;
    readonly state: ImportState;
    readonly finishedAt: Date;
    readonly figures: ImportFigures;
    readonly errors: string;
    readonly bodyHash: string | null;
  },
) => {
  const { created, updated, unchanged, failed } = row.figures;
  const values = [row.id, row.state, row.finishedAt, created, updated, unchanged, failed];
  return (await sql.query(finish, [...values, row.errors, row.bodyHash]))[0] as ImportRow;
};

const progress = statement(
  'imports.progress',
  `UPDATE catalog_imports SET created = $2, updated = $3, unchanged = $4, failed = $5
   WHERE id = $1`,
);
export const noteProgress = (sql: SqlReader, id: string, figures: ImportFigures) =>
  sql.query(progress, [id, figures.created, figures.updated, figures.unchanged, figures.failed]);

const byId = statement<ImportRow>(
  'imports.find',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE id = $1`,
);
export const findImport = async (sql: SqlReader, id: string) => (await sql.query(byId, [id]))[0];

const interrupt = statement<{ id: string }>(
  'imports.interrupt',
  "UPDATE catalog_imports SET state = 'interrupted' WHERE state = 'running' RETURNING id",
);
/** Marks those that a process left running when it died. Returns how many. */
export const interruptImports = async (sql: SqlReader) => (await sql.query(interrupt)).length;
