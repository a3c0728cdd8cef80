import type { Cache } from '../cache.ts';
import type { RedisConnection } from './connection.ts';

/**
 * The adapter on Redis. Its methods throw `AppError('unavailable')` while Redis is away; see
 * `createFallbackCache` for a cache that goes on.
 */
export function createRedisCache(redis: RedisConnection): Cache {
  const keyOf = (key: string): string => redis.keyOf(`text:${key}`);
  return Object.freeze({
    async get(key: string) {
      return ((await redis.command('GET', keyOf(key))) as string | null) ?? undefined;
    },
    async set(key: string, value: string, lifetimeMs: number) {
      if (!(lifetimeMs > 0)) throw new RangeError('a text is kept for a positive time');
      await redis.command('SET', keyOf(key), value, 'PX', Math.ceil(lifetimeMs));
    },
    async delete(keys: readonly string[]) {
      if (keys.length > 0) await redis.command('UNLINK', ...keys.map(keyOf));
    },
    close: () => redis.close(),
  } satisfies Cache);
}
