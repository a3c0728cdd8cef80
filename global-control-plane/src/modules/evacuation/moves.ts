import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { type CellId, type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import type { PartitionPoint, PartitionState } from '@commerce/contracts/partition-control';
import {
  CUT_CHAIN_DIGITS,
  type Placement,
  type PlacementTable,
} from '@commerce/contracts/placements';

/**
 * What is to be done next, as a function of what is: the plan, the directory's table, and what the
 * cells say. Nothing else is remembered, so a runner may die at any moment and another one goes on.
 */

/** One partition on its way from a cell to another. */
export interface Move {
  readonly partition: Partition;
  readonly slot: number;
  readonly placement: Placement;
  readonly from: CellId;
  /** Undefined where the partition has no standby that it could go to. */
  readonly to: CellId | undefined;
  /** Whether the directory names the target already. */
  readonly flipped: boolean;
}

/** What a cell says of one partition. */
export type Seen =
  | { readonly answers: false }
  /** Undefined: the cell knows of no such partition. */
  | { readonly answers: true; readonly state: PartitionState | undefined };

export type Step =
  | { readonly kind: 'settled' }
  /** The target has not heard yet what the directory says: that it takes over, or has given up. */
  | { readonly kind: 'promote' }
  /** The target has taken over, and the old primary does not follow it yet. */
  | { readonly kind: 'demote' }
  /** Fenced, and the target is at the cut. */
  | { readonly kind: 'flip'; readonly cut: PartitionPoint }
  /** Fenced, and the target is not at the cut yet. */
  | { readonly kind: 'await'; readonly cut: PartitionPoint }
  /** Fenced, and must not go on: the source has to serve again. */
  | { readonly kind: 'release'; readonly reason: string }
  /** The directory has given its primary a new epoch, which that has not taken up yet. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'catch-up'; readonly lagVersions: bigint | undefined }
  | { readonly kind: 'seed' }
  | { readonly kind: 'seeding' }
  | { readonly kind: 'blocked'; readonly reason: string };
export type StepKind = Step['kind'];

/** Which way a plan goes at the moment. */
export type Direction = 'forth' | 'back';

export function directionOf(plan: Pick<EvacuationPlan, 'state'>): Direction {
  return plan.state === 'rolling-back' || plan.state === 'rolled-back' ? 'back' : 'forth';
}

/** Slots that a plan is about: those that it names, or all that the source has or that it has moved. */
function isInScope(plan: EvacuationPlan, slot: number, placement: Placement): boolean {
  if (plan.slots !== null && !plan.slots.includes(slot)) return false;
  return placement.primary === plan.source || placement.cut?.plan === plan.id;
}

/** Every partition of the plan, with where it goes. A partition that another plan has moved is left out. */
export function movesOf(plan: EvacuationPlan, table: PlacementTable): readonly Move[] {
  const source = plan.source as CellId;
  const direction = directionOf(plan);
  return table.placements.flatMap((placement, slot): Move[] => {
    if (!isInScope(plan, slot, placement)) return [];
    const partition = partitionAt(plan.realm as Realm, slot);
    const isAtSource = placement.primary === source;
    const common = { partition, slot, placement };
    if (direction === 'forth') {
      if (!isAtSource) return [{ ...common, from: source, to: placement.primary, flipped: true }];
      const to = (plan.target as CellId | null) ?? placement.standby;
      return [{ ...common, from: source, to, flipped: false }];
    }
    // What never left has nowhere to come back from; where it was fenced, the source serves again.
    const from = isAtSource ? (placement.standby ?? source) : placement.primary;
    return [{ ...common, from, to: source, flipped: isAtSource }];
  });
}

/** Whether a state is at a point of a partition's history, by the chain over that history. */
function isAt(state: PartitionState, point: PartitionPoint): boolean {
  return state.version === point.version && state.chain === point.chain;
}

function pointOf(state: PartitionState): PartitionPoint {
  const { partition, epoch, version, chain } = state;
  return { partition, epoch, version, chain };
}

/** The primary of the directory is fenced, and this plan does not want to move it away any more. */
function stepOfStopped(move: Move, primary: PartitionState): Step {
  return primary.epoch < move.placement.epoch
    ? { kind: 'resume' }
    : { kind: 'release', reason: 'it is to stay where it is' };
}

/** After the flip: the target takes over, then the old primary begins to follow it. */
function stepAfterFlip(move: Move, from: Seen, to: Seen): Step {
  const { epoch } = move.placement;
  if (!to.answers) return { kind: 'promote' };
  if (to.state?.role === 'fenced') return stepOfStopped(move, to.state);
  if (to.state?.role !== 'primary' || to.state.epoch < epoch) return { kind: 'promote' };
  // A source that is gone will find out when it comes back; nobody waits for that.
  if (!from.answers || move.from === move.to) return { kind: 'settled' };
  const isGivenUp = from.state?.role !== 'primary' && from.state?.role !== 'fenced';
  return { kind: isGivenUp ? 'settled' : 'demote' };
}

function stepOfFenced(move: Move, plan: string, source: PartitionState, to: Seen): Step {
  if (source.plan !== plan || source.target !== move.to) {
    return { kind: 'release', reason: 'it is fenced for another move' };
  }
  const cut = pointOf(source);
  if (!to.answers) return { kind: 'await', cut };
  if (to.state?.role !== 'standby' || to.state.copy !== 'following') {
    return { kind: 'release', reason: `${move.to} does not follow it` };
  }
  if (isAt(to.state, cut)) return { kind: 'flip', cut };
  if (BigInt(to.state.version) >= BigInt(cut.version)) {
    return { kind: 'release', reason: `the copy in ${move.to} has another history` };
  }
  return { kind: 'await', cut };
}

/** How far a standby may be behind when its partition is fenced: each version prolongs the pause. */
export const LAG_VERSIONS_MAX = 20n;

function stepOfStandby(move: Move, to: PartitionState | undefined): Step {
  if (to === undefined || to.role === 'absent') return { kind: 'seed' };
  if (to.role !== 'standby' && to.epoch < move.placement.epoch) return { kind: 'promote' };
  if (to.role !== 'standby') {
    return { kind: 'blocked', reason: `${move.to} holds it as ${to.role}, and not as a standby` };
  }
  if (to.follows !== null && to.follows !== move.from) return { kind: 'seed' };
  switch (to.copy) {
    case 'seeding':
      return { kind: 'seeding' };
    case 'refused':
    case 'diverged':
    case null:
      return { kind: 'seed' };
    case 'following':
      break;
    default:
      to.copy satisfies never;
  }
  const lagVersions = to.lagVersions === null ? undefined : BigInt(to.lagVersions);
  if (lagVersions === undefined || lagVersions > LAG_VERSIONS_MAX) {
    return { kind: 'catch-up', lagVersions };
  }
  return { kind: 'ready' };
}

/**
 * The next step of one partition.
 * @param plan id of the evacuation
 */
export function deriveStep(plan: string, move: Move, from: Seen, to: Seen): Step {
  if (move.flipped) return stepAfterFlip(move, from, to);
  if (move.to === undefined) {
    return { kind: 'blocked', reason: 'it has no standby, and the plan names no target' };
  }
  if (!from.answers) return { kind: 'blocked', reason: `${move.from} does not answer` };
  const source = from.state;
  if (source === undefined || source.role === 'absent') {
    return { kind: 'blocked', reason: `${move.from} does not hold it` };
  }
  if (source.epoch < move.placement.epoch) return { kind: 'resume' };
  if (source.epoch > move.placement.epoch || source.role === 'standby') {
    return { kind: 'blocked', reason: `${move.from} says otherwise than the directory` };
  }
  if (source.role === 'fenced') return stepOfFenced(move, plan, source, to);
  if (!to.answers) return { kind: 'blocked', reason: `${move.to} does not answer` };
  return stepOfStandby(move, to.state);
}

/** The cut as the directory keeps it. */
export function toPlacementCut(plan: string, mode: EvacuationPlan['mode'], cut: PartitionPoint) {
  return {
    plan,
    mode,
    version: BigInt(cut.version),
    chain: cut.chain.slice(0, CUT_CHAIN_DIGITS),
  };
}
