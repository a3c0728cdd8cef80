import type { CellId, Partition } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import { createApplier } from '../copies/apply.ts';
import {
  assignCopies,
  type Copy,
  listCopies,
  requestCopies,
  retryRefusedCopies,
  setCopyState,
} from '../copies/copy-store.ts';
import { createSeeder, parseLeftOut } from '../copies/seed.ts';
import type { PartitionTable } from '../tables.ts';
import { createLink, type Lag, type Link, type LinkDeps } from './link.ts';
import type { CellClient } from './cell-client.ts';

/**
 * The standby's side of replication: keeps this cell's copies in step with their primaries. Owns what
 * is followed and how far it is; refuses to touch a partition whose role is not standby. A copy is
 * never ahead of what is durable here, and its rows and its log change in one transaction.
 */
export interface Replicator {
  /** Takes the directory's table in; afterwards the copies follow whom it names. */
  assign(table: PlacementTable): Promise<void>;
  /** Begins copies for a plan. @returns partitions that are copies now */
  requestSeeds(wish: {
    readonly partitions: readonly Partition[];
    readonly from: CellId;
    readonly plan: string;
  }): Promise<Partition[]>;
  /** To be called where roles or copies were changed by others. */
  reconcile(): Promise<void>;
  lagOf(copy: Pick<Copy, 'partition' | 'version' | 'follows'>): Lag;
  /** What is behind by source, for metrics: the sum of versions, and the longest time. */
  lagBySource(): ReadonlyMap<CellId, { readonly versions: bigint; readonly ms: number }>;
  seededRows(): number;
  /** Copies of an older version that could not go on are tried again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReplicatorOptions {
  readonly cell: CellId;
  /** Connections without a statement time-out. */
  readonly sql: Sql;
  readonly tables: readonly PartitionTable[];
  readonly cells: CellClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly waitMs?: number;
}

export function createReplicator(options: ReplicatorOptions): Replicator {
  const { cell, sql, tables, cells, clock, log } = options;
  const links = new Map<CellId, Link>();
  let state: 'idle' | 'running' | 'stopped' = 'idle';
  const deps: LinkDeps = {
    sql,
    cells,
    applier: createApplier(sql, tables),
    seeder: createSeeder(sql, tables),
    clock,
    log,
    ...(options.waitMs !== undefined && { waitMs: options.waitMs }),
  };

  const reconcile = async (): Promise<void> => {
    if (state !== 'running') return;
    const copies = await listCopies(sql);
    const sources = new Set(copies.map((copy) => copy.follows));
    for (const source of sources) {
      if (!links.has(source)) links.set(source, createLink(source, deps));
    }
    for (const [source, link] of links) {
      if (sources.has(source)) link.reconcile(copies);
      else {
        links.delete(source);
        await link.stop();
      }
    }
  };

  /** Copies that left columns out which this version knows get them. */
  const completeCopies = async (): Promise<void> => {
    const known = new Set(
      tables.flatMap(({ name, columns }) =>
        Object.keys(columns).map((column) => `${name}.${column}`),
      ),
    );
    const incomplete = (await listCopies(sql)).filter(({ problem }) => {
      const leftOut = parseLeftOut(problem);
      return leftOut.length > 0 && leftOut.every((column) => known.has(column));
    });
    const names = incomplete.map((copy) => copy.partition);
    await setCopyState(sql, names, 'seeding', null, clock.now());
  };

  return {
    async assign(table) {
      await assignCopies(sql, cell, table, clock.now());
      await reconcile();
    },
    async requestSeeds(wish) {
      const partitions = await requestCopies(sql, { ...wish, at: clock.now() });
      await reconcile();
      return partitions;
    },
    reconcile,
    lagOf: (copy) => links.get(copy.follows)?.lagOf(copy) ?? { versions: null, ms: null },
    lagBySource: () => new Map([...links].map(([source, link]) => [source, link.totalLag()])),
    seededRows: () => [...links.values()].reduce((sum, link) => sum + link.seededRows(), 0),
    async start() {
      state = 'running';
      await retryRefusedCopies(sql, clock.now());
      await completeCopies();
      await reconcile();
    },
    async stop() {
      state = 'stopped';
      await Promise.all([...links.values()].map((link) => link.stop()));
    },
  };
}
