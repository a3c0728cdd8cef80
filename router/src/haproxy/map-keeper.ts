import { rename, writeFile } from 'node:fs/promises';
import type { Logger } from '@commerce/service/logger';
import type { RoutingTable } from '../routing-table.ts';
import { applyMap, entriesOf, type PartitionEntries, renderMap } from './partition-map.ts';
import type { RuntimeSocket } from './runtime-socket.ts';

/** Keeps the map of a running HAProxy as new as the router's table, and its file as new as the map. */
export interface MapKeeper {
  /** Writes the file with which HAProxy starts. */
  readonly write: () => Promise<void>;
  /**
   * Brings a table into the map; of several that come meanwhile only the last.
   * @param after what is to be done when it is there
   */
  follow(table: RoutingTable, after: () => Promise<void>): void;
  /** Resolves when nothing is under way, with whether HAProxy holds what was wanted last. */
  settle(): Promise<boolean>;
  status(): MapStatus;
  stop(): Promise<void>;
}

export interface MapStatus {
  readonly entries: number;
  /** Changes taken into use since the start, and how long the last one took, in ms. */
  readonly changes: number;
  readonly lastChangeMs: number | null;
  /** Attempts in a row that HAProxy did not take; the map is older than the table while there are any. */
  readonly failuresInARow: number;
}

const RETRY_MS = 500;

export function createMapKeeper(deps: {
  readonly path: string;
  readonly runtime: RuntimeSocket;
  readonly table: RoutingTable;
  readonly logger: Logger;
}): MapKeeper {
  const { path, runtime, logger } = deps;
  /** What HAProxy is known to hold; undefined where it took a change only in part. */
  let held: PartitionEntries | undefined = entriesOf(deps.table);
  /** What it should hold. */
  let wanted: PartitionEntries = entriesOf(deps.table);
  let pending: (() => Promise<void>) | undefined;
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isStopped = false;
  let changes = 0;
  let lastChangeMs: number | null = null;
  let failuresInARow = 0;

  const write = async (): Promise<void> => {
    const entries = wanted;
    const draft = `${path}.draft`;
    await writeFile(draft, renderMap(entries), { mode: 0o600 });
    await rename(draft, path);
    held = entries;
  };

  const work = async (): Promise<void> => {
    while (pending !== undefined) {
      if (isStopped) return;
      const after = pending;
      const entries = wanted;
      pending = undefined;
      try {
        const startedAt = performance.now();
        await applyMap(runtime, path, held, entries);
        held = entries;
        lastChangeMs = Math.round((performance.now() - startedAt) * 10) / 10;
        changes++;
        failuresInARow = 0;
        await after();
      } catch (error) {
        if (failuresInARow === 0) logger.error({ err: error }, 'HAProxy did not take a table');
        failuresInARow++;
        // The next attempt replaces the whole map.
        held = undefined;
        pending ??= after;
        retry = setTimeout(start, RETRY_MS);
        return;
      }
    }
  };

  const start = (): void => {
    working ??= work().finally(() => {
      working = undefined;
    });
  };

  return Object.freeze({
    write,
    follow(table: RoutingTable, after: () => Promise<void>): void {
      wanted = entriesOf(table);
      pending = after;
      if (failuresInARow === 0) start();
    },
    async settle(): Promise<boolean> {
      await working;
      return pending === undefined;
    },
    status: () => ({ entries: wanted.size, changes, lastChangeMs, failuresInARow }),
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(retry);
      await working;
    },
  });
}
