import { checkPoints, type RateLimit, type RateLimiter } from '../rate-limiter.ts';
import { type RedisConnection, redisScript } from './connection.ts';

/**
 * Looks and takes in one step, so that two processes never take the same point. A window begins at the
 * first use of its key and is not made longer by later ones.
 */
const CONSUME = redisScript(`
local left = redis.call('PTTL', KEYS[1])
local used = left > 0 and tonumber(redis.call('GET', KEYS[1])) or 0
local points, most, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local allowed = used + points <= most
if left <= 0 then
  left = window
  redis.call('SET', KEYS[1], allowed and points or 0, 'PX', window)
elseif allowed then
  redis.call('INCRBY', KEYS[1], points)
end
if allowed then used = used + points end
return {allowed and 1 or 0, most - used, left}
`);

/**
 * The adapter on Redis: every process of a fleet counts together.
 * @param name tells this limit's keys from those of others
 */
export function createRedisRateLimiter(
  redis: RedisConnection,
  name: string,
  limit: RateLimit,
): RateLimiter {
  const keyOf = (key: string): string => `limit:${name}:${key}`;
  return Object.freeze({
    async consume(key: string, points = 1) {
      checkPoints(points);
      const [allowed, remaining, resetMs] = (await redis.run(
        CONSUME,
        [keyOf(key)],
        [points, limit.points, Math.ceil(limit.windowMs)],
      )) as [number, number, number];
      return { allowed: allowed === 1, remaining, resetMs };
    },
    async reset(key: string) {
      await redis.command('UNLINK', redis.keyOf(keyOf(key)));
    },
    close: () => redis.close(),
  } satisfies RateLimiter);
}
