import { describe, expect, it } from 'vitest';
import { createRateLimits, parseRateLimit, type RateLimitSettings } from './rate-limits.ts';

const NONE: RateLimitSettings = { ip: undefined, key: undefined, partition: undefined };
const TOKEN = `Bearer a.b.${'s'.repeat(86)}`;

function limitsOf(settings: Partial<RateLimitSettings>) {
  const clock = { nowMs: 0 };
  return { clock, limits: createRateLimits({ ...NONE, ...settings }, () => clock.nowMs) };
}

describe('limits of rate', () => {
  it('let a burst through, refuse what is more, and tell when to come again', () => {
    const { clock, limits } = limitsOf({ ip: { points: 3, windowMs: 60_000 } });
    const ask = () => limits.admit({ address: '192.0.2.1', authorization: undefined });
    expect(ask().headers).toEqual([
      'ratelimit-policy',
      '"ip";q=3;w=60',
      'ratelimit',
      '"ip";r=2;t=20',
    ]);
    expect(ask().refusal).toBeUndefined();
    expect(ask().headers).toContain('"ip";r=0;t=60');
    const refused = ask();
    expect(refused.refusal).toMatchObject({ code: 'rate-limited', status: 429 });
    expect(refused.refusal?.options).toMatchObject({
      retryAfterS: 20,
      extensions: { limit: 'ip' },
    });
    clock.nowMs = 20_000;
    expect(ask().refusal).toBeUndefined();
    expect(ask().refusal).toBeDefined();
  });

  it('count each address and each token for itself, and our own machines not at all', () => {
    const one = { points: 1, windowMs: 60_000 };
    const { limits } = limitsOf({ ip: one, key: one });
    const ask = (address: string | undefined, authorization?: string) =>
      limits.admit({ address, authorization }).refusal?.options.extensions;
    expect(ask('192.0.2.1')).toBeUndefined();
    expect(ask('192.0.2.1')).toEqual({ limit: 'ip' });
    expect(ask('192.0.2.2', TOKEN)).toBeUndefined();
    expect(ask('192.0.2.3', TOKEN)).toEqual({ limit: 'key' });
    expect(ask('192.0.2.4', TOKEN.replace(/s$/, 't'))).toBeUndefined();
    for (let i = 0; i < 5; i++) expect(ask(undefined)).toBeUndefined();
  });

  it('count a partition whoever asks, and tell of the limit that is met first', () => {
    const { limits } = limitsOf({
      ip: { points: 100, windowMs: 60_000 },
      partition: { points: 2, windowMs: 60_000 },
    });
    const ask = (address: string) =>
      limits.admitTo('eu-001', limits.admit({ address, authorization: undefined }));
    expect(ask('192.0.2.1').headers[1]).toContain('"partition"');
    expect(ask('192.0.2.2').refusal).toBeUndefined();
    expect(ask('192.0.2.3').refusal?.options.extensions).toEqual({ limit: 'partition' });
    const elsewhere = limits.admitTo(
      'eu-002',
      limits.admit({ address: '192.0.2.3', authorization: undefined }),
    );
    expect(elsewhere.refusal).toBeUndefined();
  });

  it('say nothing where nothing is counted', () => {
    const { limits } = limitsOf({});
    const verdict = limits.admit({ address: '192.0.2.1', authorization: TOKEN });
    expect(limits.admitTo('eu-001', verdict)).toMatchObject({ refusal: undefined, headers: [] });
  });

  it('are read from text', () => {
    expect(parseRateLimit('3000/60')).toEqual({ points: 3_000, windowMs: 60_000 });
    expect(parseRateLimit('none')).toBeUndefined();
    for (const text of ['0/60', '10/0', '10', 'ten/60', '']) {
      expect(() => parseRateLimit(text)).toThrow(RangeError);
    }
  });
});
