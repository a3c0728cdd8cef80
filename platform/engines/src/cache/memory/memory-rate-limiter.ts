import { LRUCache } from 'lru-cache';
import { checkPoints, type RateLimit, type RateLimiter } from '../rate-limiter.ts';

interface Window {
  used: number;
  readonly endsAtMs: number;
}

/** Keys that are remembered; whoever sends more than this at once makes the oldest forgotten. */
const KEYS_MAX = 100_000;

/** The adapter in the process's own memory: a window of fixed length from a key's first use. */
export function createMemoryRateLimiter(limit: RateLimit): RateLimiter {
  const windows = new LRUCache<string, Window>({ max: KEYS_MAX });
  return Object.freeze({
    async consume(key: string, points = 1) {
      checkPoints(points);
      const nowMs = performance.now();
      let window = windows.get(key);
      if (window === undefined || window.endsAtMs <= nowMs) {
        window = { used: 0, endsAtMs: nowMs + limit.windowMs };
        windows.set(key, window);
      }
      const allowed = window.used + points <= limit.points;
      if (allowed) window.used += points;
      return {
        allowed,
        remaining: limit.points - window.used,
        resetMs: Math.ceil(window.endsAtMs - nowMs),
      };
    },
    async reset(key: string) {
      windows.delete(key);
    },
    async close() {
      windows.clear();
    },
  } satisfies RateLimiter);
}
