import type { CellId, Partition } from '@commerce/contracts/ids';
import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import type { StandbyFeed } from './feed.ts';

/**
 * What standbys have acknowledged, as the retention of the log knows it: written every half minute,
 * since a position that is too low only keeps records a little longer. A standby that does not fetch
 * its log holds it back up to a cap of age and bytes; past it the standby is dropped: the cell goes on
 * selling, trims its log, and the standby is seeded anew when it comes back.
 */

/** A standby may be away for two weeks, and for as many bytes as fit on a disk beside the data. */
export const LOG_KEPT_FOR_STANDBY_MS = 14 * 24 * 3_600_000;
const LOG_KEPT_FOR_STANDBY_BYTES = 4 * 1_073_741_824;
const INTERVAL_MS = 30_000;

const write = statement(
  'standby-positions.write',
  `INSERT INTO standby_positions AS t (partition, cell, epoch, version, acknowledged_at)
   SELECT u.partition, u.cell, u.epoch, u.version, $5
   FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[]) AS u (partition, cell, epoch, version)
   ON CONFLICT (partition, cell) DO UPDATE SET epoch = EXCLUDED.epoch, version = EXCLUDED.version,
     acknowledged_at = EXCLUDED.acknowledged_at
   WHERE (t.epoch, t.version) <> (EXCLUDED.epoch, EXCLUDED.version)`,
);

/** The job that writes down what changed since its last run. */
export function createStandbyPositionsJob(deps: {
  readonly sql: Sql;
  readonly feed: StandbyFeed;
  readonly clock: Clock;
}): Job {
  const { sql, feed, clock } = deps;
  const written = new Map<string, bigint>();
  return {
    name: 'standby-positions',
    intervalMs: INTERVAL_MS,
    async run() {
      const news = feed
        .acknowledgements()
        .filter((entry) => written.get(`${entry.cell} ${entry.partition}`) !== entry.version);
      if (news.length === 0) return false;
      await sql.query(write, [
        news.map((entry) => entry.partition),
        news.map((entry) => entry.cell),
        news.map((entry) => entry.epoch),
        news.map((entry) => entry.version),
        clock.now(),
      ]);
      for (const { cell, partition, version } of news) written.set(`${cell} ${partition}`, version);
      return false;
    },
  };
}

const listHeld = statement<{ cell: CellId; bytes: bigint; oldest: Date }>(
  'standby-positions.list-held',
  `SELECT s.cell, min(l.logged_at) AS oldest,
          sum(octet_length(l.changes) + octet_length(l.events))::int8 AS bytes
   FROM standby_positions s
   JOIN partitions p ON p.partition = s.partition AND p.role = 'primary' AND p.version > s.version
   JOIN change_log l ON l.partition = s.partition AND l.version > s.version
   GROUP BY s.cell`,
);
const drop = statement('standby-positions.drop', 'DELETE FROM standby_positions WHERE cell = $1');
const forgetElsewhere = statement(
  'standby-positions.forget-elsewhere',
  `DELETE FROM standby_positions WHERE partition IN
     (SELECT partition FROM partitions WHERE role <> 'primary')`,
);

export interface StandbyCaps {
  readonly keptMs?: number;
  readonly keptBytes?: number;
}

/**
 * Drops standbys for which the log has been held back past the caps.
 * @returns whether one was dropped for its bytes: then room is to be made at once
 */
export async function dropStandbysPastCaps(
  sql: SqlReader,
  nowMs: number,
  log: Logger,
  { keptMs = LOG_KEPT_FOR_STANDBY_MS, keptBytes = LOG_KEPT_FOR_STANDBY_BYTES }: StandbyCaps = {},
): Promise<boolean> {
  await sql.query(forgetElsewhere);
  let isFull = false;
  for (const { cell, bytes, oldest } of await sql.query(listHeld)) {
    const isTooOld = oldest.getTime() < nowMs - keptMs;
    const isTooMuch = bytes > BigInt(keptBytes);
    if (!isTooOld && !isTooMuch) continue;
    isFull ||= isTooMuch;
    await sql.query(drop, [cell]);
    const state = isTooMuch ? 'bytes' : 'age';
    log.error({ cell, state }, 'standby dropped: the log is not kept for it any more');
  }
  return isFull;
}

const acknowledgedBy = statement<{ partition: Partition; version: bigint }>(
  'standby-positions.list',
  'SELECT partition, version FROM standby_positions WHERE cell = $1 ORDER BY partition',
);

/** What is written down of one standby. */
export const readStandbyPositions = (sql: SqlReader, cell: CellId) =>
  sql.query(acknowledgedBy, [cell]);
