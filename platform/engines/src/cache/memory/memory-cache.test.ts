import { expect, it } from 'vitest';
import { describeCache } from '../cache.contract.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';

describeCache('memory', {
  async start() {
    const cache = createMemoryCache();
    return { cache, limiter: createMemoryRateLimiter, stop: () => cache.close() };
  },
});

it('stays within its room, and lets the least recently used go first', async () => {
  const cache = createMemoryCache({ charactersMax: 25 });
  await cache.set('a', 'x'.repeat(8), 60_000);
  await cache.set('b', 'x'.repeat(8), 60_000);
  await cache.get('a');
  await cache.set('c', 'x'.repeat(8), 60_000);
  await cache.set('d', 'x'.repeat(100), 60_000);
  const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)));
  expect(kept.map((text) => text !== undefined)).toEqual([true, false, true, false]);
});
