import type { CellId, Partition } from '@commerce/contracts/ids';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { CopyState } from '../copies/copy-store.ts';
import type { PartitionRow } from './role-store.ts';

/** SQL by which a restored primary follows its standby for as long as it is behind. */

const follow = statement<{ partition: Partition }>(
  'catch-up.follow',
  `WITH behind AS (
     SELECT p.partition FROM partitions p
     JOIN unnest($1::text[], $2::int8[], $3::int8[]) AS w (partition, epoch, version)
       ON w.partition = p.partition AND w.epoch = p.epoch AND w.version = p.version
     ORDER BY p.partition FOR UPDATE OF p
   ), copied AS (
     INSERT INTO partition_copies AS c (partition, follows, state, problem, plan, changed_at)
     SELECT b.partition, $4, $5, NULL, NULL, now() FROM behind b
     ON CONFLICT (partition) DO UPDATE SET follows = EXCLUDED.follows, state = EXCLUDED.state,
       problem = NULL, plan = NULL, changed_at = EXCLUDED.changed_at
   ), unfenced AS (
     DELETE FROM partition_fences f USING behind b WHERE f.partition = b.partition
   )
   UPDATE partitions AS p SET role = 'standby' FROM behind b WHERE p.partition = b.partition
   RETURNING p.partition`,
);
const following = statement<Followed & { partition: Partition }>(
  'catch-up.following',
  `SELECT c.partition, c.follows, c.state FROM partition_copies c
   JOIN partitions p ON p.partition = c.partition AND p.role = 'standby'
   WHERE c.partition = ANY($1)`,
);
const chainsAt = statement<{ partition: Partition; version: bigint; chain: string }>(
  'catch-up.chains-at',
  `SELECT l.partition, l.version, l.chain FROM change_log l
   JOIN unnest($1::text[], $2::int8[]) AS w (partition, version)
     ON w.partition = l.partition AND w.version = l.version`,
);

/**
 * Lets partitions that are where they were looked at follow another cell.
 * @returns those that follow now
 */
export async function followFrom(
  sql: SqlReader,
  rows: readonly PartitionRow[],
  source: CellId,
  state: 'following' | 'seeding',
): Promise<Partition[]> {
  const done = await sql.query(follow, [
    rows.map((row) => row.partition),
    rows.map((row) => row.epoch),
    rows.map((row) => row.version),
    source,
    state,
  ]);
  return done.map((row) => row.partition);
}

export interface Followed {
  readonly follows: CellId;
  readonly state: CopyState;
}

/** Whom those of the partitions follow that are copies now. */
export async function listFollowed(
  sql: SqlReader,
  partitions: readonly Partition[],
): Promise<Map<Partition, Followed>> {
  const rows = await sql.query(following, [partitions]);
  return new Map(rows.map((row) => [row.partition, row]));
}

/** This cell's own chains at versions of partitions, as far as its log has them. */
export async function readChainsAt(
  sql: SqlReader,
  points: readonly { readonly partition: Partition; readonly version: bigint }[],
): Promise<Map<Partition, string>> {
  const rows = await sql.query(chainsAt, [
    points.map((point) => point.partition),
    points.map((point) => point.version),
  ]);
  return new Map(rows.map((row) => [row.partition, row.chain]));
}
