import type { EventEnvelope, Stream } from '@commerce/contracts/events';
import { EVENT_TYPES } from '@commerce/contracts/events';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import { createWaiters } from './waiters.ts';

/**
 * Gives a consumer the events of the cell's partitions: at least once, in order for each partition.
 * The cursor of each consumer and partition is a position; it moves when the consumer acknowledges
 * a batch, so what was not acknowledged is sent again. Standby copies are not relayed.
 */

export interface EventBatch {
  readonly events: readonly EventEnvelope[];
  /** Give this with the next pull, once the events are stored. */
  readonly ack: string | null;
  /** Whether the log held more records than were looked at. */
  readonly more: boolean;
}

export interface EventRelay {
  /**
   * @param request.ack token of the last batch, or null
   * @param request.waitMs how long to wait for an event when there is none, at most
   * @throws AppError `invalid-request` where the token is not ours
   */
  pull(request: {
    readonly consumer: string;
    readonly streams: readonly Stream[];
    readonly limit: number;
    readonly waitMs: number;
    readonly ack: string | null;
  }): Promise<EventBatch>;
  /** Wakes the pulls that wait. */
  notify(): void;
  /** Ends the pulls that wait, with what they have. */
  close(): void;
}

type AckEntry = readonly [partition: string, epoch: number, version: number];

const advanceCursors = statement(
  'relay.advance-cursors',
  `INSERT INTO feed_cursors AS t (consumer, partition, epoch, version)
   SELECT $1, a.partition, a.epoch, a.version
   FROM unnest($2::text[], $3::int8[], $4::int8[]) AS a (partition, epoch, version)
   ON CONFLICT (consumer, partition) DO UPDATE SET epoch = EXCLUDED.epoch, version = EXCLUDED.version
   WHERE (t.epoch, t.version) < (EXCLUDED.epoch, EXCLUDED.version)`,
);

/**
 * The scan begins at a partition drawn by lot, so that a busy partition early in the alphabet can't
 * keep the others waiting. Cursors and records are looked up by their keys, one partition at a time: a
 * join of both tables was planned by stale counts of their rows and compared every pair of them.
 */
const readBatch = statement<{
  partition: Partition;
  epoch: bigint;
  version: bigint;
  events: string;
  logged_at: Date;
}>(
  'relay.read-batch',
  `WITH lagging AS MATERIALIZED (
     SELECT s.partition, s.seen
     FROM (SELECT p.partition, p.version,
                  coalesce((SELECT c.version FROM feed_cursors c
                            WHERE c.consumer = $1 AND c.partition = p.partition), 0) AS seen
           FROM partitions p WHERE p.role = 'primary') AS s
     WHERE s.version > s.seen
   )
   SELECT l.partition, l.epoch, l.version, l.events, l.logged_at
   FROM lagging g
   CROSS JOIN LATERAL (
     SELECT r.partition, r.epoch, r.version, r.events, r.logged_at FROM change_log r
     WHERE r.partition = g.partition AND r.version > g.seen ORDER BY r.version LIMIT $3
   ) AS l
   ORDER BY (g.partition >= $2) DESC, l.partition, l.version
   LIMIT $3`,
);

function decodeAck(ack: string): AckEntry[] {
  try {
    const entries = JSON.parse(Buffer.from(ack, 'base64url').toString()) as AckEntry[];
    const valid = entries.every(
      ([partition, epoch, version]) =>
        typeof partition === 'string' &&
        Number.isSafeInteger(epoch) &&
        Number.isSafeInteger(version),
    );
    if (valid) return entries;
  } catch {
    // Falls through: what can't be read was not made here.
  }
  throw new AppError('invalid-request', { field: 'ack', detail: 'The token is not ours.' });
}

export function createEventRelay(options: {
  readonly sql: Sql;
  readonly cell: CellId;
  readonly realm: Realm;
  /** How long a waiting pull gathers events after the first, so that bursts travel together. */
  readonly gatherMs?: number;
}): EventRelay {
  const { sql, cell, realm, gatherMs = 100 } = options;
  let closed = false;
  /** Counts notices, so that one which comes while the log is being read is not slept through. */
  let notices = 0;
  const waiters = createWaiters();

  const acknowledge = async (consumer: string, entries: readonly AckEntry[]): Promise<void> => {
    if (entries.length === 0) return;
    await sql.query(advanceCursors, [
      consumer,
      entries.map(([partition]) => partition),
      entries.map(([, epoch]) => epoch),
      entries.map(([, , version]) => version),
    ]);
  };

  const read = async (consumer: string, streams: ReadonlySet<string>, limit: number) => {
    const slot = Math.floor(Math.random() * 0x400)
      .toString(16)
      .padStart(3, '0');
    const start = `${realm}-${slot}`;
    const rows = await sql.query(readBatch, [consumer, start, limit]);
    const reached = new Map<string, AckEntry>();
    const events: EventEnvelope[] = [];
    for (const row of rows) {
      const version = Number(row.version);
      const epoch = Number(row.epoch);
      reached.set(row.partition, [row.partition, epoch, version]);
      if (row.events === '[]') continue;
      const parsed = JSON.parse(row.events) as { type: string; subject: string; data: unknown }[];
      parsed.forEach(({ type, subject, data }, index) => {
        if (!streams.has(EVENT_TYPES[type]?.stream ?? '')) return;
        events.push({
          specversion: '1.0',
          id: `${row.partition}/${epoch}.${version}/${index}`,
          type,
          source: cell,
          subject,
          time: row.logged_at.toISOString(),
          datacontenttype: 'application/json',
          partition: row.partition,
          epoch,
          version,
          data,
        });
      });
    }
    return { events, reached: [...reached.values()], full: rows.length === limit };
  };

  return {
    async pull({ consumer, streams, limit, waitMs, ack }) {
      if (ack !== null) await acknowledge(consumer, decodeAck(ack));
      const wanted: ReadonlySet<string> = new Set(streams);
      const deadline = performance.now() + waitMs;
      for (;;) {
        const noticesSeen = notices;
        const batch = await read(consumer, wanted, limit);
        if (batch.events.length > 0) {
          const token = Buffer.from(JSON.stringify(batch.reached)).toString('base64url');
          return { events: batch.events, ack: token, more: batch.full };
        }
        // Records without an event for this consumer need no delivery.
        await acknowledge(consumer, batch.reached);
        if (batch.full) continue;
        const leftMs = deadline - performance.now();
        if (leftMs <= 0 || closed) return { events: [], ack: null, more: false };
        if (notices === noticesSeen) await waiters.wait(leftMs);
        if (deadline - performance.now() > gatherMs) {
          await new Promise((resolve) => setTimeout(resolve, gatherMs));
        }
      }
    },
    notify() {
      notices += 1;
      waiters.wakeAll();
    },
    close() {
      closed = true;
      waiters.wakeAll();
    },
  };
}
