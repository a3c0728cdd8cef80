import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Position } from '@commerce/contracts/positions';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { ChangeRecord } from '../change-log.ts';
import {
  cutToSize,
  type News,
  type Parked,
  type Session,
  type Taken,
  takeDirty,
} from './feed-session.ts';
import { createRecentRecords } from './recent-records.ts';
import { type ClaimedPosition, listHeads, readLogsAfter, verifyPositions } from './feed-store.ts';

/**
 * The primary's side of replication: gives each standby cell the log of the partitions that it
 * follows here, the moment that it grows, and keeps what each has durably applied. All of it is in
 * memory: a follower that meets a cell which does not know it gives its whole list again.
 */

export interface Pull {
  readonly session: string;
  readonly full: boolean;
  readonly positions: readonly ClaimedPosition[];
  readonly waitMs: number;
  readonly bytesMax: number;
}

export interface PullResult extends News {
  readonly known: boolean;
  readonly seq: number;
}

/** What a standby cell has of one partition. */
export interface Acknowledgement extends Position {
  readonly cell: CellId;
  readonly partition: Partition;
}

export interface StandbyFeed {
  /**
   * Answers the moment there is something to tell, or after `waitMs`.
   * @param gone aborted where the caller does not listen any more
   */
  pull(caller: CellId, pull: Pull, gone?: AbortSignal): Promise<PullResult>;
  /** Given each commit. Those of a few milliseconds travel together. */
  notify(record: ChangeRecord): void;
  /** Roles have changed: what was committed here before may not be the history any more. */
  forgetRecent(): void;
  /** Somebody waits for a cell to have what is committed: it is given out at once. */
  hurry(cell: CellId): void;
  /** What a cell has acknowledged in its present session; undefined where it follows nothing. */
  acknowledged(cell: CellId, partition: Partition): bigint | undefined;
  /** For how long a cell has had no pull here, by the clock; for ever where it never spoke. */
  absentMs(cell: CellId): number;
  /** Versions that a cell is behind, over all partitions that it follows here. */
  lagOf(cell: CellId): bigint;
  /** Cells that have followed since this process began. */
  followers(): readonly CellId[];
  /** Everything that has been acknowledged in the present sessions. */
  acknowledgements(): readonly Acknowledgement[];
  onAcknowledged(listener: (cell: CellId) => void): void;
  close(): void;
}

/** Partitions of one answer, and records of one read: what is over comes with the next. */
const PARTITIONS_PER_ANSWER = 128;
const RECORDS_PER_READ = 1_024;
/**
 * Between looks at all heads while somebody waits: commits wake the feed by themselves, but for those
 * of another process on the same database.
 */
const SCAN_INTERVAL_MS = 2_000;
/**
 * A cart is put together by a dozen commits, each of which would cost both cells a call. What is lost
 * by a crash within this time is nothing that anybody was told of as done for good.
 */
const GATHER_MS = 20;
/** A follower is held back for this long while the database does not answer. */
const AWAY_MS = 500;
const UNKNOWN: PullResult = {
  known: false,
  seq: 0,
  records: [],
  heads: [],
  refused: [],
  more: false,
};

export interface StandbyFeedOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Whether `cell` may have the log of a partition that this cell is the standby of. */
  readonly mayFollowStandby?: (cell: CellId, partition: Partition) => boolean;
  /**
   * Whether this cell's own partitions are given: one that may not write yet may have come back from a
   * backup, and its followers wait until it knows.
   */
  readonly mayServe?: () => boolean;
  /** Between looks at all heads. Default 2,000. */
  readonly scanIntervalMs?: number;
  /** How long commits that nobody waits for gather. Default 20. */
  readonly gatherMs?: number;
}

export function createStandbyFeed(options: StandbyFeedOptions): StandbyFeed {
  const { sql, clock, mayFollowStandby = () => false, mayServe = () => true } = options;
  const { gatherMs = GATHER_MS } = options;
  const sessions = new Map<CellId, Session>();
  const listeners = new Set<(cell: CellId) => void>();
  const recent = createRecentRecords();
  let closed = false;

  /** What was committed a moment ago is at hand; the rest is read. */
  const readRecords = async (
    taken: readonly Taken[],
    perPartition: number,
  ): Promise<ChangeRecord[]> => {
    const rows: ChangeRecord[] = [];
    const unknown: Taken[] = [];
    for (const entry of taken) {
      const known = recent.between(entry.partition, entry.version, entry.followed.head);
      if (known === undefined) unknown.push(entry);
      else rows.push(...known);
    }
    if (unknown.length > 0) rows.push(...(await readLogsAfter(sql, unknown, perPartition)));
    return rows;
  };

  /**
   * Gives a waiting pull what is new, and tells whether some of it is left. A log that has lost records which were not given out is told,
   * never passed over.
   */
  const serveOne = async (
    session: Session,
    taken: readonly Taken[],
    waiter: Parked,
  ): Promise<boolean> => {
    const perPartition = Math.max(8, Math.floor(RECORDS_PER_READ / Math.max(1, taken.length)));
    const rows = await readRecords(taken, perPartition);
    const first = new Map<Partition, bigint>();
    for (const row of rows) if (!first.has(row.partition)) first.set(row.partition, row.version);
    const records = cutToSize(session, rows, waiter.bytesMax);
    const heads: (Position & { partition: Partition })[] = [];
    for (const { partition, version, followed } of taken) {
      if (first.get(partition) !== version + 1n) {
        session.followed.delete(partition);
        session.refused.push({ partition, reason: 'log-trimmed' });
      } else if (followed.sent < followed.head) {
        session.dirty.add(partition);
        heads.push({ partition, epoch: followed.epoch, version: followed.head });
      }
    }
    const refused = session.refused.splice(0);
    waiter.answer({ records, heads, refused, more: session.dirty.size > 0 });
    return heads.length > 0;
  };

  const serve = async (session: Session): Promise<void> => {
    while (session.parked.length > 0) {
      const taken = takeDirty(session, PARTITIONS_PER_ANSWER);
      session.isHurried = false;
      if (taken.length + session.refused.length === 0) break;
      const waiter = session.parked.shift() as Parked;
      waiter.take();
      try {
        if (!(await serveOne(session, taken, waiter))) break;
      } catch {
        // The database is away. What was taken is found again by the scan of all heads.
        setTimeout(() => waiter.answer(NO_NEWS), AWAY_MS);
        break;
      }
    }
    session.isServing = false;
    kick(session);
  };

  const serveNow = (session: Session): void => {
    clearTimeout(session.gathering);
    session.gathering = undefined;
    if (session.isServing || session.parked.length === 0) return;
    session.isServing = true;
    // Commits of the same turn travel together.
    setImmediate(() => void serve(session));
  };

  const kick = (session: Session): void => {
    if (session.isServing || session.parked.length === 0) return;
    if (session.refused.length > 0 || (session.dirty.size > 0 && session.isHurried)) {
      serveNow(session);
    } else if (session.dirty.size > 0) {
      session.gathering ??= setTimeout(serveNow, gatherMs, session);
    }
  };

  /** Marks what is behind its head. */
  const compareHeads = async (compared: readonly Session[]): Promise<void> => {
    for (const { partition, version } of await listHeads(sql)) {
      for (const { followed, dirty } of compared) {
        const entry = followed.get(partition);
        if (entry === undefined || entry.sent >= version) continue;
        if (version > entry.head) entry.head = version;
        dirty.add(partition);
      }
    }
    compared.forEach(kick);
  };

  const join = async (session: Session, claims: readonly ClaimedPosition[]): Promise<void> => {
    if (claims.length === 0) return;
    const verified = await verifyPositions(sql, claims, {
      mayServe: mayServe(),
      mayFollowStandby: (partition) => mayFollowStandby(session.cell, partition),
    });
    for (const { partition, epoch, version, head, refusal } of verified) {
      if (refusal !== undefined) session.refused.push({ partition, reason: refusal });
      else session.followed.set(partition, { epoch, acknowledged: version, sent: version, head });
    }
  };

  const open = async (caller: CellId, pull: Pull): Promise<Session> => {
    const session: Session = {
      id: pull.session,
      cell: caller,
      followed: new Map(),
      dirty: new Set(),
      parked: [],
      refused: [],
      seq: 0,
      heardAtMs: clock.nowMs(),
      isServing: false,
      isHurried: false,
      gathering: undefined,
    };
    // Until it is known what the new session has, what the one before has acknowledged stands.
    await join(session, pull.positions);
    const previous = sessions.get(caller);
    sessions.set(caller, session);
    for (const waiter of previous?.parked.splice(0) ?? []) waiter.answer(NO_NEWS);
    // Also what was committed between that look and this one, of which nobody told this session.
    await compareHeads([session]);
    return session;
  };

  const acknowledge = async (session: Session, pull: Pull): Promise<void> => {
    const unknown: ClaimedPosition[] = [];
    for (const claim of pull.positions) {
      const followed = session.followed.get(claim.partition);
      if (followed === undefined) {
        if (claim.chain !== undefined) unknown.push(claim);
        continue;
      }
      // What was not given out can't have been applied.
      if (claim.version > followed.acknowledged && claim.version <= followed.sent) {
        followed.acknowledged = claim.version;
        followed.epoch = claim.epoch;
      }
    }
    await join(session, unknown);
    if (unknown.length > 0) await compareHeads([session]);
  };

  const park = (
    session: Session,
    { waitMs, bytesMax }: Pull,
    gone: AbortSignal | undefined,
  ): Promise<PullResult> =>
    new Promise((resolve) => {
      const waiter: Parked = {
        bytesMax,
        take: () => clearTimeout(timer),
        answer(news) {
          clearTimeout(timer);
          gone?.removeEventListener('abort', leave);
          session.heardAtMs = clock.nowMs();
          resolve({ known: sessions.get(session.cell) === session, seq: session.seq, ...news });
          session.seq += 1;
        },
      };
      const leave = (): void => {
        const index = session.parked.indexOf(waiter);
        if (index < 0) return;
        session.parked.splice(index, 1);
        waiter.answer(NO_NEWS);
      };
      const timer = setTimeout(leave, waitMs);
      gone?.addEventListener('abort', leave, { once: true });
      session.parked.push(waiter);
      kick(session);
    });

  const scan = async (): Promise<void> => {
    const waiting = [...sessions.values()].filter((session) => session.parked.length > 0);
    if (waiting.length > 0) await compareHeads(waiting);
  };
  // A database that is away is looked at again with the next turn.
  const scanning = setInterval(
    () => void scan().catch(() => undefined),
    options.scanIntervalMs ?? SCAN_INTERVAL_MS,
  );
  scanning.unref();

  return {
    async pull(caller, pull, gone) {
      if (closed) return UNKNOWN;
      let session = sessions.get(caller);
      if (pull.full) session = await open(caller, pull);
      else if (session?.id !== pull.session) return UNKNOWN;
      else await acknowledge(session, pull);
      session.heardAtMs = clock.nowMs();
      for (const listener of listeners) listener(caller);
      return park(session, pull, gone);
    },
    notify(record) {
      const { partition, version } = record;
      if (sessions.size > 0) recent.add(record);
      for (const session of sessions.values()) {
        const followed = session.followed.get(partition);
        if (followed === undefined) continue;
        if (version > followed.head) followed.head = version;
        if (version <= followed.sent) continue;
        session.dirty.add(partition);
        kick(session);
      }
    },
    forgetRecent: recent.clear,
    hurry(cell) {
      const session = sessions.get(cell);
      if (session === undefined || session.dirty.size === 0) return;
      session.isHurried = true;
      kick(session);
    },
    acknowledged: (cell, partition) => sessions.get(cell)?.followed.get(partition)?.acknowledged,
    absentMs(cell) {
      const session = sessions.get(cell);
      if (session === undefined) return Number.POSITIVE_INFINITY;
      return session.parked.length > 0 ? 0 : clock.nowMs() - session.heardAtMs;
    },
    lagOf(cell) {
      let lag = 0n;
      for (const { head, acknowledged } of sessions.get(cell)?.followed.values() ?? []) {
        lag += head - acknowledged;
      }
      return lag;
    },
    followers: () => [...sessions.keys()],
    acknowledgements: () =>
      [...sessions.values()].flatMap(({ cell, followed }) =>
        [...followed].map(([partition, { epoch, acknowledged }]) => ({
          cell,
          partition,
          epoch,
          version: acknowledged,
        })),
      ),
    onAcknowledged: (listener) => void listeners.add(listener),
    close() {
      closed = true;
      clearInterval(scanning);
      for (const session of sessions.values()) {
        clearTimeout(session.gathering);
        for (const waiter of session.parked.splice(0)) waiter.answer(NO_NEWS);
      }
    },
  };
}

const NO_NEWS = { records: [], heads: [], refused: [], more: false } as const;
