import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';
import type { Shoppers } from '@commerce/load-tests/harness/shoppers';
import pg from 'pg';
import {
  bringPlanTo,
  type CellctlEnd,
  type CellctlRun,
  readNewestPlan,
  startCellctl,
} from './cellctl.ts';
import type { Gates } from './gates.ts';
import type { Parts } from './parts.ts';
import type { MoveState, MoveWatcher, Phase } from './phases.ts';
import { readSetAside } from './set-aside.ts';

/** Cells of every stage: the source is emptied to its standby; the witness must notice nothing. */
export const CELLS = ['eu-de-1', 'eu-fr-1', 'us-east-1'] as const;
export const SOURCE = 'eu-de-1';
export const TARGET = 'eu-fr-1';

/** What an experiment works with, while shoppers buy. */
export interface Scene {
  readonly fleet: OwnFleet;
  readonly parts: Parts;
  /** Lines that can be cut; only on a gated stage. */
  readonly gates: Gates;
  readonly shoppers: Shoppers;
  readonly say: (line: string) => void;
  /**
   * Starts an evacuation of the source and waits for a phase of it: of the whole cell, or of the
   * partitions that shoppers are in and some others, which takes a fifth of the time.
   */
  evacuateUntil(phase: Phase, extent?: 'whole' | 'part'): Promise<CellctlRun>;
  /** Partitions of the source that shoppers have written to. */
  busyPartitions(): readonly string[];
  /** Waits until something is so. @throws Error with these words after a minute */
  eventually(words: string, look: () => boolean | Promise<boolean>): Promise<void>;
  /** Runs a command of `cellctl` once. */
  cellctl(...words: string[]): Promise<CellctlEnd>;
  /** Brings the evacuation under way to its end, whoever has left it. */
  finish(): Promise<void>;
  /** Moves everything back to where it was. */
  rollBack(): Promise<void>;
  /** Waits for so many more acknowledged orders: the shop sells (again). */
  awaitOrders(count: number): Promise<void>;
  /** Versions that the target has of the source's partitions. */
  appliedVersions(): Promise<ReadonlyMap<string, number>>;
  /** Notes what the source has set aside, so that it does not count as lost where that was announced. */
  readReconciled(): Promise<void>;
  /** What a later check must take as set aside after an emergency, and not as lost. */
  readonly reconciled: Set<string>;
}

/** A resumed plan may have to wait for the lease of a runner that was killed. */
const FINISH_TIMEOUT_MS = 240_000;
const STATE_TIMEOUT_MS = 120_000;
const POLL_MS = 20;
/** Partitions of a part of the cell: several batches, so that there is a middle. */
const PART = 96;

const STANDBY_VERSIONS = `SELECT partition, version::text FROM partitions WHERE role = 'standby'`;

export function createScene(deps: {
  readonly fleet: OwnFleet;
  readonly parts: Parts;
  readonly gates: Gates;
  readonly shoppers: Shoppers;
  readonly watcher: MoveWatcher;
  readonly before: MoveState;
  readonly say: (line: string) => void;
}): Scene {
  const { fleet, shoppers, watcher, before } = deps;
  const reconciled = new Set<string>();
  const busyPartitions = (): readonly string[] => [
    ...new Set(
      shoppers.requests
        .filter(({ cell, partition }) => cell === SOURCE && partition !== '')
        .map(({ partition }) => partition),
    ),
  ];
  return {
    fleet,
    parts: deps.parts,
    gates: deps.gates,
    shoppers,
    say: deps.say,
    reconciled,
    async evacuateUntil(phase, extent = 'part') {
      const all = await watcher.listPrimaries();
      const partitions =
        extent === 'whole' ? all : [...new Set([...busyPartitions(), ...all])].slice(0, PART);
      const only = extent === 'whole' ? [] : ['--partitions', partitions.join(',')];
      const earlier = await readNewestPlan(fleet.dataDir);
      const run = startCellctl(fleet.dataDir, ['evacuate', 'run', SOURCE, ...only]);
      const early = run.ended.then((end) => {
        throw new Error(`the evacuation ended before "${phase}" (${end.code}): ${end.complaint}`);
      });
      // One that ends before the wait does is told by the race; later ends are the caller's.
      early.catch(() => undefined);
      if (phase === 'begun') await waitForPlan(fleet.dataDir, earlier?.id);
      else await Promise.race([watcher.waitFor(phase, before, partitions.length), early]);
      return run;
    },
    busyPartitions,
    async eventually(words, look) {
      const deadline = Date.now() + STATE_TIMEOUT_MS;
      while (!(await look())) {
        if (Date.now() > deadline) throw new Error(`it never came to this: ${words}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async appliedVersions() {
      const client = new pg.Client({ connectionString: fleet.databaseUrl(TARGET) });
      await client.connect();
      try {
        const { rows } = await client.query<{ partition: string; version: string }>(
          STANDBY_VERSIONS,
        );
        return new Map(rows.map(({ partition, version }) => [partition, Number(version)]));
      } finally {
        await client.end();
      }
    },
    async readReconciled() {
      for (const id of await readSetAside(fleet, SOURCE)) reconciled.add(id);
    },
    cellctl: (...words) => startCellctl(fleet.dataDir, words).ended,
    finish: () => bringPlanTo(fleet.dataDir, 'resume', 'done', FINISH_TIMEOUT_MS),
    rollBack: () => bringPlanTo(fleet.dataDir, 'rollback', 'rolled-back', FINISH_TIMEOUT_MS),
    awaitOrders: (count) => shoppers.awaitOrders(count),
  };
}

async function waitForPlan(dataDir: string, earlier: string | undefined): Promise<void> {
  const deadline = Date.now() + STATE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const plan = await readNewestPlan(dataDir);
    if (plan !== undefined && plan.id !== earlier) return;
  }
  throw new Error('no plan was made');
}
