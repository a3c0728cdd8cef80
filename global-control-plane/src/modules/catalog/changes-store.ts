import type { CatalogKind } from '@commerce/contracts/catalog';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** A change before it has its number; the document is JSON text, or null where it was deleted. */
export interface NewChange {
  readonly kind: CatalogKind;
  readonly id: string;
  readonly document: string | null;
}

export interface StoredChange {
  readonly seq: bigint;
  readonly kind: CatalogKind;
  readonly id: string;
  readonly changed_at: Date;
  readonly document: string | null;
}

const takeNumbers = statement<{ seq: bigint }>(
  'catalog.take_numbers',
  'UPDATE catalog_head SET seq = seq + $1 WHERE id = 1 RETURNING seq',
);

const writeChanges = statement(
  'catalog.write_changes',
  `INSERT INTO catalog_changes (kind, id, seq, changed_at, bytes, document)
   SELECT kind, id, seq, now(), bytes, document
   FROM unnest($1::text[], $2::text[], $3::int8[], $4::int4[], $5::text[])
     AS given (kind, id, seq, bytes, document)
   ON CONFLICT (kind, id) DO UPDATE SET
     seq = excluded.seq, changed_at = excluded.changed_at,
     bytes = excluded.bytes, document = excluded.document`,
);

/**
 * Numbers changes and writes them, in the transaction that makes them. From here to its commit no
 * other change of the catalogue can commit: call it last.
 */
export async function recordChanges(
  transaction: SqlReader,
  changes: readonly NewChange[],
): Promise<void> {
  // Of two changes of one thing in a transaction only the later one is ever seen.
  const latest = new Map(changes.map((change) => [`${change.kind}/${change.id}`, change]));
  const rows = [...latest.values()];
  if (rows.length === 0) return;
  const [head] = await transaction.query(takeNumbers, [rows.length]);
  const first = (head?.seq ?? 0n) - BigInt(rows.length) + 1n;
  await transaction.query(writeChanges, [
    rows.map(({ kind }) => kind),
    rows.map(({ id }) => id),
    rows.map((_, index) => first + BigInt(index)),
    rows.map(({ document }) => (document === null ? 0 : Buffer.byteLength(document))),
    rows.map(({ document }) => document) as string[],
  ]);
}

const readHead = statement<{ seq: bigint }>(
  'catalog.read_head',
  'SELECT seq FROM catalog_head WHERE id = 1',
);

/** Number of the last committed change; 0 where there is none. */
export async function readHeadSeq(sql: SqlReader): Promise<bigint> {
  return (await sql.query(readHead))[0]?.seq ?? 0n;
}

const readPage = statement<StoredChange>(
  'catalog.read_changes',
  `SELECT seq, kind, id, changed_at, document
   FROM (
     SELECT seq, kind, id, changed_at, document, bytes,
       sum(bytes) OVER (ORDER BY seq) AS bytes_so_far
     FROM (
       SELECT * FROM catalog_changes WHERE seq > $1 ORDER BY seq LIMIT $2
     ) AS page
   ) AS measured
   WHERE bytes_so_far - bytes < $3
   ORDER BY seq`,
);

/** Changes after a number, in order, at most `limit`, and no more once they exceed `bytesMax`. */
export function readChanges(
  sql: SqlReader,
  page: { readonly after: bigint; readonly limit: number; readonly bytesMax: number },
): Promise<StoredChange[]> {
  return sql.query(readPage, [page.after, page.limit, page.bytesMax]);
}

const readKeys = statement<{ seq: bigint; kind: string; id: string }>(
  'catalog.read_change_keys',
  `SELECT seq, kind, id FROM catalog_changes
   WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`,
);

/** Keys of the changes in (after, to], in order. */
export function readChangeKeys(
  sql: SqlReader,
  range: { readonly after: bigint; readonly to: bigint; readonly limit: number },
): Promise<{ seq: bigint; kind: string; id: string }[]> {
  return sql.query(readKeys, [range.after, range.to, range.limit]);
}

const readDocument = statement<{ document: string | null }>(
  'catalog.read_document',
  'SELECT document FROM catalog_changes WHERE kind = $1 AND id = $2',
);

/** Document of one thing as JSON text; undefined where there is none (any more). */
export async function readChangeDocument(
  sql: SqlReader,
  kind: CatalogKind,
  id: string,
): Promise<string | undefined> {
  return (await sql.query(readDocument, [kind, id]))[0]?.document ?? undefined;
}

const readNumber = statement<{ seq: bigint; changed_at: Date }>(
  'catalog.read_change_number',
  'SELECT seq, changed_at FROM catalog_changes WHERE kind = $1 AND id = $2',
);

/** Number and time of the latest change of one thing; undefined where there is none. */
export async function readChangeNumber(
  sql: SqlReader,
  kind: CatalogKind,
  id: string,
): Promise<{ seq: bigint; changed_at: Date } | undefined> {
  return (await sql.query(readNumber, [kind, id]))[0];
}
