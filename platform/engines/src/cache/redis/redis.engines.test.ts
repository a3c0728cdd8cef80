import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTcpGate, type TcpGate } from '../../network/tcp-gate.ts';
import { testEngine } from '../../test-engines.ts';
import { describeCache } from '../cache.contract.ts';
import { createMemoryRateLimiter } from '../memory/memory-rate-limiter.ts';
import { describeResponseCache } from '../response-cache.contract.ts';
import { createFallbackCache, createFallbackRateLimiter } from '../with-fallback.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { createRedisCache } from './redis-cache.ts';
import { createRedisRateLimiter } from './redis-rate-limiter.ts';
import { createRedisResponseCache } from './redis-response-cache.ts';

const url = testEngine('redis') ?? '';

async function connect(prefix: string, at = url): Promise<RedisConnection> {
  const redis = connectRedis({ url: at, prefix, commandTimeoutMs: 2_000 });
  await redis.whenThere(10_000);
  return redis;
}

describe.runIf(url !== '')('with a server', () => {
  describeCache('Redis', {
    async start() {
      const redis = await connect(`test-${randomUUID()}:`);
      return {
        cache: createRedisCache(redis),
        limiter: (limit) => createRedisRateLimiter(redis, randomUUID(), limit),
        stop: () => redis.close(),
      };
    },
  });

  describeResponseCache('Redis', {
    async start() {
      const prefix = `test-${randomUUID()}:`;
      const [first, second] = [await connect(prefix), await connect(prefix)];
      return {
        cache: createRedisResponseCache(first),
        other: createRedisResponseCache(second),
        async stop() {
          await first.close();
          await second.close();
        },
      };
    },
  });

  it('counts the points of two processes together, and those of another cell apart', async () => {
    const [prefix, limit] = [`test-${randomUUID()}:`, { points: 10, windowMs: 60_000 }];
    const both = [await connect(prefix), await connect(prefix)];
    const other = await connect(`test-${randomUUID()}:`);
    const limiters = both.map((redis) => createRedisRateLimiter(redis, 'sign-in', limit));
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => limiters[index % 2]?.consume('someone')),
    );
    expect(outcomes.filter((outcome) => outcome?.allowed === true)).toHaveLength(10);
    const elsewhere = await createRedisRateLimiter(other, 'sign-in', limit).consume('someone');
    expect(elsewhere).toMatchObject({ allowed: true, remaining: 9 });
    await Promise.all([...both, other].map((redis) => redis.close()));
  });

  describe('while Redis is away', () => {
    let gate: TcpGate;
    let redis: RedisConnection;
    const changes: boolean[] = [];
    const prefix = `test-${randomUUID()}:`;

    beforeAll(async () => {
      gate = await openTcpGate(Number(new URL(url).port));
      redis = connectRedis({
        url: `redis://127.0.0.1:${gate.port}`,
        prefix,
        reconnectMsMax: 100,
        onChange: (isThere) => changes.push(isThere),
      });
      await redis.whenThere(10_000);
    });
    afterAll(async () => {
      await redis.close();
      await gate.close();
    });

    it('goes on, says so once, and comes back by itself', async () => {
      const limit = { points: 3, windowMs: 60_000 };
      const limiter = createFallbackRateLimiter(
        createRedisRateLimiter(redis, 'sign-in', limit),
        createMemoryRateLimiter(limit),
      );
      const cache = createFallbackCache(createRedisCache(redis));
      const pages = createRedisResponseCache(redis);
      const page = { key: '/v1/products', tags: ['products'], lifetimeMs: 60_000 };
      await cache.set('a', 'kept', 60_000);
      expect((await limiter.consume('someone', 3)).allowed).toBe(true);
      expect((await limiter.consume('someone')).allowed).toBe(false);

      await gate.cut();
      await expect.poll(() => redis.isThere()).toBe(false);
      const startedAt = performance.now();
      expect(await cache.get('a')).toBeUndefined();
      expect((await limiter.consume('someone')).allowed).toBe(true);
      expect(await pages.get(page, async () => 'made')).toBe('made');
      expect(await pages.get(page, async () => 'made again')).toBe('made again');
      await expect(pages.purge(['products'])).rejects.toMatchObject({ code: 'unavailable' });
      // None of them waited for a time-out.
      expect(performance.now() - startedAt).toBeLessThan(500);

      await gate.mend();
      await redis.whenThere(10_000);
      expect(await cache.get('a')).toBe('kept');
      expect((await limiter.consume('someone')).allowed).toBe(false);
      expect(changes).toEqual([true, false, true]);
    });

    it('waits no longer than its time-out for a server that has gone silent', async () => {
      const cache = createFallbackCache(createRedisCache(redis));
      await cache.set('b', 'kept', 60_000);
      gate.holdAnswers();
      const startedAt = performance.now();
      expect(await cache.get('b')).toBeUndefined();
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      gate.passAnswers();
      await expect.poll(() => cache.get('b')).toBe('kept');
    });
  });
});

it('refuses connections to nothing with a fault that names the cause', async () => {
  const redis = connectRedis({ url: 'redis://127.0.0.1:9', prefix: 'x:' });
  await expect(redis.whenThere(300)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(createRedisCache(redis).get('a')).rejects.toMatchObject({ code: 'unavailable' });
  await redis.close();
});
