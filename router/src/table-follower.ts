import type { CellId, Realm } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Directory, VersionedCell } from '@commerce/engines/directory/directory';
import type { Logger } from '@commerce/service/logger';
import { createRoutingTable, EMPTY_TABLE, realmsOf, type RoutingTable } from './routing-table.ts';
import type { TableStore } from './table-store.ts';

/** Keeps the router's table as new as the directory's, and the last good one while it is away. */
export interface TableFollower {
  current(): RoutingTable;
  /**
   * Asks the directory now. Whoever calls gets a reading that began after the call; all who call
   * meanwhile share it. Never throws: a directory that is away changes nothing.
   */
  refresh(): Promise<void>;
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
  /** Tables and cells that were refused since they were older than what is held. */
  readonly refusedCount: number;
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

/** What one reading of the directory brought. */
interface Reading {
  readonly cells: readonly VersionedCell[];
  readonly placements: readonly PlacementTable[];
}

/** Makes a follower that holds nothing until it is started. */
export function createTableFollower(deps: FollowerDeps): TableFollower {
  const { directory, store, logger } = deps;
  let table = EMPTY_TABLE;
  let source: FollowerStatus['source'] = 'none';
  let readAtMs: number | undefined;
  let failuresInARow = 0;
  let refusedCount = 0;
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

  const readOnce = async (): Promise<void> => {
    try {
      const reading = await readDirectory(directory, table);
      if (stopped) return;
      const merged = merge(table, reading);
      refusedCount += merged.refusedCount;
      if (merged.refusedCount > 0) {
        logger.warn(
          { count: merged.refusedCount },
          'the directory gave older entries than are held',
        );
      }
      if (merged.table !== table) {
        table = merged.table;
        save();
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
    refresh,
    status: () => ({ source, readAtMs, failuresInARow, refusedCount }),
    async start(): Promise<void> {
      const kept = await store.load();
      if (kept === 'damaged') {
        logger.error({}, 'the routing table on disk is damaged and is not used');
      } else if (kept !== 'absent') {
        table = kept;
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

async function readDirectory(directory: Directory, held: RoutingTable): Promise<Reading> {
  const cells = await directory.listCells();
  const realms = new Set<Realm>([...realmsOf(cells), ...held.placements.keys()]);
  const placements = await Promise.all(
    [...realms].map((realm) => {
      const version = held.placements.get(realm)?.version;
      return directory.readPlacements(realm, version === undefined ? {} : { ifNewerThan: version });
    }),
  );
  return { cells, placements: placements.filter((entry) => entry !== undefined) };
}

/**
 * Puts a reading over what is held. An entry older than the held one is refused: it comes from a
 * replica that lags or from a directory that was restored, and would send shoppers to a cell that
 * is not theirs any more. A list without any cell is refused as well.
 */
function merge(
  held: RoutingTable,
  reading: Reading,
): { readonly table: RoutingTable; readonly refusedCount: number } {
  let refusedCount = 0;
  let changed = false;
  const cells = new Map<CellId, VersionedCell>(reading.cells.length === 0 ? held.cells : []);
  if (reading.cells.length === 0 && held.cells.size > 0) refusedCount++;
  for (const entry of reading.cells) {
    const known = held.cells.get(entry.cell.id);
    const isOlder = known !== undefined && entry.version < known.version;
    if (isOlder) refusedCount++;
    cells.set(entry.cell.id, isOlder ? known : entry);
    if (known === undefined || entry.version > known.version) changed = true;
  }
  if (cells.size !== held.cells.size) changed = true;
  const placements = new Map(held.placements);
  for (const entry of reading.placements) {
    const known = placements.get(entry.realm);
    if (known !== undefined && entry.version <= known.version) {
      refusedCount++;
      continue;
    }
    placements.set(entry.realm, entry);
    changed = true;
  }
  const table = changed ? createRoutingTable(cells.values(), placements.values()) : held;
  return { table, refusedCount };
}
