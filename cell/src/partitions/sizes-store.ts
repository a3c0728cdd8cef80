import type { Partition } from '@commerce/contracts/ids';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { PartitionTable } from './tables.ts';

/** Rows and bytes of one table of one partition. */
export interface TableSize {
  readonly partition: Partition;
  readonly rows: bigint;
  readonly bytes: bigint;
}

/** Counts one table's rows: a scan, for operators' tools and not for requests. */
export async function countRows(
  sql: SqlReader,
  table: PartitionTable,
  partitions: readonly Partition[],
): Promise<readonly TableSize[]> {
  const count = statement<TableSize>(
    `sizes.${table.name}`,
    `SELECT t.partition, count(*)::int8 AS rows, coalesce(sum(pg_column_size(t.*)), 0)::int8 AS bytes
     FROM ${table.name} t WHERE t.partition = ANY($1) GROUP BY t.partition`,
  );
  return sql.query(count, [partitions]);
}

const databaseSize = statement<{ bytes: bigint }>(
  'sizes.database',
  'SELECT pg_database_size(current_database())::int8 AS bytes',
);

export async function readDatabaseBytes(sql: SqlReader): Promise<number> {
  const [row] = await sql.query(databaseSize);
  return Number(row?.bytes ?? 0n);
}
