import { AppError } from '@commerce/contracts/problems';
import type { Cache } from './cache.ts';
import type { RateLimiter } from './rate-limiter.ts';

/**
 * What goes on when a shared engine is away: the process's own memory stands in. A limit then counts
 * for each process apart, which lets more through and never locks anybody out.
 */

async function orElse<Result>(
  first: () => Promise<Result>,
  second: () => Promise<Result>,
): Promise<Result> {
  try {
    return await first();
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return second();
    throw error;
  }
}

/** A rate limiter that counts in memory while the shared one is away. */
export function createFallbackRateLimiter(shared: RateLimiter, own: RateLimiter): RateLimiter {
  return Object.freeze({
    consume: (key: string, points?: number) =>
      orElse(
        () => shared.consume(key, points),
        () => own.consume(key, points),
      ),
    async reset(key: string) {
      await own.reset(key);
      await orElse(
        () => shared.reset(key),
        async () => undefined,
      );
    },
    async close() {
      await Promise.all([shared.close(), own.close()]);
    },
  } satisfies RateLimiter);
}

/** A cache that knows nothing while the shared one is away: it is asked for nothing that is true. */
export function createFallbackCache(shared: Cache): Cache {
  return Object.freeze({
    get: (key: string) =>
      orElse(
        () => shared.get(key),
        async () => undefined,
      ),
    set: (key: string, value: string, lifetimeMs: number) =>
      orElse(
        () => shared.set(key, value, lifetimeMs),
        async () => undefined,
      ),
    delete: (keys: readonly string[]) =>
      orElse(
        () => shared.delete(keys),
        async () => undefined,
      ),
    close: () => shared.close(),
  } satisfies Cache);
}
