import { type SqlReader, statement } from '@commerce/engines/sql/sql';

export interface AnswerRow {
  readonly request_hash: string;
  readonly state: 'running' | 'done';
  readonly started_at: Date;
  readonly status: number | null;
  readonly answer: Buffer | null;
}

const insert = statement<{ key_hash: string }>(
  'idempotency.begin',
  `INSERT INTO idempotent_answers (key_hash, request_hash, state, started_at)
   VALUES ($1, $2, 'running', $3)
   ON CONFLICT (key_hash) DO UPDATE SET
     request_hash = excluded.request_hash, state = 'running', started_at = excluded.started_at,
     status = NULL, answer = NULL
   WHERE idempotent_answers.started_at < $4
     OR (idempotent_answers.state = 'running' AND idempotent_answers.started_at < $5
       AND idempotent_answers.request_hash = excluded.request_hash)
   RETURNING key_hash`,
);
/**
 * Takes a key for a request: a new one, one that has expired, or one whose request was given up by a
 * process that died. Returns whether it was taken.
 */
export const beginAnswer = async (
  sql: SqlReader,
  row: {
    readonly keyHash: string;
    readonly requestHash: string;
    readonly now: Date;
    readonly expiredBefore: Date;
    readonly abandonedBefore: Date;
  },
): Promise<boolean> =>
  (
    await sql.query(insert, [
      row.keyHash,
      row.requestHash,
      row.now,
      row.expiredBefore,
      row.abandonedBefore,
    ])
  ).length === 1;

const find = statement<AnswerRow>(
  'idempotency.find',
  `SELECT request_hash, state, started_at, status, answer
   FROM idempotent_answers WHERE key_hash = $1`,
);
export const findAnswer = async (sql: SqlReader, keyHash: string) =>
  (await sql.query(find, [keyHash]))[0];

const keep = statement<{ key_hash: string }>(
  'idempotency.keep',
  `UPDATE idempotent_answers SET state = 'done', status = $2, answer = $3
   WHERE key_hash = $1 AND state = 'running' RETURNING key_hash`,
);
/** Returns whether the key was still this request's. */
export const keepAnswer = async (
  sql: SqlReader,
  row: { readonly keyHash: string; readonly status: number; readonly answer: Uint8Array },
): Promise<boolean> => (await sql.query(keep, [row.keyHash, row.status, row.answer])).length === 1;

const release = statement(
  'idempotency.release',
  "DELETE FROM idempotent_answers WHERE key_hash = $1 AND state = 'running'",
);
export const releaseAnswer = (sql: SqlReader, keyHash: string) => sql.query(release, [keyHash]);

const prune = statement<{ key_hash: string }>(
  'idempotency.prune',
  `DELETE FROM idempotent_answers WHERE key_hash IN (
     SELECT key_hash FROM idempotent_answers WHERE started_at < $1 ORDER BY started_at LIMIT $2)
   RETURNING key_hash`,
);
export const pruneAnswers = async (sql: SqlReader, before: Date, limit: number) =>
  (await sql.query(prune, [before, limit])).length;
