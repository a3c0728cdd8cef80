import { type Static, Type } from 'typebox';
import Value from 'typebox/value';
import { SLOTS_PER_REALM } from './ids.ts';
import { CellName, PlanId } from './partition-control.ts';

/**
 * An evacuation as the directory keeps it: from which cell, to where, and what is wished for. What
 * has been done and what comes next is never written: it follows from the table of placements and
 * from what the cells say, so any runner may die anywhere and any other goes on.
 */

const strict = { additionalProperties: false } as const;
const Time = Type.String({ format: 'date-time' });

export const PLAN_STATES = {
  running: 'partitions are being moved, or wait for a runner to move them',
  paused: 'an operator stopped it; what was moved stays moved',
  halted: 'it stopped itself, since something left its band; it says what',
  'rolling-back': 'partitions that were moved are being moved back',
  done: 'every partition was moved; the old primaries follow as standbys',
  'rolled-back': 'every partition is back where it was',
  completed: 'the move is final; there is no rollback any more',
} as const;
export type PlanState = keyof typeof PLAN_STATES;

/** From each state, the states that may follow it. */
export const PLAN_TRANSITIONS: Readonly<Record<PlanState, readonly PlanState[]>> = {
  running: ['paused', 'halted', 'rolling-back', 'done'],
  paused: ['running', 'rolling-back'],
  halted: ['running', 'rolling-back'],
  'rolling-back': ['running', 'rolled-back'],
  done: ['rolling-back', 'completed'],
  'rolled-back': ['running', 'completed'],
  completed: [],
};

export const PLAN_MODES = {
  planned: 'the source is there: it is fenced, and no write is lost',
  emergency: 'the source is gone: the recorded standbys take over with what they have',
} as const;
export type PlanMode = keyof typeof PLAN_MODES;

/** Time spent by phase, summed over batches, in milliseconds. */
export const PLAN_PHASES = {
  seed: 'copying partitions to a target that does not follow them yet',
  verify: 'comparing the rows of source and target',
  'catch-up': 'waiting for a small lag',
  fence: 'fencing partitions at the source',
  await: 'waiting until the target has reached the cuts',
  flip: 'writing the new primaries into the directory',
  promote: 'the target taking over',
  demote: 'the source becoming the standby',
} as const;
export type PlanPhase = keyof typeof PLAN_PHASES;

const Count = Type.Integer({ minimum: 0 });

export const EvacuationPlan = Type.Object(
  {
    id: PlanId,
    realm: Type.String({ pattern: '^[a-z][a-z0-9]{1,11}$' }),
    source: CellName,
    /** Null: every partition goes to the standby that it has. */
    target: Type.Union([CellName, Type.Null()]),
    mode: Type.Enum(Object.keys(PLAN_MODES) as PlanMode[]),
    state: Type.Enum(Object.keys(PLAN_STATES) as PlanState[]),
    /** Slots that it is about, where it is not about all of the source's. */
    slots: Type.Union([
      Type.Array(Type.Integer({ minimum: 0, maximum: SLOTS_PER_REALM - 1 }), {
        maxItems: SLOTS_PER_REALM,
      }),
      Type.Null(),
    ]),
    /** Percent of the partitions after which it looks at the target before it goes on. */
    steps: Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), { minItems: 1, maxItems: 20 }),
    /** How long it watches the target after each step but the last, in seconds. */
    watchS: Type.Integer({ minimum: 0, maximum: 3_600 }),
    /** An operator's word that the source, which does not answer, can reach no router and no shopper. */
    sourceIsolated: Type.Boolean(),
    reason: Type.String({ maxLength: 500 }),
    createdAt: Time,
    createdBy: Type.String({ maxLength: 200 }),
    finishedAt: Type.Union([Time, Type.Null()]),
    /** Why it halted. */
    halt: Type.Union([Type.String({ maxLength: 500 }), Type.Null()]),
    /**
     * Weight that the source had before it was drained for this; null where it was not. A rollback
     * gives it back.
     */
    weightBefore: Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()]),
    /**
     * Who works at it, and until when without a sign of life. It keeps two runners from doing the
     * same work twice; nothing depends on it, since every step may be done twice.
     */
    runner: Type.Union([
      Type.Object({ id: Type.String({ maxLength: 100 }), endsAtMs: Count }, strict),
      Type.Null(),
    ]),
    /** As last seen by a runner, for people. */
    counts: Type.Object({ total: Count, moved: Count }, strict),
    /** How long partitions took no writes, over all batches; null before the first. */
    pauses: Type.Union([
      Type.Object({ count: Count, p50Ms: Count, p99Ms: Count, maxMs: Count }, strict),
      Type.Null(),
    ]),
    phasesMs: Type.Object(
      Object.fromEntries(
        Object.keys(PLAN_PHASES).map((phase) => [phase, Type.Optional(Count)]),
      ) as Record<PlanPhase, ReturnType<typeof Type.Optional<typeof Count>>>,
      strict,
    ),
  },
  strict,
);
export type EvacuationPlan = Static<typeof EvacuationPlan>;

/** Reads a plan from its JSON. @throws TypeError where it is damaged */
export function parseEvacuationPlan(json: string): EvacuationPlan {
  const parsed: unknown = JSON.parse(json);
  if (Value.Check(EvacuationPlan, parsed)) return parsed;
  const first = Value.Errors(EvacuationPlan, parsed)[0];
  throw new TypeError(`an evacuation plan is wrong at ${first?.instancePath}: ${first?.message}`);
}
