import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { type CellId, type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import type { PartitionPoint, PartitionState } from '@commerce/contracts/partition-control';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';
import { comparePositions, type Position } from '@commerce/contracts/positions';
import { awaitAll, type BatchDeps, createTimer } from './batch.ts';
import { readStates } from './look.ts';
import { takePlan } from './plan-keeper.ts';
import { ControlFault, type RouterControl } from './ports.ts';
import type { RunnerDeps } from './run-state.ts';
import { changeSlots, flipChange } from './table-writes.ts';

/** What a partition may have lost, as far as anybody has seen. */
export interface Gap {
  readonly partition: Partition;
  /** The highest position that a router has seen. */
  readonly seen: Position;
  /** What the standby had when it took over. */
  readonly applied: Position;
  /** Writes between the two. */
  readonly versions: bigint;
}

export interface EmergencyResult {
  readonly outcome: 'absent' | 'busy' | 'ended' | 'not-isolated';
  readonly plan: EvacuationPlan | undefined;
  readonly promoted: readonly Partition[];
  /** Partitions that stay with the source, with the reason. */
  readonly stranded: readonly { readonly partition: Partition; readonly reason: string }[];
  /** Partitions whose source was fenced, so that nothing was lost. */
  readonly fenced: number;
  readonly gaps: readonly Gap[];
  /** Routers that did not tell what they have seen: the gap is at least what is printed. */
  readonly silentRouters: readonly string[];
  /** Routers that hold the new table. */
  readonly acknowledgedRouters: readonly string[];
}

/**
 * A fence waits for transactions, which end within a second. A source that hangs must not prolong the
 * outage by more; if it goes on later it fences what is not its own any more.
 */
const FENCE_TIMEOUT_MS = 2_000;
const PROMOTE_ATTEMPTS_MAX = 40;
const PROMOTE_PAUSE_MS = 250;

/** Where a partition goes, and where its history was cut. */
interface Point {
  readonly partition: Partition;
  readonly to: CellId;
  readonly cut: PartitionPoint;
}

interface Candidate {
  readonly partition: Partition;
  readonly placement: Placement;
  readonly to: CellId;
  readonly state: PartitionState;
}

/**
 * Makes the recorded standbys primaries with what they have. Needs the directory and the targets
 * only. Where the source still answers it is fenced first, and nothing is lost; where it does not, an
 * operator has to have stated that it is isolated.
 * @throws AppError `unavailable` where the directory does not answer
 */
export async function runEmergency(deps: RunnerDeps, id: string): Promise<EmergencyResult> {
  const nothing = {
    promoted: [],
    stranded: [],
    fenced: 0,
    gaps: [],
    silentRouters: [],
    acknowledgedRouters: [],
  };
  const keeper = await takePlan(deps, id);
  if (keeper === 'absent') return { outcome: 'absent', plan: undefined, ...nothing };
  if (keeper === 'busy') {
    return { outcome: 'busy', plan: (await deps.directory.readPlan(id))?.plan, ...nothing };
  }
  const plan = keeper.plan();
  const batchDeps: BatchDeps = { ...deps, addPhase: keeper.addPhase };
  const table = await deps.directory.readPlacements(plan.realm as Realm);
  if (table === undefined) throw new TypeError(`the directory has no placements of ${plan.realm}`);
  const { candidates, stranded } = await findCandidates(deps, plan, table);
  const timed = createTimer(batchDeps);
  const cuts = await timed('fence', () => fenceSource(batchDeps, plan, candidates));
  if (cuts === undefined && !plan.sourceIsolated) {
    await keeper.finish('halted', `${plan.source} does not answer, and nobody said it is isolated`);
    return { outcome: 'not-isolated', ...nothing, plan: keeper.plan(), stranded };
  }
  const points = candidates.map((candidate): Point => {
    const { partition, to } = candidate;
    return { partition, to, cut: cuts?.get(partition) ?? pointOf(candidate) };
  });
  const before = flippedBefore(plan, table);
  const changes = points.map(({ partition, to, cut }) => {
    // What was fenced has nothing past its cut, whatever the reason for the move.
    const mode = cuts?.has(partition) === true ? 'planned' : 'emergency';
    return flipChange({ id: plan.id, mode }, plan.source as CellId, to, cut);
  });
  const changed = await timed('flip', () =>
    changeSlots(deps.directory, plan.realm as Realm, changes),
  );
  const flipped = new Set([...changed, ...before.map(({ partition }) => partition)]);
  const all = [...points, ...before];
  const promoted = await timed('promote', () => promoteAll(deps, all, flipped));
  const routers = await askRouters(deps.routers, plan.realm);
  keeper.note({ counts: { total: all.length + stranded.length, moved: flipped.size } });
  const isDone = flipped.size > 0 && promoted.size === flipped.size;
  const why = flipped.size === 0 ? 'no standby can take over' : 'not all took over yet';
  await keeper.finish(isDone ? 'done' : 'halted', isDone ? undefined : why);
  return {
    outcome: 'ended',
    plan: keeper.plan(),
    promoted: [...promoted],
    stranded,
    fenced: cuts?.size ?? 0,
    gaps: findGaps(all, routers.positions),
    silentRouters: routers.silent,
    acknowledgedRouters: routers.acknowledged,
  };
}

/** Partitions that an earlier run of this plan has given to their standbys already. */
function flippedBefore(plan: EvacuationPlan, table: PlacementTable): readonly Point[] {
  return table.placements.flatMap(({ primary, epoch, cut }, slot): Point[] => {
    if (primary === plan.source || cut?.plan !== plan.id) return [];
    const partition = partitionAt(plan.realm as Realm, slot);
    const point = { partition, epoch: epoch - 1, version: `${cut.version}`, chain: cut.chain };
    return [{ partition, to: primary, cut: point }];
  });
}

/** Partitions whose recorded standby has a whole copy, and those whose has not. */
async function findCandidates(deps: RunnerDeps, plan: EvacuationPlan, table: PlacementTable) {
  const candidates: Candidate[] = [];
  const stranded: { partition: Partition; reason: string }[] = [];
  const slots = table.placements.flatMap((placement, slot) =>
    placement.primary === plan.source && (plan.slots?.includes(slot) ?? true)
      ? [{ partition: partitionAt(plan.realm as Realm, slot), placement }]
      : [],
  );
  const standbys = slots.flatMap(({ placement }) => placement.standby ?? []);
  const states = await readStates(deps.cells, standbys);
  const stateOf = new Map(
    [...states].map(([cell, answer]) => [
      cell,
      new Map((answer?.states ?? []).map((state) => [state.partition, state])),
    ]),
  );
  for (const { partition, placement } of slots) {
    const to = placement.standby;
    const state = to === undefined ? undefined : stateOf.get(to)?.get(partition);
    const reason = whyStranded(plan, to, state, to !== undefined && states.get(to) !== undefined);
    if (reason !== undefined) stranded.push({ partition, reason });
    else if (to !== undefined && state !== undefined) {
      candidates.push({ partition, placement, to, state });
    }
  }
  return { candidates, stranded };
}

function whyStranded(
  plan: EvacuationPlan,
  to: CellId | undefined,
  state: PartitionState | undefined,
  answers: boolean,
): string | undefined {
  if (to === undefined) return 'it has no standby';
  if (plan.target !== null && plan.target !== to) return `its standby is ${to}, not ${plan.target}`;
  if (!answers) return `its standby ${to} does not answer`;
  if (state?.role !== 'standby') return `${to} holds no copy of it`;
  if (state.copy === 'seeding') return `the copy in ${to} was never whole`;
  return undefined;
}

function pointOf({ placement, state }: Candidate): PartitionPoint {
  const { partition, version, chain } = state;
  return { partition, epoch: placement.epoch, version, chain };
}

/**
 * Fences at the source where that still answers, and waits until the standbys are there.
 * @returns cuts that were reached; undefined where the source does not answer
 */
async function fenceSource(
  deps: BatchDeps,
  plan: EvacuationPlan,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<Partition, PartitionPoint> | undefined> {
  const source = deps.cells(plan.source as CellId);
  const cuts = new Map<Partition, PartitionPoint>();
  try {
    for (const [to, group] of Map.groupBy(candidates, (candidate) => candidate.to)) {
      const names = group.map(({ partition }) => partition);
      const fenced = await source.fence(plan.id, to, names, FENCE_TIMEOUT_MS);
      const { reached } = await awaitAll(deps, to, fenced.cuts);
      for (const cut of reached) cuts.set(cut.partition as Partition, cut);
    }
    return cuts;
  } catch (error) {
    if (error instanceof ControlFault) return undefined;
    throw error;
  }
}

/** Tells the targets until they have taken over what the directory gives them. */
async function promoteAll(
  deps: RunnerDeps,
  points: readonly Point[],
  flipped: ReadonlySet<Partition>,
): Promise<ReadonlySet<Partition>> {
  const wanted = points.filter(({ partition }) => flipped.has(partition));
  const promoted = new Set<Partition>();
  for (let attempt = 1; attempt <= PROMOTE_ATTEMPTS_MAX; attempt += 1) {
    const left = wanted.filter(({ partition }) => !promoted.has(partition));
    if (left.length === 0) break;
    for (const [to, group] of Map.groupBy(left, (candidate) => candidate.to)) {
      const epochOf = new Map(group.map(({ partition, cut }) => [partition, cut.epoch + 1]));
      const target = deps.cells(to);
      const answer = await target
        .refresh()
        .then(() => target.states([...epochOf.keys()]))
        .catch((error: unknown) => {
          if (!(error instanceof ControlFault)) throw error;
          return undefined;
        });
      for (const state of answer?.states ?? []) {
        const name = state.partition as Partition;
        if (state.role === 'primary' && state.epoch >= (epochOf.get(name) ?? Infinity)) {
          promoted.add(name);
        }
      }
    }
    if (promoted.size < wanted.length) await deps.sleep(PROMOTE_PAUSE_MS);
  }
  return promoted;
}

/** Makes the routers take the new table, and asks what they have seen. */
async function askRouters(routers: readonly RouterControl[], realm: string) {
  const positions: ReadonlyMap<Partition, Position>[] = [];
  const silent: string[] = [];
  const acknowledged: string[] = [];
  await Promise.all(
    routers.map(async (router) => {
      try {
        positions.push(await router.positions());
        if ((await router.refresh(realm)) !== undefined) acknowledged.push(router.url);
      } catch (error) {
        if (!(error instanceof ControlFault)) throw error;
        silent.push(router.url);
      }
    }),
  );
  return { positions, silent, acknowledged };
}

/** Partitions of which a router has seen more than their standby had. */
function findGaps(
  points: readonly Point[],
  seenBy: readonly ReadonlyMap<Partition, Position>[],
): readonly Gap[] {
  return points.flatMap(({ partition, cut }): Gap[] => {
    const applied = { epoch: BigInt(cut.epoch), version: BigInt(cut.version) };
    const seen = seenBy
      .flatMap((positions) => positions.get(partition) ?? [])
      // What a new primary has written since is no part of what was lost.
      .filter((position) => position.epoch <= applied.epoch)
      .toSorted(comparePositions)
      .at(-1);
    if (seen === undefined || seen.version <= applied.version) return [];
    return [{ partition, seen, applied, versions: seen.version - applied.version }];
  });
}
