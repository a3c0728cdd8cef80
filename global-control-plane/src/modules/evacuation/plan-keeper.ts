import {
  type EvacuationPlan,
  PLAN_TRANSITIONS,
  type PlanPhase,
  type PlanState,
} from '@commerce/contracts/evacuation-plans';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';

/** A runner that gave no sign of life for this long is taken for dead. */
export const LEASE_MS = 10_000;
const BEAT_EVERY_MS = 1_000;
const ATTEMPTS_MAX = 10;

/**
 * Changes a plan by reading, changing and writing it until nobody came between.
 * @returns the plan as it is then; undefined where there is none, or `change` gives undefined
 */
export async function updatePlan(
  directory: Directory,
  id: string,
  change: (plan: EvacuationPlan) => EvacuationPlan | undefined,
): Promise<EvacuationPlan | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const stored = await directory.readPlan(id);
    const next = stored && change(stored.plan);
    if (stored === undefined || next === undefined) return undefined;
    if ((await directory.putPlan(next, stored.version)) === 'written') return next;
  }
  throw new Error(`the evacuation ${id} is written by others all the time`);
}

/** Whether a plan in one state may go to another. */
export function mayBecome(from: PlanState, to: PlanState): boolean {
  return PLAN_TRANSITIONS[from].includes(to);
}

/** The plan in another state, or undefined where it may not go there. */
export function withState(
  plan: EvacuationPlan,
  state: PlanState,
  change: Partial<EvacuationPlan> = {},
): EvacuationPlan | undefined {
  if (!mayBecome(plan.state, state)) return undefined;
  return { ...plan, state, halt: null, ...change };
}

/** A runner's hold on a plan: its lease, and what it has to tell people. */
export interface PlanKeeper {
  readonly plan: () => EvacuationPlan;
  /** Notes figures, to be written with the next sign of life. */
  note(figures: Partial<Pick<EvacuationPlan, 'counts' | 'pauses'>>): void;
  addPhase(phase: PlanPhase, ms: number): void;
  /**
   * Gives a sign of life where one is due, and takes up what an operator has changed meanwhile.
   * @returns false where another runner holds the plan now
   */
  beat(options?: { readonly now?: boolean }): Promise<boolean>;
  /** Writes the end of this run. @returns the plan as it is then */
  finish(state: PlanState | undefined, halt?: string): Promise<EvacuationPlan>;
}

/**
 * Takes a plan for a runner. `busy` where another one gives signs of life.
 * @throws AppError `unavailable`
 */
export async function takePlan(
  deps: { readonly directory: Directory; readonly clock: Clock; readonly runnerId: string },
  id: string,
): Promise<PlanKeeper | 'absent' | 'busy'> {
  const { directory, clock, runnerId } = deps;
  const leased = (plan: EvacuationPlan): EvacuationPlan => ({
    ...plan,
    runner: { id: runnerId, endsAtMs: clock.nowMs() + LEASE_MS },
  });
  const isTaken = ({ runner }: EvacuationPlan): boolean =>
    runner !== null && runner.id !== runnerId && runner.endsAtMs > clock.nowMs();

  const first = await directory.readPlan(id);
  if (first === undefined) return 'absent';
  const taken = await updatePlan(directory, id, (plan) =>
    isTaken(plan) ? undefined : leased(plan),
  );
  if (taken === undefined) return 'busy';
  let present: EvacuationPlan = taken;
  let beatAtMs = clock.nowMs();
  let counts = present.counts;
  let pauses = present.pauses;
  const phases = new Map<PlanPhase, number>();

  const withFigures = (plan: EvacuationPlan): EvacuationPlan => {
    const phasesMs = { ...plan.phasesMs };
    for (const [phase, ms] of phases) phasesMs[phase] = (phasesMs[phase] ?? 0) + Math.round(ms);
    return { ...plan, counts, pauses, phasesMs };
  };

  const beat = async (): Promise<boolean> => {
    const written = await updatePlan(directory, id, (plan) =>
      isTaken(plan) ? undefined : leased(withFigures(plan)),
    );
    if (written === undefined) return false;
    present = written;
    phases.clear();
    beatAtMs = clock.nowMs();
    return true;
  };

  return {
    plan: () => present,
    note(figures) {
      counts = figures.counts ?? counts;
      pauses = figures.pauses ?? pauses;
    },
    addPhase: (phase, ms) => void phases.set(phase, (phases.get(phase) ?? 0) + ms),
    async beat({ now = false } = {}) {
      if (!now && clock.nowMs() - beatAtMs < BEAT_EVERY_MS) return true;
      return beat();
    },
    async finish(state, halt) {
      const written = await updatePlan(directory, id, (plan) => {
        if (isTaken(plan)) return undefined;
        const ended = { ...withFigures(plan), runner: null };
        if (state === undefined) return ended;
        const finishedAt = state === 'halted' ? null : clock.now().toISOString();
        return withState(ended, state, { finishedAt, halt: halt ?? null }) ?? ended;
      });
      present = written ?? present;
      return present;
    },
  };
}
