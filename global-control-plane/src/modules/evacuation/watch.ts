import type { CellLoad } from '@commerce/contracts/cell-load';
import type { CellId } from '@commerce/contracts/ids';
import type { CellControlOf } from './ports.ts';

/**
 * Watches how the target copes between two steps. Two figures have a band: the share of requests
 * that fail at the target, and the orders of all cells of the move together, which must not fall
 * when partitions change cells.
 */

/** Failures above this share halt the plan, unless the cells failed as much before. */
const FAILURE_SHARE_MAX = 0.02;
/** Fewer requests than this say nothing about a share. */
const REQUESTS_MIN = 20;
/** Orders below this share of those before halt the plan. */
const ORDER_SHARE_MIN = 0.5;
/** Fewer expected orders than this may be missing by chance. */
const EXPECTED_ORDERS_MIN = 10;

/** Counters of several cells at one moment. */
export interface LoadReading {
  readonly atMs: number;
  readonly loads: ReadonlyMap<CellId, CellLoad>;
}

export interface LoadRate {
  readonly requests: number;
  readonly failures: number;
  readonly orders: number;
  readonly durationMs: number;
}

/** Reads the counters of the cells that answer. */
export async function readLoads(
  cells: CellControlOf,
  wanted: readonly CellId[],
  nowMs: number,
): Promise<LoadReading> {
  const entries = await Promise.all(
    wanted.map(async (cell) => {
      const load = await cells(cell)
        .load()
        .catch(() => undefined);
      return load === undefined ? [] : [[cell, load] as const];
    }),
  );
  return { atMs: nowMs, loads: new Map(entries.flat()) };
}

/** What happened between two readings in those of the cells that both have, without a restart. */
export function rateBetween(
  before: LoadReading,
  after: LoadReading,
  wanted: readonly CellId[],
): LoadRate {
  const rate = { requests: 0, failures: 0, orders: 0, durationMs: after.atMs - before.atMs };
  for (const cell of wanted) {
    const [a, b] = [before.loads.get(cell), after.loads.get(cell)];
    if (a === undefined || b === undefined || a.startedAt !== b.startedAt) continue;
    rate.requests += b.requests - a.requests;
    rate.failures += b.failures - a.failures;
    rate.orders += b.orders - a.orders;
  }
  return rate;
}

/**
 * Why the plan has to halt, or undefined where all is in its band.
 * @param before of all cells of the move, before the first step
 * @param target of the targets, since the last step
 * @param all of all cells of the move, since the last step
 */
export function judgeLoad(before: LoadRate, target: LoadRate, all: LoadRate): string | undefined {
  const shareBefore = before.requests === 0 ? 0 : before.failures / before.requests;
  const shareMax = Math.max(FAILURE_SHARE_MAX, shareBefore * 3);
  const share = target.requests === 0 ? 0 : target.failures / target.requests;
  if (target.requests >= REQUESTS_MIN && share > shareMax) {
    return `${percent(share)} of the requests to the target fail; the limit is ${percent(shareMax)}`;
  }
  if (before.durationMs <= 0) return undefined;
  const expected = (before.orders / before.durationMs) * all.durationMs;
  if (expected >= EXPECTED_ORDERS_MIN && all.orders < expected * ORDER_SHARE_MIN) {
    return `${all.orders} orders were placed where ${Math.round(expected)} were to be expected`;
  }
  return undefined;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
