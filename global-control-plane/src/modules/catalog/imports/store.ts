import type { ImportFormat, ImportState } from '@commerce/contracts/catalog-imports';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { statesBefore } from './state.ts';

/** SQL of imports: their rows and their progress. */

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
  readonly body_hash: string | null;
  readonly format: ImportFormat;
  readonly file_name: string | null;
  /** JSON text of the ImportOptions. */
  readonly options: string;
  readonly file_id: string | null;
  readonly file_kept: boolean;
  readonly bytes: bigint;
  readonly rows_total: number | null;
  readonly rows_done: number;
  readonly error_count: number;
  readonly warning_count: number;
  readonly failure: string | null;
  readonly preview: string;
  readonly applied_as: string | null;
  readonly attempts: number;
  readonly ran_ms: bigint;
}

const COLUMNS = `id, vendor_id, state, dry_run, started_at, finished_at, created, updated, unchanged,
  failed, body_hash, format, file_name, options, file_id, file_kept, bytes, rows_total, rows_done,
  error_count, warning_count, failure, preview, applied_as, attempts, ran_ms`;

const quotedStates = (states: readonly ImportState[]): string =>
  states.map((state) => `'${state}'`).join(', ');

const insert = statement<ImportRow>(
  'imports.start',
  `INSERT INTO catalog_imports (id, vendor_id, state, dry_run, started_at, created, updated,
     unchanged, failed, key_hash, format, file_name, options, file_id)
   VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, $6, $7, $8, $9, $10)
   ON CONFLICT (key_hash) DO NOTHING
   RETURNING ${COLUMNS}`,
);
export interface NewImport {
  readonly id: string;
  readonly vendorId: string;
  readonly state: ImportState;
  readonly dryRun: boolean;
  readonly startedAt: Date;
  readonly keyHash: string | null;
  readonly format: ImportFormat;
  readonly fileName: string | null;
  readonly options: string;
  readonly fileId: string | null;
}
/** Undefined where an import with this key is there already. */
export const startImport = async (sql: SqlReader, row: NewImport) =>
  (
    await sql.query(insert, [
      row.id,
      row.vendorId,
      row.state,
      row.dryRun,
      row.startedAt,
      row.keyHash,
      row.format,
      row.fileName,
      row.options,
      row.fileId,
    ])
  )[0];

const byKey = statement<ImportRow>(
  'imports.find_by_key',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE key_hash = $1`,
);
export const findImportByKey = async (sql: SqlReader, keyHash: string) =>
  (await sql.query(byKey, [keyHash]))[0];

const byId = statement<ImportRow>(
  'imports.find',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE id = $1`,
);
export const findImport = async (sql: SqlReader, id: string) => (await sql.query(byId, [id]))[0];

const lockById = statement<ImportRow>(
  'imports.lock',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE id = $1 FOR UPDATE`,
);
export const lockImport = async (sql: SqlReader, id: string) =>
  (await sql.query(lockById, [id]))[0];

const page = statement<ImportRow>(
  'imports.list',
  `SELECT ${COLUMNS} FROM catalog_imports WHERE vendor_id = $1 AND id < $2
   ORDER BY id DESC LIMIT $3`,
);
/** Newest first: ids grow with time. */
export const listImports = (sql: SqlReader, vendorId: string, before: string, limit: number) =>
  sql.query(page, [vendorId, before, limit]);

const reset = statement<ImportRow>(
  'imports.restart',
  `UPDATE catalog_imports SET state = $2, finished_at = NULL, created = 0, updated = 0,
     unchanged = 0, failed = 0, error_count = 0, warning_count = 0, rows_done = 0,
     rows_total = NULL, failure = NULL, preview = '[]', attempts = 0, ran_ms = 0, file_kept = false
   WHERE id = $1 AND state IN (${quotedStates(['failed', 'interrupted'])}) RETURNING ${COLUMNS}`,
);
/** Begins anew. Undefined where somebody else runs it, or it is done. */
export const restartImport = async (sql: SqlReader, id: string, state: 'uploading' | 'running') =>
  (await sql.query(reset, [id, state]))[0];

const received = statement<ImportRow>(
  'imports.received',
  `UPDATE catalog_imports SET state = 'queued', bytes = $2, body_hash = $3, file_kept = true
   WHERE id = $1 AND state = 'uploading' RETURNING ${COLUMNS}`,
);
/** The whole file is there. */
export const queueReceived = async (
  sql: SqlReader,
  id: string,
  file: { readonly bytes: number; readonly hash: string },
) => (await sql.query(received, [id, file.bytes, file.hash]))[0];

const requeue = statement<ImportRow>(
  'imports.requeue',
  `UPDATE catalog_imports SET state = 'queued', finished_at = NULL, failure = NULL, attempts = 0
   WHERE id = $1 AND file_kept AND state IN (${quotedStates(statesBefore('queued'))})
     AND state <> 'uploading'
   RETURNING ${COLUMNS}`,
);
/** Goes on where it stopped. Undefined where it is not stopped, or its file is gone. */
export const requeueImport = async (sql: SqlReader, id: string) =>
  (await sql.query(requeue, [id]))[0];

const cancel = statement<ImportRow>(
  'imports.cancel',
  `UPDATE catalog_imports SET state = 'cancelled', finished_at = $2
   WHERE id = $1 AND state IN (${quotedStates(statesBefore('cancelled'))}) RETURNING ${COLUMNS}`,
);
export const cancelImport = async (sql: SqlReader, id: string, now: Date) =>
  (await sql.query(cancel, [id, now]))[0];

const applied = statement(
  'imports.note_applied',
  'UPDATE catalog_imports SET applied_as = $2, file_kept = false WHERE id = $1',
);
/** The file belongs to the other import from now on. */
export const noteApplied = (sql: SqlReader, dryRunId: string, importId: string) =>
  sql.query(applied, [dryRunId, importId]);

const queueApplied = statement<ImportRow>(
  'imports.queue_applied',
  `UPDATE catalog_imports SET state = 'queued', bytes = $2, body_hash = $3, file_kept = true,
     rows_total = $4
   WHERE id = $1 RETURNING ${COLUMNS}`,
);
/** Queues an import that reads another one's file. */
export const queueWithFileOf = async (sql: SqlReader, id: string, dryRun: ImportRow) =>
  (await sql.query(queueApplied, [id, dryRun.bytes, dryRun.body_hash, dryRun.rows_total]))[0];

const claim = statement<ImportRow>(
  'imports.claim',
  `UPDATE catalog_imports SET state = 'running', runner = $1, lease_until = $2,
     attempts = attempts + 1
   WHERE id = (
     SELECT id FROM catalog_imports
     WHERE state = 'queued' OR (state = 'running' AND format = 'csv' AND lease_until < $3)
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
   ) RETURNING ${COLUMNS}`,
);
/** Takes the oldest import that waits, or whose runner is gone. */
export const claimImport = async (
  sql: SqlReader,
  runner: string,
  times: { readonly now: Date; readonly leaseUntil: Date },
) => (await sql.query(claim, [runner, times.leaseUntil, times.now]))[0];

/** How far a running import is. */
export interface ImportProgress {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  errors: number;
  warnings: number;
  rowsDone: number;
}

const progress = statement<{ id: string }>(
  'imports.progress',
  `UPDATE catalog_imports SET created = $3, updated = $4, unchanged = $5, failed = $6,
     error_count = $7, warning_count = $8, rows_done = $9, preview = $10, ran_ms = $11,
     lease_until = $12, rows_total = $13, attempts = 0
   WHERE id = $1 AND state = 'running' AND runner = $2 RETURNING id`,
);
/** Notes the progress, in the transaction that makes it. False where it is somebody else's, or stopped. */
export const noteProgress = async (
  sql: SqlReader,
  id: string,
  runner: string,
  row: {
    readonly progress: ImportProgress;
    readonly rowsTotal: number;
    readonly preview: string;
    readonly ranMs: number;
    readonly leaseUntil: Date;
  },
): Promise<boolean> => {
  const { created, updated, unchanged, failed, errors, warnings, rowsDone } = row.progress;
  const counts = [created, updated, unchanged, failed, errors, warnings, rowsDone];
  const values = [id, runner, ...counts, row.preview, Math.round(row.ranMs), row.leaseUntil];
  return (await sql.query(progress, [...values, row.rowsTotal])).length > 0;
};

const renew = statement<{ id: string }>(
  'imports.renew',
  `UPDATE catalog_imports SET lease_until = $3
   WHERE id = $1 AND state = 'running' AND runner = $2 RETURNING id`,
);
/** Keeps an import for its runner while it reads. False where it is its own no more. */
export const renewLease = async (sql: SqlReader, id: string, runner: string, until: Date) =>
  (await sql.query(renew, [id, runner, until])).length > 0;

const release = statement(
  'imports.release',
  `UPDATE catalog_imports SET state = 'queued', lease_until = NULL
   WHERE id = $1 AND state = 'running' AND runner = $2`,
);
/** Gives an import back to the queue, where its process ends in good order. */
export const releaseImport = (sql: SqlReader, id: string, runner: string) =>
  sql.query(release, [id, runner]);

const finish = statement<ImportRow>(
  'imports.finish',
  `UPDATE catalog_imports SET state = $2, finished_at = $3, failure = $4,
     file_kept = file_kept AND $5, error_count = error_count + $6
   WHERE id = $1 AND state IN (${quotedStates(['uploading', 'queued', 'running'])})
   RETURNING ${COLUMNS}`,
);
/** Ends an import. Undefined where somebody has ended it already. */
export const finishImport = async (
  sql: SqlReader,
  id: string,
  end: {
    readonly state: ImportState;
    readonly finishedAt: Date;
    readonly failure: string | null;
    readonly keepFile: boolean;
    /** Findings that end it. */
    readonly errors?: number;
  },
) => {
  const { state, finishedAt, failure, keepFile, errors = 0 } = end;
  return (await sql.query(finish, [id, state, finishedAt, failure, keepFile, errors]))[0];
};

const jsonlProgress = statement<ImportRow>(
  'imports.jsonl_progress',
  `UPDATE catalog_imports SET created = $2, updated = $3, unchanged = $4, failed = $5,
     error_count = $5, rows_done = $6, rows_total = $6, bytes = $7, body_hash = $8
   WHERE id = $1 RETURNING ${COLUMNS}`,
);
export const noteJsonlProgress = async (
  sql: SqlReader,
  id: string,
  row: {
    readonly progress: Pick<ImportProgress, 'created' | 'updated' | 'unchanged' | 'failed'>;
    readonly lines: number;
    readonly bytes: number;
    readonly hash: string | null;
  },
) => {
  const { created, updated, unchanged, failed } = row.progress;
  const values = [id, created, updated, unchanged, failed, row.lines, row.bytes, row.hash];
  return (await sql.query(jsonlProgress, values))[0] as ImportRow;
};

const interrupt = statement<{ id: string }>(
  'imports.interrupt',
  `UPDATE catalog_imports SET state = 'interrupted'
   WHERE state = 'uploading' OR (state = 'running' AND format = 'jsonl') RETURNING id`,
);
/** Marks what a process was receiving when it died. Returns the ids. */
export const interruptImports = async (sql: SqlReader) =>
  (await sql.query(interrupt)).map(({ id }) => id);
