/**
 * A saga: a table of steps with their undoing, and a pivot. Before the pivot a failure undoes what
 * was done, last first; from the pivot on there is no way back, and every step is carried on until it
 * succeeds.
 *
 * A saga keeps no state of its own. Each step reads, in its own transaction, how far the thing is
 * that it works on, so a step may be repeated, run by two at once or resumed by another process after
 * a crash: whoever comes first has the effect, the others find it done.
 */

/** How a step went. */
export type StepOutcome =
  /** Its effect is there, from this run or an earlier one. */
  | { readonly kind: 'done' }
  /** Somebody or something else has to move first; the saga is taken up again later. */
  | { readonly kind: 'wait' }
  /** It can't succeed. Allowed before the pivot only. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface SagaStep<Context> {
  readonly name: string;
  run(context: Context): Promise<StepOutcome>;
  /**
   * Takes the step's effect back, and what may have come of a run whose answer was lost. Must be
   * repeatable, and do nothing where there is no effect.
   * @param reason why the saga is undone
   */
  undo?(context: Context, reason: string): Promise<StepOutcome>;
}

export interface Saga<Context> {
  readonly name: string;
  readonly steps: readonly SagaStep<Context>[];
  /** Name of the step with which the saga can't be undone any more. */
  readonly pivot: string;
}

export type SagaResult =
  | { readonly kind: 'completed' }
  | { readonly kind: 'waiting'; readonly at: string }
  | { readonly kind: 'undone'; readonly reason: string };

/** Called before each action; tests stop or repeat a saga here. */
export type SagaObserver = (step: string, phase: 'run' | 'undo') => void | Promise<void>;

const observeNothing: SagaObserver = () => undefined;

/**
 * Checks a saga's table.
 * @throws TypeError where the pivot is no step, a step before it has no undoing, or names repeat
 */
export function defineSaga<Context>(saga: Saga<Context>): Saga<Context> {
  const pivot = saga.steps.findIndex((step) => step.name === saga.pivot);
  if (pivot < 0) throw new TypeError(`${saga.name} has no step "${saga.pivot}"`);
  if (new Set(saga.steps.map((step) => step.name)).size !== saga.steps.length) {
    throw new TypeError(`${saga.name} names a step twice`);
  }
  const missing = saga.steps.slice(0, pivot).find((step) => step.undo === undefined);
  if (missing !== undefined) throw new TypeError(`${saga.name}: "${missing.name}" can't be undone`);
  return Object.freeze(saga);
}

/** Runs a saga from its first step to its end, to a wait, or back to where it began. */
export async function runSaga<Context>(
  saga: Saga<Context>,
  context: Context,
  observe: SagaObserver = observeNothing,
): Promise<SagaResult> {
  const pivot = saga.steps.findIndex((step) => step.name === saga.pivot);
  for (const [index, step] of saga.steps.entries()) {
    await observe(step.name, 'run');
    const outcome = await step.run(context);
    if (outcome.kind === 'wait') return { kind: 'waiting', at: step.name };
    if (outcome.kind === 'refused') {
      if (index > pivot) throw new Error(`${saga.name}: "${step.name}" refused after the pivot`);
      return undoSaga(saga, context, outcome.reason, observe);
    }
  }
  return { kind: 'completed' };
}

/**
 * Undoes all steps up to the pivot, last first. The pivot's own undoing, where it has one, says
 * `refused` when it has happened: then the saga goes on instead.
 */
export async function undoSaga<Context>(
  saga: Saga<Context>,
  context: Context,
  reason: string,
  observe: SagaObserver = observeNothing,
): Promise<SagaResult> {
  const pivot = saga.steps.findIndex((step) => step.name === saga.pivot);
  for (const step of saga.steps.slice(0, pivot + 1).toReversed()) {
    if (step.undo === undefined) continue;
    await observe(step.name, 'undo');
    const outcome = await step.undo(context, reason);
    if (outcome.kind === 'wait') return { kind: 'waiting', at: step.name };
    // Its effect is final: what was begun must be brought to its end.
    if (outcome.kind === 'refused') return runSaga(saga, context, observe);
  }
  return { kind: 'undone', reason };
}
