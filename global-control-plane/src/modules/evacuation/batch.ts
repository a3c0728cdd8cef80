import type { EvacuationPlan, PlanPhase } from '@commerce/contracts/evacuation-plans';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import type { PartitionPoint } from '@commerce/contracts/partition-control';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import type { CellControlOf } from './ports.ts';
import { burnChange, changeSlots, flipChange } from './table-writes.ts';

/** What the steps of one batch stand on. */
export interface BatchDeps {
  readonly directory: Directory;
  readonly cells: CellControlOf;
  /** Monotonic milliseconds, for durations. */
  readonly elapsedMs: () => number;
  readonly addPhase: (phase: PlanPhase, ms: number) => void;
}

export interface MovedBatch {
  readonly moved: readonly Partition[];
  /** Partitions that were fenced and serve at the source again, or could not be fenced. */
  readonly returned: readonly { readonly partition: Partition; readonly reason: string }[];
  /** From the fence until the target serves. */
  readonly pauseMs: number;
  /**
   * Settles when the source has heard who the new primary is. The next batch may be looked at
   * meanwhile, and is not fenced before.
   */
  readonly handedOver: Promise<unknown>;
}

/**
 * How long the target may take to reach the cuts. Requests wait at the source for two seconds in
 * all, and the flip comes after this.
 */
const AWAIT_MS_MAX = 1_200;
const AWAIT_CALL_MS = 400;

/**
 * Moves partitions that are ready, from the fence to the promotion. Where it throws, some are fenced
 * and some are not: the next look at the cells tells which, and the plan goes on from there.
 * @throws ControlFault, AppError `unavailable`
 */
export async function moveBatch(
  deps: BatchDeps,
  plan: EvacuationPlan,
  from: CellId,
  to: CellId,
  placements: ReadonlyMap<Partition, Placement>,
): Promise<MovedBatch> {
  const timed = createTimer(deps);
  const [source, target] = [deps.cells(from), deps.cells(to)];
  // Read before the fence, so that the flip is one call of those that shoppers wait for.
  const table = await deps.directory.readPlacements(plan.realm as Realm);
  const begunMs = deps.elapsedMs();
  const fenced = await timed('fence', () => source.fence(plan.id, to, [...placements.keys()]));
  const refused = fenced.refused.map(({ partition, reason }) => ({
    partition: partition as Partition,
    reason,
  }));
  const { reached, late } = await timed('await', () => awaitAll(deps, to, fenced.cuts));
  const flipped = await timed('flip', () => flipAll(deps, plan, { from, to, reached, table }));
  if (flipped.size > 0) await timed('promote', () => target.refresh());
  const pauseMs = deps.elapsedMs() - begunMs;
  const handedOver =
    flipped.size > 0 ? timed('demote', () => source.refresh()) : Promise.resolve(undefined);
  // Whoever awaits it hears of a failure; until then nobody is there to do so.
  handedOver.catch(() => undefined);
  const returned = await releaseLate(deps, plan, late, placements);
  return { moved: [...flipped], returned: [...refused, ...returned], pauseMs, handedOver };
}

/** Adds the time that work takes to a phase of the plan, however it ends. */
export function createTimer({ elapsedMs, addPhase }: BatchDeps) {
  return async <Result>(phase: PlanPhase, work: () => Promise<Result>): Promise<Result> => {
    const begunMs = elapsedMs();
    try {
      return await work();
    } finally {
      addPhase(phase, elapsedMs() - begunMs);
    }
  };
}

/** Waits until the target has reached the cuts; what it does not reach in time is late. */
export async function awaitAll(
  { cells, elapsedMs }: BatchDeps,
  to: CellId,
  cuts: readonly PartitionPoint[],
): Promise<{
  readonly reached: readonly PartitionPoint[];
  readonly late: readonly PartitionPoint[];
}> {
  const endsAtMs = elapsedMs() + AWAIT_MS_MAX;
  const reached: PartitionPoint[] = [];
  const diverged: PartitionPoint[] = [];
  let waiting = cuts;
  while (waiting.length > 0) {
    const leftMs = endsAtMs - elapsedMs();
    const answer = await cells(to).awaitCuts(waiting, clamp(leftMs, 0, AWAIT_CALL_MS));
    const there = new Set(answer.reached);
    const apart = new Set(answer.diverged.map(({ partition }) => partition));
    reached.push(...waiting.filter(({ partition }) => there.has(partition)));
    diverged.push(...waiting.filter(({ partition }) => apart.has(partition)));
    waiting = waiting.filter(({ partition }) => !there.has(partition) && !apart.has(partition));
    if (leftMs <= 0) break;
  }
  return { reached, late: [...diverged, ...waiting] };
}

/** Writes the new primaries. Only for points that the target is known to have reached. */
export async function flipAll(
  { directory }: BatchDeps,
  plan: EvacuationPlan,
  flip: {
    readonly from: CellId;
    readonly to: CellId;
    readonly reached: readonly PartitionPoint[];
    /** As it was read a moment ago; undefined: it is read now. */
    readonly table?: PlacementTable | undefined;
  },
): Promise<ReadonlySet<Partition>> {
  const { from, to, reached, table } = flip;
  if (reached.length === 0) return new Set();
  // Planned as far as the cut goes, in the rollback of an emergency too: the primary was fenced.
  const cutOf = { id: plan.id, mode: 'planned' } as const;
  const changes = reached.map((cut) => flipChange(cutOf, from, to, cut));
  return changeSlots(directory, plan.realm as Realm, changes, table);
}

async function releaseLate(
  deps: BatchDeps,
  plan: EvacuationPlan,
  late: readonly PartitionPoint[],
  placements: ReadonlyMap<Partition, Placement>,
): Promise<MovedBatch['returned']> {
  const entries = late.map((cut) => ({
    cut,
    placement: placements.get(cut.partition as Partition) as Placement,
  }));
  await releaseAll(deps, plan, entries);
  return late.map(({ partition }) => ({
    partition: partition as Partition,
    reason: 'the target did not reach the cut in time',
  }));
}

/**
 * Lets fenced partitions serve where they are: an epoch is burnt for the same primary, so that no
 * runner that is late can flip them, and then the cell takes it up.
 */
export async function releaseAll(
  { directory, cells }: BatchDeps,
  plan: EvacuationPlan,
  entries: readonly { readonly cut: PartitionPoint; readonly placement: Placement }[],
): Promise<void> {
  if (entries.length === 0) return;
  const changes = entries.map(({ cut, placement }) => burnChange(plan.id, placement, cut));
  const burnt = await changeSlots(directory, plan.realm as Realm, changes);
  const byCell = Map.groupBy(
    entries.filter(({ cut }) => burnt.has(cut.partition as Partition)),
    ({ placement }) => placement.primary,
  );
  for (const [cell, group] of byCell) {
    const names = group.map(({ cut }) => cut.partition as Partition);
    await cells(cell).release(plan.id, names);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.round(Math.min(Math.max(value, min), max));
}
