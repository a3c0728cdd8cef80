import type { Partition } from '@commerce/contracts/ids';
import type { DigestAnswer } from '@commerce/contracts/partition-control';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import type { PartitionTable } from '../tables.ts';
import type { CopyPoint } from './apply.ts';

/**
 * What a partition holds, in a few bytes: for each table the number of rows and a hash over all of
 * them in the order of their keys, read in one view of the database together with the position. Two
 * copies at the same position must have the same digests.
 */
export type PartitionDigest = DigestAnswer['digests'][number];

const isolate = statement(
  'digest.isolation',
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
);
/** Times are written in the session's zone; two cells may stand in different ones. */
const useUtc = statement('digest.zone', "SET LOCAL TIME ZONE 'UTC'");
const readPoints = statement<CopyPoint>(
  'digest.points',
  `SELECT partition, epoch, version, chain FROM partitions
   WHERE partition = ANY($1::text[]) AND role <> 'absent' ORDER BY partition`,
);

/** Columns by name: two cells may have got theirs in another order. */
function digestTable(table: PartitionTable) {
  const columns = Object.keys(table.columns).toSorted();
  const selected = columns.map((column) => `t."${column}"`).join(', ');
  const key = table.key.map((column) => `s."${column}"`).join(', ');
  return statement<{ partition: Partition; rows: bigint; hash: string }>(
    `digest.table.${table.name}`,
    `SELECT s.partition, count(*) AS rows,
            md5(string_agg(md5(row_to_json(s)::text), '' ORDER BY ${key})) AS hash
     FROM (SELECT ${selected} FROM ${table.name} AS t WHERE t.partition = ANY($1::text[])) AS s
     GROUP BY s.partition`,
  );
}

/** Of a table without rows. */
const EMPTY_HASH = '';

export interface Digests {
  /** Digests of those partitions that this cell holds. */
  read(partitions: readonly Partition[]): Promise<PartitionDigest[]>;
}

/** @param sql connections without a statement time-out */
export function createDigests(sql: Sql, tables: readonly PartitionTable[]): Digests {
  const statements = tables.map((table) => [table.name, digestTable(table)] as const);
  return {
    read: (partitions) =>
      sql.transaction('digest.read', async (transaction) => {
        const isolated = transaction.query(isolate);
        const [, , points, ...found] = await Promise.all([
          isolated,
          transaction.query(useUtc),
          transaction.query(readPoints, [partitions]),
          ...statements.map(([, digest]) => transaction.query(digest, [partitions])),
        ]);
        const byTable = found.map((rows) => new Map(rows.map((row) => [row.partition, row])));
        return points.map(({ partition, epoch, version, chain }) => ({
          partition,
          epoch: Number(epoch),
          version: String(version),
          chain,
          tables: statements.map(([table], index) => {
            const row = byTable[index]?.get(partition);
            return { table, rows: Number(row?.rows ?? 0), hash: row?.hash ?? EMPTY_HASH };
          }),
        }));
      }),
  };
}

/** Tables in which two digests differ; undefined where they are of different positions. */
export function compareDigests(a: PartitionDigest, b: PartitionDigest): string[] | undefined {
  if (a.version !== b.version || a.chain !== b.chain) return undefined;
  const hashes = new Map(a.tables.map((entry) => [entry.table, `${entry.rows} ${entry.hash}`]));
  const differing = b.tables
    .filter((entry) => hashes.get(entry.table) !== `${entry.rows} ${entry.hash}`)
    .map((entry) => entry.table);
  const missing = a.tables.filter((entry) => !b.tables.some(({ table }) => table === entry.table));
  return [...differing, ...missing.map((entry) => entry.table)].toSorted();
}
