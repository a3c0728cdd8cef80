import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cache } from './cache.ts';
import type { RateLimit, RateLimiter } from './rate-limiter.ts';

/** What an adapter brings to run the suite. */
export interface CacheHarness {
  start(): Promise<{
    readonly cache: Cache;
    limiter(limit: RateLimit): RateLimiter;
    stop(): Promise<void>;
  }>;
}

/** The suite that every adapter of the cache and of rate limits passes. */
export function describeCache(name: string, harness: CacheHarness): void {
  let engine: Awaited<ReturnType<CacheHarness['start']>>;
  const newKey = (): string => `key ${randomUUID()}`;

  beforeAll(async () => {
    engine = await harness.start();
  });
  afterAll(() => engine.stop());

  describe(`cache on ${name}`, () => {
    it('gives back what was kept, whatever its letters, and the latest of two', async () => {
      const key = newKey();
      const text = `{"ü":"日本 👍\u0000\n"}${'x'.repeat(10_000)}`;
      await engine.cache.set(key, text, 60_000);
      expect(await engine.cache.get(key)).toBe(text);
      await engine.cache.set(key, '', 60_000);
      expect(await engine.cache.get(key)).toBe('');
    });

    it('knows nothing of what was never kept, or was deleted', async () => {
      const [a, b, c] = [newKey(), newKey(), newKey()];
      await Promise.all([a, b, c].map((key) => engine.cache.set(key, key, 60_000)));
      await engine.cache.delete([a, b, newKey()]);
      await engine.cache.delete([]);
      expect(await Promise.all([a, b, c].map((key) => engine.cache.get(key)))).toEqual([
        undefined,
        undefined,
        c,
      ]);
    });

    it('forgets a text after its time, which a later write begins anew', async () => {
      const [short, renewed] = [newKey(), newKey()];
      await engine.cache.set(short, 'x', 40);
      await engine.cache.set(renewed, 'x', 40);
      await engine.cache.set(renewed, 'y', 60_000);
      await expect.poll(() => engine.cache.get(short), { interval: 10 }).toBeUndefined();
      expect(await engine.cache.get(renewed)).toBe('y');
    });

    it('refuses to keep a text for no time', async () => {
      for (const lifetimeMs of [0, -1, Number.NaN]) {
        await expect(engine.cache.set(newKey(), 'x', lifetimeMs)).rejects.toThrow(RangeError);
      }
    });
  });

  describe(`rate limits on ${name}`, () => {
    it('allow as many points as there are, also when they are taken at once', async () => {
      const limiter = engine.limiter({ points: 5, windowMs: 60_000 });
      const key = newKey();
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => limiter.consume(key)));
      expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(5);
      const [refused] = outcomes.filter(({ allowed }) => !allowed);
      expect(refused?.remaining).toBe(0);
      expect(refused?.resetMs).toBeGreaterThan(50_000);
      expect(await limiter.consume(newKey())).toMatchObject({ allowed: true, remaining: 4 });
    });

    it('take nothing when they refuse', async () => {
      const limiter = engine.limiter({ points: 3, windowMs: 60_000 });
      const key = newKey();
      expect(await limiter.consume(key, 2)).toMatchObject({ allowed: true, remaining: 1 });
      expect(await limiter.consume(key, 2)).toMatchObject({ allowed: false, remaining: 1 });
      expect(await limiter.consume(key, 1)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await limiter.consume(newKey(), 4)).toMatchObject({ allowed: false, remaining: 3 });
    });

    it('begin anew after their window, or when they are reset', async () => {
      const limiter = engine.limiter({ points: 1, windowMs: 50 });
      const key = newKey();
      await limiter.consume(key);
      await expect
        .poll(async () => (await limiter.consume(key)).allowed, { interval: 10 })
        .toBe(true);
      const strict = engine.limiter({ points: 1, windowMs: 60_000 });
      await strict.consume(key);
      await strict.reset(key);
      expect((await strict.consume(key)).allowed).toBe(true);
      expect((await strict.consume(key)).allowed).toBe(false);
    });

    it('refuse points that make no sense', async () => {
      const limiter = engine.limiter({ points: 1, windowMs: 1_000 });
      for (const points of [0, -1, 0.5, Number.NaN]) {
        await expect(limiter.consume(newKey(), points)).rejects.toThrow(RangeError);
      }
    });
  });
}
