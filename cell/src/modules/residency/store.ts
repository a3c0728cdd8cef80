import type { PartitionRole } from '@commerce/contracts/partition-control';
import { type SqlReader, type Statement, statement } from '@commerce/engines/sql/sql';

/**
 * Reads over the whole database, for counts alone. They look at tables of every module, as the one
 * reader whose business is what is really there.
 */

export const beginSnapshot = statement(
  'residency.snapshot',
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
);

/** Columns of tables and of whatever else holds rows, in every schema but the server's own. */
const listColumns = statement<{ schema: string; name: string; column: string }>(
  'residency.columns',
  `SELECT c.table_schema AS schema, c.table_name AS name, c.column_name AS "column"
   FROM information_schema.columns c
   JOIN information_schema.tables t
     ON t.table_schema = c.table_schema AND t.table_name = c.table_name
   WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema', 'crdb_internal', 'pg_extension')
     AND t.table_type <> 'VIEW'
   ORDER BY 1, 2, 3`,
);

const countPartitions = statement<{ role: PartitionRole; partitions: bigint }>(
  'residency.partitions',
  'SELECT role, count(*) AS partitions FROM partitions GROUP BY role ORDER BY role',
);

/**
 * A subject is a customer, or a guest by their email address; a cart in which nobody is named holds
 * no person. A guest who gave no address but one to ship to counts once for each order.
 */
const countSubjects = statement<{
  country: string | null;
  role: PartitionRole | null;
  kind: 'customer' | 'guest';
  subjects: bigint;
}>(
  'residency.subjects',
  `SELECT s.country, p.role, s.kind, count(DISTINCT s.subject) AS subjects
   FROM (
     SELECT partition, country, CASE WHEN customer_id IS NULL THEN 'guest' ELSE 'customer' END AS kind,
       coalesce(customer_id, lower(email), id) AS subject
     FROM order_groups
     UNION ALL
     SELECT partition, country, CASE WHEN customer_id IS NULL THEN 'guest' ELSE 'customer' END,
       coalesce(customer_id, lower(email), id)
     FROM carts
     WHERE customer_id IS NOT NULL OR email IS NOT NULL OR shipping_address IS NOT NULL
       OR billing_address IS NOT NULL
     UNION ALL
     SELECT c.partition, NULL, 'customer', c.id FROM customers c
     WHERE NOT EXISTS (SELECT 1 FROM order_groups g
         WHERE g.partition = c.partition AND g.customer_id = c.id)
       AND NOT EXISTS (SELECT 1 FROM carts k
         WHERE k.partition = c.partition AND k.customer_id = c.id)
   ) AS s
   LEFT JOIN partitions p ON p.partition = s.partition
   GROUP BY s.country, p.role, s.kind
   ORDER BY s.country, p.role, s.kind`,
);

const listConsumers = statement<{ consumer: string; partitions: bigint }>(
  'residency.consumers',
  'SELECT consumer, count(*) AS partitions FROM feed_cursors GROUP BY consumer ORDER BY consumer',
);

const countCopiesHeld = statement<{ of: string; state: string; partitions: bigint }>(
  'residency.copies-held',
  `SELECT c.follows AS of, c.state, count(*) AS partitions FROM partition_copies c
   JOIN partitions p ON p.partition = c.partition AND p.role = 'standby'
   GROUP BY c.follows, c.state ORDER BY c.follows, c.state`,
);

const countCopiesGiven = statement<{
  to: string;
  partitions: bigint;
  versions_behind: string;
  oldest: Date | null;
}>(
  'residency.copies-given',
  `SELECT s.cell AS to, count(*) AS partitions,
     sum(greatest(p.version - s.version, 0)) AS versions_behind, min(s.acknowledged_at) AS oldest
   FROM standby_positions s
   JOIN partitions p ON p.partition = s.partition AND p.role = 'primary'
   GROUP BY s.cell ORDER BY s.cell`,
);

const countAttempts = statement<{ gateway: string; attempts: bigint }>(
  'residency.payment-attempts',
  `SELECT gateway, count(*) AS attempts FROM payment_attempts GROUP BY gateway ORDER BY gateway`,
);

const countClaims = statement<{ claims: bigint }>(
  'residency.claims',
  `SELECT count(*) AS claims FROM credentials c
   JOIN partitions p ON p.partition = c.partition AND p.role = 'primary'`,
);

const measurePictures = statement<{ items: bigint; bytes: string | null }>(
  'residency.pictures',
  'SELECT count(*) AS items, sum(size_bytes) AS bytes FROM media_objects',
);

export interface RowCounts {
  readonly rows: bigint;
  readonly standby: bigint;
  readonly stray: bigint;
  readonly oldest: Date | null;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const countStatements = new Map<string, Statement<RowCounts>>();

/** A statement for each table, made once: the names of prepared statements are kept for ever. */
function countStatement(table: CountedTable): Statement<RowCounts> {
  const from = `${quote(table.schema)}.${quote(table.name)} AS t`;
  const oldest =
    table.timeColumn === undefined ? 'NULL::timestamptz' : `min(t.${quote(table.timeColumn)})`;
  const text = table.isOfPartitions
    ? `SELECT count(*) AS rows,
         count(*) FILTER (WHERE p.role = 'standby') AS standby,
         count(*) FILTER (WHERE p.role IS NULL OR p.role = 'absent') AS stray,
         ${oldest} AS oldest
       FROM ${from} LEFT JOIN partitions p ON p.partition = t.partition`
    : `SELECT count(*) AS rows, 0::int8 AS standby, 0::int8 AS stray, ${oldest} AS oldest FROM ${from}`;
  const known = countStatements.get(text);
  if (known !== undefined) return known;
  const made = statement<RowCounts>(`residency.rows.${countStatements.size}`, text);
  countStatements.set(text, made);
  return made;
}

export interface CountedTable {
  readonly schema: string;
  readonly name: string;
  readonly isOfPartitions: boolean;
  readonly timeColumn: string | undefined;
}

/** All reads of one snapshot. */
export function createSnapshotReader(reader: SqlReader) {
  return {
    columns: () => reader.query(listColumns),
    partitions: () => reader.query(countPartitions),
    subjects: () => reader.query(countSubjects),
    consumers: () => reader.query(listConsumers),
    copiesHeld: () => reader.query(countCopiesHeld),
    copiesGiven: () => reader.query(countCopiesGiven),
    attempts: () => reader.query(countAttempts),
    claims: async () => (await reader.query(countClaims))[0]?.claims ?? 0n,
    pictures: async () => (await reader.query(measurePictures))[0],
    count: async (table: CountedTable): Promise<RowCounts> =>
      (await reader.query(countStatement(table)))[0] ?? {
        rows: 0n,
        standby: 0n,
        stray: 0n,
        oldest: null,
      },
  };
}
export type SnapshotReader = ReturnType<typeof createSnapshotReader>;
