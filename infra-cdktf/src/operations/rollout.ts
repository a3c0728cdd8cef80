import { AVAILABILITY_OBJECTIVE } from '../slo/objectives.ts';
import type { Say } from './steps.ts';

/** What was seen of a cell since something began; numbers only grow. */
export interface Observation {
  readonly requests: number;
  /** Requests that ended with a fault of ours. */
  readonly failures: number;
}

/** Where a release is rolled out to. */
export interface RolloutTarget {
  /** Brings a cell to a release. @throws where the release does not become ready */
  roll(cell: string, version: string): Promise<void>;
  observe(cell: string): Promise<Observation>;
}

export interface RolloutPlan {
  /** Cells that go together; the first wave is the canary. */
  readonly waves: readonly (readonly string[])[];
  readonly version: string;
  /** What runs now, and is brought back when the release is no good. */
  readonly previous: string;
  /** How long each wave is watched before the next. */
  readonly bakeMs: number;
}

export interface RolloutDeps {
  readonly target: RolloutTarget;
  readonly say: Say;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
}

export type RolloutResult =
  | { readonly outcome: 'done'; readonly cells: readonly string[] }
  | {
      readonly outcome: 'rolled-back';
      readonly reason: string;
      readonly cells: readonly string[];
      /** Cells that could not be brought back: somebody has to look. */
      readonly stranded: readonly string[];
    };

/** At this many times the allowed rate of faults a month's budget is gone in two days: the fast alert's. */
const BURN_RATE = 14.4;
/** Fewer requests say nothing about a rate of one in a thousand; a few faults among them still do. */
const REQUESTS_MIN = 1_000;
const FAILURES_TOLERATED = 2;
const POLLS_PER_BAKE = 12;
const POLL_MS_MIN = 500;

/**
 * Rolls a release out by waves and watches each by the objective of availability. At the first wave that is no
 * good every cell that has the release gets the one before, the newest first.
 */
export async function rollOut(plan: RolloutPlan, deps: RolloutDeps): Promise<RolloutResult> {
  const rolled: string[] = [];
  for (const [index, wave] of plan.waves.entries()) {
    const name = index === 0 ? 'canary' : `wave ${index} of ${plan.waves.length - 1}`;
    deps.say(`${name}: ${wave.join(', ')} to ${plan.version}`);
    const before = await observeAll(wave, deps.target);
    // Begun counts as rolled: whoever failed half way has to be brought back as well.
    rolled.push(...wave);
    const failed = await rollWave(wave, plan.version, deps.target);
    const reason = failed ?? (await bake(wave, before, plan, deps));
    if (reason !== undefined) return bringBack(rolled, reason, plan, deps);
  }
  deps.say(`${plan.version} runs in ${rolled.length} cells`);
  return { outcome: 'done', cells: rolled };
}

async function rollWave(
  wave: readonly string[],
  version: string,
  target: RolloutTarget,
): Promise<string | undefined> {
  const results = await Promise.allSettled(wave.map(async (cell) => target.roll(cell, version)));
  const index = results.findIndex(({ status }) => status === 'rejected');
  const failed = results[index];
  if (failed?.status !== 'rejected') return undefined;
  return `${wave[index]}: ${(failed.reason as Error).message}`;
}

/** @returns why the wave is no good; undefined where it is */
async function bake(
  wave: readonly string[],
  before: ReadonlyMap<string, Observation>,
  { bakeMs }: RolloutPlan,
  { target, say, sleep, now }: RolloutDeps,
): Promise<string | undefined> {
  say(`watching ${wave.join(', ')} for ${Math.round(bakeMs / 1000)} s`);
  const until = now() + bakeMs;
  const pollMs = Math.max(POLL_MS_MIN, Math.floor(bakeMs / POLLS_PER_BAKE));
  for (;;) {
    const after = await observeAll(wave, target);
    for (const cell of wave) {
      const verdict = judge(before.get(cell), after.get(cell));
      if (verdict !== undefined) return `${cell}: ${verdict}`;
    }
    const leftMs = until - now();
    if (leftMs <= 0) return undefined;
    await sleep(Math.min(pollMs, leftMs));
  }
}

/** Whether what was seen since is within the objective; the reason where it is not. */
export function judge(
  before: Observation | undefined,
  after: Observation | undefined,
): string | undefined {
  if (before === undefined || after === undefined) return 'nothing is known of it';
  // A router that was started anew counts from zero.
  const from = after.requests >= before.requests ? before : { requests: 0, failures: 0 };
  const requests = after.requests - from.requests;
  const failures = after.failures - from.failures;
  const share = (1 - AVAILABILITY_OBJECTIVE) * BURN_RATE;
  const allowed = Math.round(share * Math.max(requests, REQUESTS_MIN));
  if (failures <= Math.max(allowed, FAILURES_TOLERATED)) return undefined;
  return `${failures} of ${requests} requests failed`;
}

async function observeAll(
  wave: readonly string[],
  target: RolloutTarget,
): Promise<ReadonlyMap<string, Observation>> {
  const found = await Promise.all(
    wave.map(async (cell) => [cell, await target.observe(cell)] as const),
  );
  return new Map(found);
}

async function bringBack(
  rolled: readonly string[],
  reason: string,
  { previous }: RolloutPlan,
  { target, say }: RolloutDeps,
): Promise<RolloutResult> {
  say(`rolling back to ${previous}: ${reason}`);
  const stranded: string[] = [];
  for (const cell of rolled.toReversed()) {
    try {
      await target.roll(cell, previous);
    } catch (error) {
      say(`${cell} could not be brought back: ${(error as Error).message}`);
      stranded.push(cell);
    }
  }
  return { outcome: 'rolled-back', reason, cells: rolled, stranded };
}
