import type { Partition } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Logger } from '@commerce/service/logger';
import { EMPTY_TABLE, findPlacement, type RoutingTable } from './routing-table.ts';
import { mergeReading, readDirectory } from './table-reading.ts';
import type { Rejection } from './table-rules.ts';
import type { TableStore } from './table-store.ts';

/** Keeps the router's table as new as the directory's, and the last good one while it is away. */
export interface TableFollower {
  current(): RoutingTable;
  /** Calls with each new table, beginning with the next. */
  onChange(listener: (table: RoutingTable) => void): void;
  /**
   * Asks the directory now. Whoever calls gets a reading that began after the call; all who call
   * meanwhile share it. Never throws: a directory that is away changes nothing.
   */
  refresh(): Promise<void>;
  /**
   * Asks the directory since a cell has refused the partition at the epoch. Who asks in vain is not
   * followed at once by others who ask for the same, so a cell that refuses everything, or ids that name
   * nothing, cause no storm of readings.
   */
  refreshFor(partition: Partition, epoch: number): Promise<void>;
  status(): FollowerStatus;
  /** Loads the table from disk, asks the directory once, and goes on asking until stopped. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface FollowerStatus {
  /** Where the present table came from. */
  readonly source: 'none' | 'disk' | 'directory';
  /** Time of the last reading of the directory that succeeded, in milliseconds since 1970. */
  readonly readAtMs: number | undefined;
  readonly failuresInARow: number;
  /** Tables and cells that were refused since the start. */
  readonly refusedCount: number;
  /** What the last reading brought that was refused; the last good ones are in use. */
  readonly rejections: readonly Rejection[];
}

export interface FollowerDeps {
  readonly directory: Directory;
  readonly store: TableStore;
  readonly logger: Logger;
  /** Time between two readings; each is shortened or lengthened by chance. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 1_000;
const BACK_OFF_MAX_MS = 15_000;
const JITTER = 0.2;

/** The age on disk is as exact as this; each confirmation costs a write to the disk's index. */
const CONFIRM_INTERVAL_MS = 10_000;
/** So long a partition that was asked for in vain is not asked for again. */
const IN_VAIN_MS = 1_000;
/** Partitions that are remembered as asked for in vain. */
const IN_VAIN_MAX = 4_096;

/** Makes a follower that holds nothing until it is started. */
export function createTableFollower(deps: FollowerDeps): TableFollower {
  const { directory, store, logger } = deps;
  let table = EMPTY_TABLE;
  const listeners: ((table: RoutingTable) => void)[] = [];
  let source: FollowerStatus['source'] = 'none';
  let readAtMs: number | undefined;
  let failuresInARow = 0;
  let refusedCount = 0;
  let rejections: readonly Rejection[] = [];
  let confirmedAtMs = 0;
  const inVain = new Map<Partition, number>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let saving: Promise<void> = Promise.resolve();

  const save = (): void => {
    const saved = table;
    saving = saving.then(async () => {
      // Only the last of several changes is worth the disk's time.
      if (saved !== table) return;
      try {
        await store.save(saved);
      } catch (error) {
        logger.error({ err: error }, 'the routing table can not be kept on disk');
      }
    });
  };

  const confirm = (): void => {
    const nowMs = Date.now();
    if (nowMs - confirmedAtMs < CONFIRM_INTERVAL_MS) return;
    confirmedAtMs = nowMs;
    // A table that could not be kept was told of when it was to be.
    saving = saving.then(() => store.confirm().catch(() => undefined));
  };

  const noteRejections = (found: readonly Rejection[]): void => {
    refusedCount += found.length;
    for (const { reason, realm, detail } of found) {
      const isKnown = rejections.some((known) => known.realm === realm && known.detail === detail);
      if (isKnown) continue;
      logger.error(
        { code: reason },
        `the directory's table of ${realm ?? 'cells'} is not used: ${detail}`,
      );
    }
    rejections = found;
  };

  const readOnce = async (): Promise<void> => {
    try {
      const reading = await readDirectory(directory, table);
      if (stopped) return;
      const merged = mergeReading(table, reading);
      noteRejections(merged.rejections);
      if (merged.table !== table) {
        table = merged.table;
        save();
        for (const listener of listeners) listener(table);
      } else {
        confirm();
      }
      if (failuresInARow > 0) logger.info({}, 'the directory answers again');
      source = 'directory';
      readAtMs = Date.now();
      failuresInARow = 0;
    } catch (error) {
      if (stopped) return;
      if (failuresInARow === 0) {
        logger.warn({ err: error }, 'the directory can not be read; the last good table is kept');
      }
      failuresInARow++;
    }
  };

  const run = (): Promise<void> => {
    const started = readOnce().finally(() => {
      if (running === started) running = undefined;
    });
    running = started;
    return started;
  };

  const refresh = (): Promise<void> => {
    if (running === undefined) return run();
    next ??= running.then(() => {
      next = undefined;
      return run();
    });
    return next;
  };

  const schedule = (): void => {
    if (stopped) return;
    const intervalMs = deps.intervalMs ?? INTERVAL_MS;
    const backedOffMs = Math.min(intervalMs * 2 ** Math.min(failuresInARow, 10), BACK_OFF_MAX_MS);
    const waitMs = backedOffMs * (1 - JITTER + 2 * JITTER * Math.random());
    timer = setTimeout(() => void refresh().then(schedule), waitMs);
  };

  return Object.freeze({
    current: () => table,
    onChange: (listener: (table: RoutingTable) => void): void => {
      listeners.push(listener);
    },
    refresh,
    async refreshFor(partition: Partition, epoch: number): Promise<void> {
      const isNewer = (): boolean => (findPlacement(table, partition)?.epoch ?? 0) > epoch;
      if (isNewer() || (inVain.get(partition) ?? 0) > performance.now()) return;
      await refresh();
      if (isNewer()) return;
      if (inVain.size >= IN_VAIN_MAX) inVain.clear();
      inVain.set(partition, performance.now() + IN_VAIN_MS * (1 + JITTER * Math.random()));
    },
    status: () => ({ source, readAtMs, failuresInARow, refusedCount, rejections }),
    async start(): Promise<void> {
      const kept = await store.load();
      if (kept === 'damaged') {
        noteRejections([
          { reason: 'damaged', realm: undefined, detail: 'the one on disk is not ours' },
        ]);
      } else if (kept !== 'absent') {
        table = kept.table;
        readAtMs = kept.confirmedAtMs;
        source = 'disk';
      }
      const first = refresh();
      // With a table from disk there is no reason to make shoppers wait for the directory.
      if (source === 'none') {
        await first;
        // A router that says it is ready can start again without anybody.
        await saving;
      }
      void first.then(schedule);
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await saving;
    },
  });
}
