import type { Partition } from '@commerce/contracts/ids';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import {
  dropStandbysPastCaps,
  LOG_KEPT_FOR_STANDBY_MS,
  type StandbyCaps,
} from './replication/standby-positions.ts';
import { idempotencyRecords } from './tables.ts';
import { skipWhereLost, type UnitOfWork } from './unit-of-work.ts';
import { writeStatement } from './write-statement.ts';

/**
 * Forgets what has served: answers kept for retries, and log records that everybody has. Answers are
 * forgotten by the primary, and a copy follows by its log; the log of a copy is its own to trim.
 */

/** Clients repeat a request within minutes; a weekend without a network is covered as well. */
const ANSWERS_KEPT_MS = 72 * 3_600_000;
/**
 * A week, so that a follower may be away over a long weekend and an operator still finds the history
 * of a fault. What a consumer has not acknowledged stays longer.
 */
const LOG_KEPT_MS = 7 * 24 * 3_600_000;
/**
 * Longer than the primary's own, as it is not known here what consumers have acknowledged there: after
 * a move this cell delivers what they lack.
 */
const LOG_OF_COPIES_KEPT_MS = 2 * LOG_KEPT_MS;
/** What reports say of it. */
export const RETENTION = [
  { what: 'answers kept for repeated requests', keptMs: ANSWERS_KEPT_MS },
  { what: 'log of changes, at least', keptMs: LOG_KEPT_MS },
  { what: 'log of changes for a standby that is away, at most', keptMs: LOG_KEPT_FOR_STANDBY_MS },
  { what: 'log of changes in a copy', keptMs: LOG_OF_COPIES_KEPT_MS },
] as const;
const INTERVAL_MS = 5 * 60_000;
/** Rows of one transaction: each holds its partition for a few milliseconds. */
const ROWS_MAX = 500;
/** Partitions of one run, after which other jobs and requests have their turn. */
const PARTITIONS_MAX = 50;

const listExpired = statement<{ partition: Partition }>(
  'retention.list-expired',
  `SELECT DISTINCT e.partition FROM (
     SELECT r.partition FROM idempotency_records r
     JOIN partitions p ON p.partition = r.partition AND p.role = 'primary'
     WHERE r.created_at < $1 AND r.status IS NOT NULL
     ORDER BY r.created_at LIMIT $2
   ) AS e`,
);

/** A key without an answer belongs to a checkout that goes on; it expires once that has ended. */
const deleteExpired = writeStatement(
  idempotencyRecords,
  'retention.delete-expired',
  `DELETE FROM idempotency_records AS t WHERE t.partition = $1 AND t.key_hash IN (
     SELECT r.key_hash FROM idempotency_records r
     WHERE r.partition = $1 AND r.created_at < $2 AND r.status IS NOT NULL
     ORDER BY r.created_at LIMIT $3
   )`,
);

/**
 * Partitions whose oldest record is past its time, and how far they may be trimmed: up to what every
 * consumer and every standby has acknowledged, and never the newest record, which the next one is chained to. Oldest
 * records are found by the log's own key, so the busiest table needs no other index.
 */
const listTrimmable = statement<{ partition: Partition; up_to: bigint }>(
  'retention.list-trimmable',
  `SELECT p.partition, least(p.version - 1, a.version, s.version) AS up_to
   FROM partitions p
   LEFT JOIN (
     SELECT q.partition, min(coalesce(c.version, 0)) AS version
     FROM partitions q
     CROSS JOIN (SELECT DISTINCT consumer FROM feed_cursors) AS k
     LEFT JOIN feed_cursors c ON c.consumer = k.consumer AND c.partition = q.partition
     WHERE q.role = 'primary'
     GROUP BY q.partition
   ) AS a ON a.partition = p.partition
   LEFT JOIN (
     SELECT partition, min(version) AS version FROM standby_positions GROUP BY partition
   ) AS s ON s.partition = p.partition
   JOIN LATERAL (
     SELECT l.version, l.logged_at FROM change_log l
     WHERE l.partition = p.partition ORDER BY l.version LIMIT 1
   ) AS oldest ON true
   WHERE p.role = 'primary' AND oldest.logged_at < $1
     AND oldest.version <= least(p.version - 1, a.version, s.version)
   ORDER BY p.partition LIMIT $2`,
);

const listTrimmableCopies = statement<{ partition: Partition; up_to: bigint }>(
  'retention.list-trimmable-copies',
  `SELECT p.partition, p.version - 1 AS up_to
   FROM partitions p
   JOIN LATERAL (
     SELECT l.version, l.logged_at FROM change_log l
     WHERE l.partition = p.partition ORDER BY l.version LIMIT 1
   ) AS oldest ON true
   WHERE p.role = 'standby' AND oldest.logged_at < $1 AND oldest.version < p.version
   ORDER BY p.partition LIMIT $2`,
);

const readOldest = statement<{ version: bigint; logged_at: Date }>(
  'retention.read-oldest',
  `SELECT version, logged_at FROM change_log WHERE partition = $1 AND version <= $2
   ORDER BY version LIMIT $3`,
);

const trim = statement(
  'retention.trim',
  'DELETE FROM change_log WHERE partition = $1 AND version <= $2',
);

export interface RetentionDeps {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of what is kept for standbys; the defaults are for production. */
  readonly caps?: StandbyCaps;
}

/** Makes the job. It goes on at once while there is more than one run may take. */
export function createRetentionJob(deps: RetentionDeps): Job {
  const { sql, unitOfWork, clock } = deps;
  const forgetAnswers = async (partition: Partition, before: Date): Promise<void> => {
    await unitOfWork.run(partition, 'retention.answers', (work) =>
      work.write(deleteExpired, [partition, before, ROWS_MAX]),
    );
  };

  const trimLog = async (partition: Partition, upTo: bigint, before: Date): Promise<void> => {
    const oldest = await sql.query(readOldest, [partition, upTo, ROWS_MAX]);
    // Times of records in a row may be swapped, as each is when its transaction began; the log must
    // not get a hole by that.
    const young = oldest.findIndex((row) => row.logged_at >= before);
    const last = oldest.at(young < 0 ? -1 : young - 1);
    if (young === 0 || last === undefined) return;
    await sql.query(trim, [partition, last.version]);
  };

  /** A standby was dropped for its bytes: the log is trimmed as far as it may be, whatever its age. */
  let makesRoom = false;
  return {
    name: 'retention',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      const nowMs = clock.nowMs();
      const answersBefore = new Date(nowMs - ANSWERS_KEPT_MS);
      if (await dropStandbysPastCaps(sql, nowMs, deps.log, deps.caps)) makesRoom = true;
      const logBefore = new Date(makesRoom ? nowMs : nowMs - LOG_KEPT_MS);
      const copiesBefore = new Date(nowMs - LOG_OF_COPIES_KEPT_MS);
      const expired = await sql.query(listExpired, [answersBefore, ROWS_MAX]);
      for (const { partition } of expired.slice(0, PARTITIONS_MAX)) {
        if (signal.aborted) return false;
        await skipWhereLost(forgetAnswers(partition, answersBefore));
      }
      const trimmable = await sql.query(listTrimmable, [logBefore, PARTITIONS_MAX]);
      for (const { partition, up_to } of trimmable) {
        if (signal.aborted) return false;
        await trimLog(partition, up_to, logBefore);
      }
      if (trimmable.length === 0) makesRoom = false;
      const copies = await sql.query(listTrimmableCopies, [copiesBefore, PARTITIONS_MAX]);
      for (const { partition, up_to } of copies) {
        if (signal.aborted) return false;
        await trimLog(partition, up_to, copiesBefore);
      }
      return expired.length > 0 || trimmable.length > 0 || copies.length > 0;
    },
  };
}
