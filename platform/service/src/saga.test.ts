import { describe, expect, it } from 'vitest';
import { defineSaga, runSaga, type SagaStep, type StepOutcome, undoSaga } from './saga.ts';

/** What the steps work on: which effects are there. A step's effect is there or not, never twice. */
interface Basket {
  readonly effects: Set<string>;
  /** What the next run, or undoing, of a step answers instead of `done`. */
  readonly answers: Map<string, StepOutcome>;
  readonly log: string[];
}
const basket = (): Basket => ({ effects: new Set(), answers: new Map(), log: [] });

const DONE: StepOutcome = { kind: 'done' };
const refused: StepOutcome = { kind: 'refused', reason: 'no' };

function step(name: string, canUndo = true): SagaStep<Basket> {
  const act = (context: Basket, action: string, change: () => void): Promise<StepOutcome> => {
    context.log.push(action);
    const answer = context.answers.get(action) ?? DONE;
    context.answers.delete(action);
    if (answer.kind === 'done') change();
    return Promise.resolve(answer);
  };
  return {
    name,
    run: (context) => act(context, name, () => context.effects.add(name)),
    ...(canUndo && {
      undo: (context: Basket) => act(context, `-${name}`, () => context.effects.delete(name)),
    }),
  };
}

const saga = defineSaga({
  name: 'checkout',
  steps: [step('reserve'), step('authorize'), step('place'), step('capture', false)],
  pivot: 'place',
});
const before = ['reserve', 'authorize', 'place'];
const all = [...before, 'capture'];

describe('a saga', () => {
  it('runs its steps in order, and again without a second effect', async () => {
    const context = basket();
    expect(await runSaga(saga, context)).toEqual({ kind: 'completed' });
    expect(context.log).toEqual(all);
    expect(await runSaga(saga, context)).toEqual({ kind: 'completed' });
    expect([...context.effects]).toEqual(all);
  });

  it.each(before)(
    'leaves nothing behind where "%s" is refused, even when undone twice',
    async (at) => {
      const context = basket();
      context.answers.set(at, refused);
      expect(await runSaga(saga, context)).toEqual({ kind: 'undone', reason: 'no' });
      expect(context.effects).toEqual(new Set());
      const undone = context.log.filter((action) => action.startsWith('-'));
      expect(undone).toEqual(['-place', '-authorize', '-reserve']);
      expect(await undoSaga(saga, context, 'again')).toEqual({ kind: 'undone', reason: 'again' });
      expect(context.effects).toEqual(new Set());
    },
  );

  it.each(all)('waits at "%s", and completes when it is taken up again', async (at) => {
    const context = basket();
    context.answers.set(at, { kind: 'wait' });
    expect(await runSaga(saga, context)).toEqual({ kind: 'waiting', at });
    expect([...context.effects]).toEqual(all.slice(0, all.indexOf(at)));
    expect(await runSaga(saga, context)).toEqual({ kind: 'completed' });
  });

  it('waits while it is undone, and then goes on with its undoing', async () => {
    const context = basket();
    context.answers.set('place', refused).set('-authorize', { kind: 'wait' });
    expect(await runSaga(saga, context)).toEqual({ kind: 'waiting', at: 'authorize' });
    expect([...context.effects]).toEqual(['reserve', 'authorize']);
    expect(await undoSaga(saga, context, 'no')).toEqual({ kind: 'undone', reason: 'no' });
    expect(context.effects).toEqual(new Set());
  });

  it('goes on to its end where the pivot has happened and can not be undone', async () => {
    const context = basket();
    await runSaga(saga, context);
    context.effects.delete('capture');
    context.answers.set('-place', refused);
    expect(await undoSaga(saga, context, 'too late')).toEqual({ kind: 'completed' });
    expect([...context.effects]).toEqual(all);
  });

  it('takes a refusal after the pivot for a fault, and undoes nothing', async () => {
    const context = basket();
    context.answers.set('capture', refused);
    await expect(runSaga(saga, context)).rejects.toThrow('"capture" refused after the pivot');
    expect([...context.effects]).toEqual(before);
  });

  it('tells its observer of each action before it, who may stop it there', async () => {
    const context = basket();
    const seen: string[] = [];
    const crash = new Error('power cut');
    const run = runSaga(saga, context, (name, phase) => {
      seen.push(`${phase} ${name}`);
      if (name === 'place') throw crash;
    });
    await expect(run).rejects.toBe(crash);
    expect(seen).toEqual(['run reserve', 'run authorize', 'run place']);
    expect([...context.effects]).toEqual(['reserve', 'authorize']);
    expect(await runSaga(saga, context)).toEqual({ kind: 'completed' });
  });
});

describe("a saga's table", () => {
  it.each([
    ['has no such pivot', [step('a')], 'b', 'no step "b"'],
    ['names a step twice', [step('a'), step('a')], 'a', 'a step twice'],
    ['has a step before the pivot that stays', [step('a', false), step('b')], 'b', `"a" can't be`],
  ] as const)('is refused where it %s', (_reason, steps, pivot, message) => {
    expect(() => defineSaga({ name: 'wrong', steps: [...steps], pivot })).toThrow(message);
  });
});
