import { randomBytes } from 'node:crypto';
import type { CellDescriptor } from '@commerce/contracts/cells';
import {
  type EvacuationPlan,
  type PlanMode,
  type PlanState,
  PLAN_STATES,
} from '@commerce/contracts/evacuation-plans';
import type { CellId, Realm } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import { LEASE_MS, mayBecome, updatePlan, withState } from './plan-keeper.ts';

/** What operators wish for: each is one conditional write, and a runner does the rest. */

export interface PlanRequest {
  readonly source: CellId;
  /** Undefined: every partition goes to its own standby. */
  readonly target: CellId | undefined;
  readonly mode: PlanMode;
  /** Undefined: all that the source is primary of. */
  readonly slots: readonly number[] | undefined;
  readonly steps: readonly number[];
  readonly watchS: number;
  readonly sourceIsolated: boolean;
  readonly reason: string;
  readonly by: string;
  /** Who works at it at once; without one the control plane does. */
  readonly runnerId?: string;
}

/** Plans in these states hold the cells that they are about. */
const UNDER_WAY: readonly PlanState[] = ['running', 'paused', 'halted', 'rolling-back'];

export type CreateOutcome =
  | { readonly created: EvacuationPlan }
  | { readonly conflicting: EvacuationPlan };

/**
 * Writes a new plan. An evacuation of a whole cell drains it as well: it gets no new shoppers.
 * @returns the plan under way of the same source, where there is one
 * @throws AppError `unavailable`
 */
export async function createPlan(
  deps: { readonly directory: Directory; readonly clock: Clock },
  realm: Realm,
  request: PlanRequest,
  total: number,
): Promise<CreateOutcome> {
  const { directory, clock } = deps;
  const conflicting = (await directory.listPlans()).find(
    ({ plan }) =>
      plan.realm === realm && plan.source === request.source && UNDER_WAY.includes(plan.state),
  );
  // An emergency does not wait for the end of a planned move.
  if (conflicting !== undefined && request.mode === 'planned') {
    return { conflicting: conflicting.plan };
  }
  const isWhole = request.slots === undefined;
  const weightBefore = isWhole ? await drainCell(directory, request.source) : undefined;
  const plan: EvacuationPlan = {
    id: newPlanId(clock.nowMs()),
    realm,
    source: request.source,
    target: request.target ?? null,
    mode: request.mode,
    state: 'running',
    slots: request.slots === undefined ? null : [...request.slots],
    steps: [...request.steps],
    watchS: request.watchS,
    sourceIsolated: request.sourceIsolated,
    reason: request.reason,
    createdAt: clock.now().toISOString(),
    createdBy: request.by,
    finishedAt: null,
    halt: null,
    weightBefore: weightBefore ?? null,
    runner: leaseFor(request.runnerId, clock),
    counts: { total, moved: 0 },
    pauses: null,
    phasesMs: {},
  };
  const written = await directory.putPlan(plan, undefined);
  if (written === 'conflict') throw new Error(`the directory has a plan ${plan.id} already`);
  if (conflicting !== undefined) {
    await updatePlan(directory, conflicting.plan.id, (other) => withState(other, 'paused'));
  }
  return { created: plan };
}

/** Keeps others off while the one who wished for it begins. */
function leaseFor(runnerId: string | undefined, clock: Clock): EvacuationPlan['runner'] {
  return runnerId === undefined ? null : { id: runnerId, endsAtMs: clock.nowMs() + LEASE_MS };
}

/** Short, as people type it; the time comes first, so ids sort by age. */
function newPlanId(nowMs: number): string {
  return `evac_${nowMs.toString(36)}${randomBytes(4).toString('hex')}`;
}

export type WishOutcome =
  | { readonly plan: EvacuationPlan }
  | { readonly refused: string; readonly plan: EvacuationPlan }
  | 'absent';

/** Asks for another state of a plan: paused, running again, rolling back. @throws AppError `unavailable` */
export async function wishState(
  deps: { readonly directory: Directory; readonly clock: Clock },
  id: string,
  state: Extract<PlanState, 'running' | 'paused' | 'rolling-back' | 'completed'>,
  runnerId?: string,
): Promise<WishOutcome> {
  const { directory, clock } = deps;
  const stored = await directory.readPlan(id);
  if (stored === undefined) return 'absent';
  if (stored.plan.state === state) return { plan: stored.plan };
  if (!mayBecome(stored.plan.state, state)) {
    return {
      plan: stored.plan,
      refused: `it is ${stored.plan.state}: ${PLAN_STATES[stored.plan.state]}`,
    };
  }
  const plan = await updatePlan(directory, id, (present) =>
    withState(present, state, {
      finishedAt: state === 'completed' ? present.finishedAt : null,
      runner: runnerId === undefined ? present.runner : leaseFor(runnerId, clock),
    }),
  );
  if (plan === undefined) {
    return { plan: stored.plan, refused: 'it has changed meanwhile: look at it again' };
  }
  if (state === 'completed') await dropCuts(directory, plan);
  return { plan };
}

const ATTEMPTS_MAX = 10;

/** Changes a cell's entry. @returns the entry before, or undefined where there is none */
export async function changeCell(
  directory: Directory,
  id: CellId,
  change: (cell: CellDescriptor) => CellDescriptor,
): Promise<CellDescriptor | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const stored = await directory.readCell(id);
    if (stored === undefined) return undefined;
    const written = await directory.putCell(change(stored.cell), stored.version);
    if (written === 'written') return stored.cell;
  }
  throw new Error(`the entry of ${id} is written by others all the time`);
}

/** Takes a cell's new shoppers away. @returns its weight before; undefined where it had none anyway */
export async function drainCell(directory: Directory, id: CellId): Promise<number | undefined> {
  const before = await changeCell(directory, id, (cell) =>
    cell.state === 'retired' ? cell : { ...cell, state: 'draining', weight: 0 },
  );
  return before?.state === 'accepting' ? before.weight : undefined;
}

/** Gives a cell its new shoppers back. */
export async function undrainCell(
  directory: Directory,
  id: CellId,
  weight: number,
): Promise<CellDescriptor | undefined> {
  return changeCell(directory, id, (cell) =>
    cell.state === 'retired' ? cell : { ...cell, state: 'accepting', weight },
  );
}

/**
 * A completed move needs its cuts no more. After an emergency they stay: a source that comes back late
 * compares itself with them.
 */
async function dropCuts(directory: Directory, plan: EvacuationPlan): Promise<void> {
  if (plan.mode === 'emergency') return;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const table = await directory.readPlacements(plan.realm as Realm);
    if (table === undefined) return;
    const placements = table.placements.map((placement) => {
      if (placement.cut?.plan !== plan.id) return placement;
      const { cut: _cut, ...settled } = placement;
      return settled;
    });
    if (placements.every((placement, slot) => placement === table.placements[slot])) return;
    const next = { ...table, version: table.version + 1, placements };
    if ((await directory.replacePlacements(next, table.version)) === 'written') return;
  }
}
