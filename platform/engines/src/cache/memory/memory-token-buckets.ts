import { LRUCache } from 'lru-cache';
import {
  checkPoints,
  type RateLimit,
  type RateLimiter,
  type RateLimitOutcome,
} from '../rate-limiter.ts';

/** What a bucket says of points that were asked for. */
export interface TokenOutcome extends RateLimitOutcome {
  /** Until as many points are there as were asked for, in milliseconds; 0 where they were taken. */
  readonly retryMs: number;
}

/**
 * The adapter of rate limits in the process's own memory as token buckets: a key begins with all of its
 * points, and they flow back evenly, all of them within the window. A burst is taken whole, and there is
 * no moment at which twice the points can be had, as at the edge of a fixed window.
 */
export interface TokenBuckets extends RateLimiter {
  /** As `consume`, at once: for where a promise for each request would cost more than the count. */
  take(key: string, points?: number): TokenOutcome;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Keys that are remembered; whoever sends more than this at once makes the oldest forgotten. */
const KEYS_MAX = 100_000;

/** @param nowMs a clock that never goes back */
export function createMemoryTokenBuckets(
  limit: RateLimit,
  nowMs: () => number = () => performance.now(),
): TokenBuckets {
  const buckets = new LRUCache<string, Bucket>({ max: KEYS_MAX });
  const perMs = limit.points / limit.windowMs;

  const take = (key: string, points = 1): TokenOutcome => {
    checkPoints(points);
    const now = nowMs();
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: limit.points, atMs: now };
      buckets.set(key, bucket);
    } else {
      bucket.tokens = Math.min(limit.points, bucket.tokens + (now - bucket.atMs) * perMs);
      bucket.atMs = now;
    }
    const allowed = bucket.tokens >= points;
    if (allowed) bucket.tokens -= points;
    return {
      allowed,
      remaining: Math.floor(bucket.tokens),
      resetMs: Math.ceil((limit.points - bucket.tokens) / perMs),
      retryMs: allowed ? 0 : Math.ceil((points - bucket.tokens) / perMs),
    };
  };

  return Object.freeze({
    take,
    // Not an async function: what throws in `take` has to become a rejection all the same.
    consume: (key: string, points = 1) => Promise.resolve().then(() => take(key, points)),
    async reset(key: string) {
      buckets.delete(key);
    },
    async close() {
      buckets.clear();
    },
  } satisfies TokenBuckets);
}
