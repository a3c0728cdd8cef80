import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppError } from '@commerce/contracts/problems';
import { StartupFault } from '@commerce/service/part';
import { describe, expect, it } from 'vitest';
import { createApiVersionRules, CURRENT_VERSIONS, readApiVersions } from './api-versions.ts';
import { createCoarseAuth } from './coarse-auth.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

describe('versions of the API', () => {
  const rules = createApiVersionRules([
    {
      prefix: '/v1',
      deprecatedAt: '2026-01-01T00:00:00Z',
      sunsetAt: '2026-12-31T23:59:59Z',
      successor: '/v2',
      documentation: 'https://shop.example/docs/v2',
    },
    { prefix: '/v1/search', sunsetAt: '2026-05-01T00:00:00Z' },
    { prefix: '/v2' },
  ]);

  it('announce their end in the standard headers', () => {
    expect(rules.judge('/v1/products', NOW_MS)).toEqual([
      'deprecation',
      '@1767225600',
      'sunset',
      'Thu, 31 Dec 2026 23:59:59 GMT',
      'link',
      '</v2>; rel="successor-version"',
      'link',
      '<https://shop.example/docs/v2>; rel="deprecation"; type="text/html"',
    ]);
    expect(rules.judge('/v2/products', NOW_MS)).toBeUndefined();
  });

  it('end when they said, as a whole or in part', () => {
    expect(rules.judge('/v1/search/suggest', NOW_MS)).toMatchObject({
      code: 'version-ended',
      status: 410,
    });
    expect(rules.judge('/v1/searches', NOW_MS)).toBeInstanceOf(Array);
    const later = Date.parse('2027-01-01T00:00:00Z');
    const refusal = rules.judge('/v1/products', later) as AppError;
    expect(refusal.options.extensions).toEqual({
      successor: '/v2',
      documentation: 'https://shop.example/docs/v2',
    });
  });

  it('are refused where there is no such one, and mean nothing elsewhere', () => {
    const today = createApiVersionRules(CURRENT_VERSIONS);
    expect(today.judge('/v7/products', NOW_MS)).toMatchObject({ code: 'not-found' });
    for (const path of ['/v1/products', '/v1', '/vi/category/x', '/', '/de/v7', '/v', '/vendors']) {
      expect(today.judge(path, NOW_MS)).toBeUndefined();
    }
  });

  it('are read from a file, which has to be right', () => {
    const folder = mkdtempSync(join(tmpdir(), 'versions-'));
    const write = (text: string): string => {
      const path = join(folder, 'versions.json');
      writeFileSync(path, text);
      return path;
    };
    expect(readApiVersions(write('[{"prefix":"/v1"}]'))).toEqual([{ prefix: '/v1' }]);
    for (const text of [
      '{}',
      '[]',
      '[{"prefix":"v1"}]',
      '[{"prefix":"/v1","sunsetAt":"soon"}]',
      '[',
    ]) {
      expect(() => readApiVersions(write(text))).toThrow(StartupFault);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('the first look at a token', () => {
  const auth = createCoarseAuth();
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (claims: object, header: object = { alg: 'ES256', typ: 'at+jwt' }): string =>
    `Bearer ${encode(header)}.${encode(claims)}.${'A'.repeat(86)}`;
  const nowS = NOW_MS / 1000;
  const judge = (path: string, authorization?: string) =>
    auth.judge(path, authorization, NOW_MS)?.code;

  it('lets through what may be right, and leaves the rest to the cell', () => {
    expect(judge('/v1/me', tokenOf({ exp: nowS + 60 }))).toBeUndefined();
    expect(judge('/v1/carts', tokenOf({ exp: nowS - 30 }))).toBeUndefined();
    expect(judge('/v1/carts')).toBeUndefined();
    expect(judge('/v1/menus')).toBeUndefined();
  });

  it('refuses requests without a token where one is always needed', () => {
    expect(judge('/v1/me')).toBe('unauthenticated');
    expect(judge('/v1/me/orders')).toBe('unauthenticated');
  });

  it.each([
    ['an expired one', tokenOf({ exp: nowS - 61 })],
    ['one without an end', tokenOf({ sub: 'x' })],
    ['another algorithm', tokenOf({ exp: nowS + 60 }, { alg: 'none' })],
    ['a shared secret', tokenOf({ exp: nowS + 60 }, { alg: 'HS256' })],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no token', 'Bearer x'],
    ['one that is too long', tokenOf({ exp: nowS + 60, x: 'y'.repeat(9_000) })],
    ['one that is not JSON', `Bearer e30.bm90.${'A'.repeat(86)}`],
  ])('refuses %s', (_name, authorization) => {
    expect(judge('/v1/carts', authorization)).toBe('invalid-token');
    expect(judge('/v1/carts', authorization)).toBe('invalid-token');
  });
});
