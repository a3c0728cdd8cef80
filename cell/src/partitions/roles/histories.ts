import type { Partition } from '@commerce/contracts/ids';
import type {
  CompareAnswer,
  PartitionPoint,
  PartitionRole,
} from '@commerce/contracts/partition-control';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import { GENESIS_CHAIN } from '../change-log.ts';

/** Where two histories of a partition part. */

const readHistories = statement<{
  partition: Partition;
  role: PartitionRole;
  epoch: bigint;
  version: bigint;
  common_version: bigint | null;
  common_chain: string | null;
  chain_there: string | null;
}>(
  'histories.read',
  `SELECT w.partition, p.role, p.epoch, p.version, c.version AS common_version,
     c.chain AS common_chain,
     (SELECT l.chain FROM change_log l WHERE l.partition = w.partition AND l.version = w.version)
       AS chain_there
   FROM unnest($1::text[], $2::int8[], $3::int8[]) AS w (partition, epoch, version)
   JOIN partitions p ON p.partition = w.partition
   LEFT JOIN LATERAL (
     SELECT r.version, r.chain FROM change_log r
     WHERE r.partition = w.partition AND r.epoch <= w.epoch ORDER BY r.version DESC LIMIT 1
   ) AS c ON true`,
);
const readOldest = statement<{ partition: Partition; version: bigint }>(
  'histories.read-oldest',
  `SELECT l.partition, min(l.version) AS version FROM change_log l
   WHERE l.partition = ANY($1) GROUP BY l.partition`,
);

/** Tells others how far their history is this cell's as well. */
export async function compareHistories(
  sql: SqlReader,
  points: readonly PartitionPoint[],
): Promise<CompareAnswer> {
  const names = points.map((point) => point.partition);
  const [rows, oldest] = await Promise.all([
    sql.query(readHistories, [
      names,
      points.map((point) => point.epoch),
      points.map((point) => BigInt(point.version)),
    ]),
    sql.query(readOldest, [names]),
  ]);
  const firstOf = new Map(oldest.map((row) => [row.partition, row.version]));
  return {
    histories: rows.map((row) => {
      const common =
        row.common_version === null
          ? beginning(row.version, firstOf.get(row.partition))
          : { version: String(row.common_version), chain: row.common_chain ?? '' };
      const { partition, role, epoch, version } = row;
      return {
        partition,
        role,
        epoch: Number(epoch),
        version: String(version),
        common,
        chainThere: row.chain_there,
      };
    }),
  };
}

/** A history that is there from its first record on, and has none of the epoch, has none in common. */
function beginning(version: bigint, first: bigint | undefined) {
  const isWhole = version === 0n || first === 1n;
  return isWhole ? { version: '0', chain: GENESIS_CHAIN } : null;
}

/** How this cell's history of a partition stands to that of its new primary. */
export type Relation =
  /** It ends where the other goes on, or before: it can be followed from here. */
  | { readonly kind: 'contained' }
  /** This cell wrote on after the version, which the other never had. */
  | { readonly kind: 'past'; readonly afterVersion: bigint }
  | { readonly kind: 'unknown'; readonly reason: string };

/** @param chainAt this cell's own chain at a version; undefined where its log does not have it */
export function relate(
  point: PartitionPoint,
  history: CompareAnswer['histories'][number],
  chainAt: (version: bigint) => string | undefined,
): Relation {
  const { common, chainThere } = history;
  if (common === null) {
    return { kind: 'unknown', reason: 'the log of the new primary does not reach back to it' };
  }
  const [version, commonVersion] = [BigInt(point.version), BigInt(common.version)];
  if (version > commonVersion) {
    return chainAt(commonVersion) === common.chain
      ? { kind: 'past', afterVersion: commonVersion }
      : { kind: 'unknown', reason: `the histories differ before ${commonVersion} already` };
  }
  const there = version === commonVersion ? common.chain : chainThere;
  if (there === null || there === point.chain) return { kind: 'contained' };
  return { kind: 'unknown', reason: `the histories differ at ${version} already` };
}
