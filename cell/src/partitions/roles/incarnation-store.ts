import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** Names of this cell's database. A new one is taken whenever it turns out to be of an earlier time. */

export interface Incarnation {
  readonly incarnation: string;
  readonly beats: bigint;
  /** Why it was found to be of an earlier time; null for the first. */
  readonly cause: string | null;
  readonly made_at: Date;
  /** Null while the cell is on its way back. */
  readonly admitted_at: Date | null;
}

const COLUMNS = 'incarnation, beats, cause, made_at, admitted_at';

const newest = statement<Incarnation>(
  'incarnations.newest',
  `SELECT ${COLUMNS} FROM cell_incarnations ORDER BY made_at DESC LIMIT 1`,
);
const insert = statement<Incarnation>(
  'incarnations.insert',
  `INSERT INTO cell_incarnations (cause, admitted_at) VALUES ($1, NULL) RETURNING ${COLUMNS}`,
);
const admit = statement(
  'incarnations.admit',
  'UPDATE cell_incarnations SET admitted_at = now() WHERE incarnation = $1',
);
const beat = statement<{ beats: bigint }>(
  'incarnations.beat',
  'UPDATE cell_incarnations SET beats = beats + 1 WHERE incarnation = $1 RETURNING beats',
);

/** @throws Error where the database has no name, which its first migration gives it */
export async function readIncarnation(sql: SqlReader): Promise<Incarnation> {
  const [row] = await sql.query(newest);
  if (row === undefined) throw new Error('the database has no incarnation');
  return row;
}

/** Begins a new incarnation, which is not admitted yet. */
export async function beginIncarnation(sql: SqlReader, cause: string): Promise<Incarnation> {
  const [row] = await sql.query(insert, [cause]);
  return row as Incarnation;
}

export const admitIncarnation = (sql: SqlReader, incarnation: string) =>
  sql.query(admit, [incarnation]);

/** @returns how often the database has said that it is there, this time included */
export async function countBeat(sql: SqlReader, incarnation: string): Promise<bigint> {
  const [row] = await sql.query(beat, [incarnation]);
  return row?.beats ?? 0n;
}
