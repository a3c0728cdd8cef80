import { type SqlReader, statement } from '@commerce/engines/sql/sql';

export interface EntryRow {
  readonly seq: bigint;
  readonly id: string;
  readonly at: Date;
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly detail: string;
  readonly received_at: Date;
  readonly hash: string;
}

const COLUMNS = 'seq, id, at, operator, action, subject, outcome, detail, received_at, hash';

const lockHead = statement<{ seq: bigint; hash: string }>(
  'audit.lock-head',
  'SELECT seq, hash FROM audit_head WHERE id = 1 FOR UPDATE',
);
const find = statement<{ seq: bigint }>(
  'audit.find',
  'SELECT seq FROM audit_entries WHERE id = $1',
);
const insert = statement(
  'audit.insert',
  `INSERT INTO audit_entries (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const advance = statement(
  'audit.advance',
  'UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1',
);
const list = statement<EntryRow>(
  'audit.list',
  `SELECT ${COLUMNS} FROM audit_entries WHERE ($1::int8 IS NULL OR seq < $1)
   ORDER BY seq DESC LIMIT $2`,
);
const readHead = statement<{ seq: bigint; hash: string }>(
  'audit.read-head',
  'SELECT seq, hash FROM audit_head WHERE id = 1',
);

export interface Head {
  readonly seq: bigint;
  readonly hash: string;
}

export async function lockAuditHead(sql: SqlReader): Promise<Head> {
  const [head] = await sql.query(lockHead);
  if (head === undefined) throw new TypeError('the audit log has no head');
  return head;
}

export async function hasEntry(sql: SqlReader, id: string): Promise<boolean> {
  return (await sql.query(find, [id])).length > 0;
}

export async function addEntry(sql: SqlReader, row: EntryRow): Promise<void> {
  const { seq, id, at, operator, action, subject, outcome, detail, received_at, hash } = row;
  const values = [seq, id, at, operator, action, subject, outcome, detail, received_at, hash];
  await sql.query(insert, values);
  await sql.query(advance, [seq, hash]);
}

/** Newest first. */
export const listEntries = (sql: SqlReader, before: bigint | undefined, limit: number) =>
  sql.query(list, [before ?? null, limit]);

export async function readAuditHead(sql: SqlReader): Promise<Head> {
  const [head] = await sql.query(readHead);
  if (head === undefined) throw new TypeError('the audit log has no head');
  return head;
}
