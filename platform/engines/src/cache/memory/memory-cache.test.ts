import { expect, it } from 'vitest';
import { describeCache } from '../cache.contract.ts';
import { createMemoryCache } from './memory-cache.ts';
import { describeResponseCache } from '../response-cache.contract.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import { createMemoryResponseCache } from './memory-response-cache.ts';
import { createMemoryTokenBuckets } from './memory-token-buckets.ts';

describeCache('memory', {
  async start() {
    const cache = createMemoryCache();
    return { cache, limiter: createMemoryRateLimiter, stop: () => cache.close() };
  },
});

describeResponseCache('memory', {
  async start() {
    const cache = createMemoryResponseCache();
    return { cache, other: cache, stop: () => cache.close() };
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

describeCache('memory, as token buckets', {
  async start() {
    const cache = createMemoryCache();
    return {
      cache,
      limiter: (limit) => createMemoryTokenBuckets(limit),
      stop: () => cache.close(),
    };
  },
});

it('gives points of a bucket back evenly, and never more than there were', () => {
  let nowMs = 0;
  const buckets = createMemoryTokenBuckets({ points: 10, windowMs: 1_000 }, () => nowMs);
  expect(buckets.take('k', 10)).toMatchObject({ allowed: true, remaining: 0, resetMs: 1_000 });
  expect(buckets.take('k', 3)).toMatchObject({ allowed: false, retryMs: 300 });
  nowMs = 300;
  expect(buckets.take('k', 3)).toMatchObject({ allowed: true, remaining: 0 });
  nowMs = 60_000;
  expect(buckets.take('k', 1)).toMatchObject({ allowed: true, remaining: 9 });
});
