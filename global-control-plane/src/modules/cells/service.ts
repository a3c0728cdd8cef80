import type { CellDescriptor } from '@commerce/contracts/cells';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import { type CellProbe, probeCell } from './probe.ts';
import type { CellHealth, CellView } from './schema.ts';

export interface CellRegistry {
  /**
   * Writes the configured cells into the directory: new ones as they are; of known ones the address
   * and the place, never state, weight, capacity or incarnation. Then reads all cells.
   * @throws AppError `unavailable` where the directory does not answer; may be called again
   */
  register(): Promise<void>;
  /** Reads states and weights anew. @throws AppError `unavailable` */
  refresh(): Promise<void>;
  /** Looks at every cell that is not retired. Never throws: a cell that is away is a finding. */
  probe(): Promise<void>;
  /** Last known descriptors; before the directory was read, those of the configuration. */
  descriptors(): readonly CellDescriptor[];
  views(): readonly CellView[];
  /** Whether a cell did not answer at the last look. */
  isAway(cell: string): boolean;
  /** When the directory was last read, and whether it answered at the last attempt. */
  source(): { readonly answers: boolean; readonly asOf: Date | undefined };
}

const WRITE_ATTEMPTS_MAX = 5;
const UNKNOWN: CellHealth = Object.freeze({
  reachability: 'unknown',
  ready: null,
  checkedAt: null,
  seenAt: null,
  replication: null,
});

/** Whether the directory's entry has to be written, and what. */
function mergeCell(known: CellDescriptor, configured: CellDescriptor): CellDescriptor | undefined {
  const merged: CellDescriptor = {
    ...configured,
    state: known.state,
    weight: known.weight,
    hosts: known.hosts,
    capacity: known.capacity,
    incarnation: known.incarnation,
  };
  const fields = Object.keys(merged) as (keyof CellDescriptor)[];
  return fields.every((field) => merged[field] === known[field]) ? undefined : merged;
}

export function createCellRegistry(deps: {
  readonly directory: Directory;
  readonly configured: readonly CellDescriptor[];
  readonly catalogHeadSeq: () => Promise<bigint>;
  readonly clock: Clock;
}): CellRegistry {
  const { directory, configured, clock } = deps;
  let cells: readonly CellDescriptor[] = configured;
  let asOf: Date | undefined;
  let answers = false;
  const healthOf = new Map<string, CellHealth>();

  const refresh = async (): Promise<void> => {
    try {
      cells = (await directory.listCells()).map(({ cell }) => cell);
      asOf = clock.now();
      answers = true;
    } catch (error) {
      answers = false;
      throw error;
    }
  };

  const registerOne = async (cell: CellDescriptor): Promise<void> => {
    // Another control plane may write at the same moment; then the entry is read again.
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt += 1) {
      const known = await directory.readCell(cell.id);
      const wanted = known === undefined ? cell : mergeCell(known.cell, cell);
      if (wanted === undefined) return;
      if ((await directory.putCell(wanted, known?.version)) === 'written') return;
    }
    throw new Error(`the directory's entry of ${cell.id} is written by others all the time`);
  };

  const toHealth = (id: string, seen: CellProbe, headSeq: bigint): CellHealth => {
    const checkedAt = clock.now().toISOString();
    const before = healthOf.get(id) ?? UNKNOWN;
    if (!seen.reachable) {
      // The last known replication figures would look like present ones: they are left out.
      return { ...UNKNOWN, reachability: 'unreachable', checkedAt, seenAt: before.seenAt };
    }
    const applied = seen.catalogAppliedSeq;
    return {
      reachability: 'reachable',
      ready: seen.ready,
      checkedAt,
      seenAt: checkedAt,
      replication:
        applied === undefined
          ? null
          : {
              catalogAppliedSeq: applied,
              catalogHeadSeq: Number(headSeq),
              catalogLagChanges: Math.max(0, Number(headSeq) - applied),
            },
    };
  };

  return Object.freeze({
    register: async () => {
      for (const cell of configured) await registerOne(cell);
      await refresh();
    },
    refresh,
    probe: async () => {
      await Promise.all(
        cells
          .filter(({ state }) => state !== 'retired')
          .map(async ({ id, url }) => {
            const seen = await probeCell(url);
            // Read after the cell's answer, so that the lag is never negative.
            healthOf.set(id, toHealth(id, seen, await deps.catalogHeadSeq()));
          }),
      );
    },
    descriptors: () => cells,
    views: () => cells.map((cell) => ({ ...cell, health: healthOf.get(cell.id) ?? UNKNOWN })),
    isAway: (cell: string) => healthOf.get(cell)?.reachability === 'unreachable',
    source: () => ({ answers, asOf }),
  });
}
