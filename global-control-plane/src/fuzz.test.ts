import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from './testing-control-plane.ts';

let plane: TestControlPlane;
let callers: Record<string, string>[];
let ids: string[];
beforeAll(async () => {
  plane = await startTestControlPlane();
  const vendor = await plane.signUpVendor('nordlicht');
  await plane.catalog.putCategories([
    { handle: 'shirts', parent: null, names: { en: 'Shirts' }, position: 1 },
  ]);
  const { product } = await plane.catalog.createProduct(vendor.id, sampleProduct());
  callers = [vendor.headers, await plane.signInOperator(), plane.asCell('eu-de-1'), {}];
  ids = [vendor.id, product.id, product.variants[0]?.id ?? '', 'SHIRT-S', 'eu-de-1', 'eu-1f3'];
});
afterAll(() => plane.close());

const NASTY = [
  '',
  '0',
  '-1',
  '1e999',
  'null',
  '\0',
  '%00',
  "'; --",
  '\u{1f600}',
  '\ud800',
  'a'.repeat(190),
  '../..',
  '{}',
];

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly type: string | undefined;
}

function operationsOf(document: unknown): Operation[] {
  const { paths } = document as { paths: Record<string, Record<string, Record<string, unknown>>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = (operation['parameters'] ?? []) as { name: string; in: string }[];
      const { content } = (operation['requestBody'] ?? {}) as { content?: object };
      return {
        method: method.toUpperCase(),
        path,
        query: parameters.flatMap((one) => (one.in === 'query' ? [one.name] : [])),
        type: Object.keys(content ?? {})[0],
      };
    }),
  );
}

/** Something like a right body, with one part replaced by anything. */
const body = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(fc.constantFrom(...Object.keys(sampleProduct())), fc.jsonValue())
    .map(([key, value]) => ({
      ...sampleProduct(),
      [key]: value,
    })),
  fc.record(
    {
      email: fc.constantFrom(...NASTY),
      password: fc.string(),
      onHand: fc.oneof(fc.double(), fc.constant(1e300), fc.integer()),
      asOf: fc.constantFrom('2026-01-01T00:00:00Z', '9999-12-31T23:59:60Z', '0000-01-01T00:00:00Z'),
      split: fc.dictionary(fc.constantFrom('eu-de-1', ...NASTY), fc.double()),
      refreshToken: fc.constantFrom(...NASTY),
      cell: fc.constantFrom('eu-de-1', ...NASTY),
      reports: fc.array(fc.jsonValue()),
      units: fc.integer(),
      kind: fc.constantFrom('received', 'removed'),
      happenedAt: fc.constantFrom('9999-12-31T23:59:60Z', '0000-01-01T00:00:00Z'),
    },
    { requiredKeys: [] },
  ),
);

test('no operation answers garbage with a fault of ours', async () => {
  const operations = operationsOf((await plane.app.inject('/openapi.json')).json());
  expect(operations.length).toBeGreaterThan(30);
  const text = fc.constantFrom(...NASTY, ...ids);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.nat({ max: 3 }),
      fc.array(text, { minLength: 3, maxLength: 3 }),
      fc.array(text, { minLength: 6, maxLength: 6 }),
      body,
      fc.option(fc.constantFrom('key-1', 'key-2', ...NASTY), { nil: undefined }),
      async (operation, caller, path, query, payload, key) => {
        let index = 0;
        const target = operation.path.replace(/\{\w+\}/g, () => encode(path[index++ % 3] ?? ''));
        const search = operation.query
          // A wait would only make the test slow.
          .filter((name) => name !== 'waitMs')
          .map((name, at) => `${name}=${encode(query[at % 6] ?? '')}`)
          .join('&');
        const answer = await plane.app.inject({
          method: operation.method as 'GET',
          url: `${target}?${search}`,
          headers: {
            ...callers[caller],
            'if-match': '*',
            ...(key !== undefined && /^[\x20-\x7e]+$/.test(key) && { 'idempotency-key': key }),
            ...(operation.method !== 'GET' && {
              'content-type': operation.type ?? 'application/json',
            }),
          },
          ...(operation.method !== 'GET' && { payload: JSON.stringify(payload) ?? '' }),
        });
        expect(answer.statusCode, `${operation.method} ${answer.body.slice(0, 300)}`).toBeLessThan(
          500,
        );
      },
    ),
    { numRuns: 1_500 },
  );
}, 60_000);

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
