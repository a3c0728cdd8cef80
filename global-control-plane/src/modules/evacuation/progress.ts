import type { PlanPhase } from '@commerce/contracts/evacuation-plans';

/** What a runner tells while it works, for a line on a terminal or a console. */
export interface Progress {
  readonly phase: PlanPhase | 'watch' | 'look';
  readonly moved: number;
  readonly total: number;
  /** Milliseconds until the end at the present rate; undefined where nothing moved yet. */
  readonly leftMs: number | undefined;
  /** The last batch's pause. */
  readonly pauseMs: number | undefined;
  /** More in words, such as how many partitions are being copied. */
  readonly note: string | undefined;
}

export interface Pauses {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Sums up how long partitions took no writes; each partition of a batch counts. */
export function summarisePauses(pausesMs: readonly number[]): Pauses | null {
  if (pausesMs.length === 0) return null;
  const sorted = pausesMs.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number);
  return {
    count: sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: Math.round(sorted.at(-1) as number),
  };
}

/** Adapts the number of partitions of a batch to the pause that they had together. */
export function createBatchSize(options: {
  readonly first: number;
  /** Below it the pause is that of the calls, and not of what they do. */
  readonly min: number;
  readonly max: number;
}) {
  let size = options.first;
  return {
    now: () => size,
    learn(pauseMs: number): void {
      if (pauseMs > PAUSE_HIGH_MS) size = Math.max(options.min, Math.floor(size / 2));
      else if (pauseMs < PAUSE_LOW_MS) size = Math.min(options.max, Math.ceil(size * 1.5));
    },
  };
}

/** The aim is a pause of 250 ms at the most for 99 of 100 partitions. */
const PAUSE_HIGH_MS = 200;
const PAUSE_LOW_MS = 100;
