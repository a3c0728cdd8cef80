import type { Partition } from '@commerce/contracts/ids';
import type { PullRefusal } from '@commerce/contracts/partition-control';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { ChangeRecord } from '../change-log.ts';

/** What the standby feed reads: heads, places in the log, and records. */

/** A position that a follower says it has. */
export interface ClaimedPosition {
  readonly partition: Partition;
  readonly epoch: bigint;
  readonly version: bigint;
  /** Undefined where the position was verified before. */
  readonly chain: string | undefined;
}

export interface VerifiedPosition extends ClaimedPosition {
  readonly head: bigint;
  readonly refusal: PullRefusal | undefined;
}

interface Place {
  readonly partition: Partition;
  readonly role: string;
  readonly epoch: bigint;
  readonly version: bigint;
  readonly chain: string;
  readonly oldest: bigint | null;
  readonly chain_there: string | null;
}

const readPlaces = statement<Place>(
  'feed.read-places',
  `SELECT w.partition, p.role, p.epoch, p.version, p.chain,
     (SELECT o.version FROM change_log o WHERE o.partition = w.partition
      ORDER BY o.version LIMIT 1) AS oldest,
     (SELECT l.chain FROM change_log l
      WHERE l.partition = w.partition AND l.version = w.version) AS chain_there
   FROM unnest($1::text[], $2::int8[]) AS w (partition, version)
   JOIN partitions p ON p.partition = w.partition`,
);

function refusalOf(
  claim: ClaimedPosition,
  place: Place | undefined,
  allowed: { readonly mayServe: boolean; readonly mayFollowStandby: boolean },
): PullRefusal | undefined {
  const isOwn = place?.role === 'primary' || place?.role === 'fenced';
  const serves =
    (allowed.mayServe && isOwn) || (allowed.mayFollowStandby && place?.role === 'standby');
  // A follower that knows a later epoch has heard of a primary that this cell has not heard of yet.
  if (place === undefined || !serves || claim.epoch > place.epoch) return 'not-primary';
  if (claim.version > place.version) return 'ahead';
  if (claim.version === place.version && claim.chain === place.chain) return undefined;
  const reachesBack = claim.version === 0n ? place.oldest === 1n : place.chain_there !== null;
  if (!reachesBack) return 'log-trimmed';
  if (claim.version > 0n && claim.chain !== place.chain_there) return 'diverged';
  return undefined;
}

/**
 * Compares what a follower has with this cell's history.
 * @param allowed.mayServe whether the log of what is this cell's own is given
 * @param allowed.mayFollowStandby whether a standby's log is given as well: to a primary that was restored
 */
export async function verifyPositions(
  sql: SqlReader,
  claims: readonly ClaimedPosition[],
  allowed: {
    readonly mayServe: boolean;
    readonly mayFollowStandby: (partition: Partition) => boolean;
  },
): Promise<VerifiedPosition[]> {
  const rows = await sql.query(readPlaces, [
    claims.map((claim) => claim.partition),
    claims.map((claim) => claim.version),
  ]);
  const places = new Map(rows.map((row) => [row.partition, row]));
  return claims.map((claim) => {
    const place = places.get(claim.partition);
    const refusal = refusalOf(claim, place, {
      mayServe: allowed.mayServe,
      mayFollowStandby: allowed.mayFollowStandby(claim.partition),
    });
    return { ...claim, head: place?.version ?? 0n, refusal };
  });
}

const readHeads = statement<{ partition: Partition; version: bigint }>(
  'feed.read-heads',
  `SELECT partition, version FROM partitions WHERE role <> 'absent' AND version > 0`,
);

/** Versions that the partitions of this cell are at. */
export function listHeads(sql: SqlReader): Promise<{ partition: Partition; version: bigint }[]> {
  return sql.query(readHeads);
}

const readLogs = statement<Omit<ChangeRecord, 'loggedAt'> & { logged_at: Date }>(
  'feed.read-logs',
  `SELECT l.partition, l.epoch, l.version, l.chain, l.schema, l.changes, l.events, l.logged_at
   FROM unnest($1::text[], $2::int8[]) AS w (partition, version)
   CROSS JOIN LATERAL (
     SELECT r.partition, r.epoch, r.version, r.chain, r.schema, r.changes, r.events, r.logged_at
     FROM change_log r WHERE r.partition = w.partition AND r.version > w.version
     ORDER BY r.version LIMIT $3
   ) AS l
   ORDER BY l.partition, l.version`,
);

/** Records after a version of each partition, in order for each. */
export async function readLogsAfter(
  sql: SqlReader,
  after: readonly { readonly partition: Partition; readonly version: bigint }[],
  recordsMax: number,
): Promise<ChangeRecord[]> {
  const rows = await sql.query(readLogs, [
    after.map((entry) => entry.partition),
    after.map((entry) => entry.version),
    recordsMax,
  ]);
  return rows.map(({ logged_at, ...row }) => ({ ...row, loggedAt: logged_at }));
}
