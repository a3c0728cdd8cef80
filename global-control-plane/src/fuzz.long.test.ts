import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ERRORS, type ErrorCode } from '@commerce/contracts/problems';
import type { StockReport } from '@commerce/contracts/stock';
import { type FuzzRequest, operationsOf, requestsOf } from '@commerce/service/testing/requests';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from './testing-control-plane.ts';

/** Every operation of the control plane's own document, with right, almost right and wrong requests. */

const RUNS = 2_500;
/** The same requests each time; another number tries others. It is printed with a failure. */
const SEED = 20_261_123;

let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
const tokens = {
  vendor: [] as string[],
  operator: [] as string[],
  cell: [] as string[],
  tool: [] as string[],
};

/** Those that a path is for come most often; others may not see it, or not all of it. */
function tokensFor(path: string): readonly string[] {
  const { vendor: own, operator, cell, tool } = tokens;
  if (path.startsWith('/v1/audit')) return [...tool, ...tool, ...operator];
  if (path.startsWith('/v1/vendors')) return [...own, ...own, ...own, ...operator];
  if (path.startsWith('/v1/stock/reports')) return [...cell, ...cell, ...cell, ...own];
  if (path.startsWith('/v1/stock')) return [...operator, ...operator, ...cell, ...own];
  if (/^\/v1\/(?:evacuations|fleet|cells)/.test(path)) return [...operator, ...operator, ...own];
  return [...own, ...own, ...cell, ...cell, ...operator];
}
const products: { id: string; variants: { id: string; sku: string }[] }[] = [];
let importId = '';
/** What the last handler answered with, before its schema made text of it. */
let meant: unknown;

/** A product as the vendor sends it; each has its own handle and names of variants. */
function describeProduct(handle: string) {
  const sample = sampleProduct({ handle });
  const variants = sample.variants.map((variant, index) => ({
    ...variant,
    sku: `${handle}-${index}`,
  }));
  return { ...sample, variants };
}

/** What a cell says that has had nothing of a variant yet. */
function report(variantId: string): StockReport {
  return {
    variantId,
    ...{ receivedTotal: 0, returnedTotal: 0, openingTotal: 0, movedInTotal: 0, movedOutTotal: 0 },
    ...{ available: 0, reserved: 0, committed: 0, version: 1, generation: 1 },
  };
}

async function addProduct(): Promise<void> {
  const { product } = await plane.catalog.createProduct(
    vendor.id,
    describeProduct(`shirt-${products.length}`),
  );
  products.push(product as never);
}

beforeAll(async () => {
  plane = await startTestControlPlane();
  plane.app.addHook('preSerialization', (_request, _reply, payload, done) => {
    meant = payload;
    done(null, payload);
  });
  vendor = await plane.signUpVendor('nordlicht');
  tokens.vendor.push(vendor.headers.authorization);
  tokens.operator.push((await plane.signInOperator()).authorization);
  tokens.cell.push(plane.asCell('eu-de-1').authorization);
  tokens.tool.push(plane.asCell('cellctl').authorization);
  await plane.catalog.putCategories([
    { handle: 'shirts', parent: null, names: { en: 'Shirts' }, position: 1 },
  ]);
  await addProduct();
  await plane.startJobs();
  const judged = await plane.app.inject({
    method: 'POST',
    url: '/v1/catalog/imports?dryRun=true',
    headers: { ...vendor.headers, 'content-type': 'text/csv' },
    payload: Readable.from(['Title,Handle,Price\nMug,mug,9.50\n']),
  });
  importId = (judged.json() as { id: string }).id;
});
afterAll(() => plane.close());

/** What a stack trace, a statement or the database's own words look like. */
const INSIDES =
  /\n\s+at |node_modules|\.ts:\d|\b(?:SELECT|INSERT INTO|UPDATE) |pg_|invalid byte sequence|unsupported Unicode|syntax error at|ECONNREFUSED|relation "/;

const accepted = new Map<string, number>();

async function check(request: FuzzRequest): Promise<void> {
  const { method, path } = request.operation;
  const name = `${method} ${path}`;
  meant = undefined;
  const answer = await plane.app.inject({
    method: method as 'GET',
    url: request.url,
    headers: { 'if-match': '*', ...request.headers },
    ...(request.payload !== undefined && { payload: request.payload }),
  });
  const status = answer.statusCode;
  if (status !== 503 || name !== NEEDS_CELL) {
    expect(status, answer.body.slice(0, 300)).toBeLessThan(500);
  }
  expect(answer.body).not.toMatch(INSIDES);
  if (meant !== undefined && meant !== null) {
    const whole = JSON.parse(JSON.stringify(meant)) as unknown;
    expect(answer.json(), 'the document leaves nothing out').toEqual(whole);
  }
  if (status < 400) {
    expect(request.unknownField, 'what nobody knows is refused').toBeUndefined();
    accepted.set(name, (accepted.get(name) ?? 0) + 1);
    if (method === 'DELETE') await addProduct();
    return;
  }
  expectProblem(answer);
}

function expectProblem(answer: Awaited<ReturnType<typeof plane.app.inject>>): void {
  const status = answer.statusCode;
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = answer.json() as { code: ErrorCode; status: number; field?: string };
  expect(Object.keys(ERRORS)).toContain(problem.code);
  expect([problem.status, ERRORS[problem.code].status]).toEqual([status, status]);
  if (status === 400 && problem.code !== 'malformed-json') {
    expect(problem.field, answer.body).toMatch(/./);
  }
}

const last = () => products.at(-1);
const KNOWN = {
  '/v1/cells/{id} id': () => ['eu-de-1', 'us-east-1'],
  '/v1/cells/{id}/partitions id': () => ['eu-de-1', 'us-east-1'],
  '/v1/catalog/imports/{id} id': () => [importId],
  '/v1/catalog/imports/{id}/errors.csv id': () => [importId],
  '/v1/catalog/imports/{id}/apply id': () => [importId],
  '/v1/catalog/products/{id} id': () => products.slice(-1).map(({ id }) => id),
  '/v1/catalog/products/{id}/replication id': () => products.slice(-1).map(({ id }) => id),
  'POST /v1/catalog/products body': () => [describeProduct(`new-${Date.now()}`)],
  'PUT /v1/catalog/products/{id} body': () => [describeProduct(`shirt-${products.length - 1}`)],
  'POST /v1/audit/entries body': () => [
    {
      id: randomUUID(),
      at: '2026-01-01T00:00:00Z',
      by: 'sre@ops',
      action: 'cell.drain',
      subject: 'eu-de-1',
      outcome: 'drained',
      detail: {},
    },
  ],
  'PATCH /v1/catalog/products/{id} body': () => [{ titles: { en: 'Other' } }, { status: 'draft' }],
  'POST /v1/stock/reports body': () => [
    { cell: 'eu-de-1', reports: (last()?.variants ?? []).map(({ id }) => report(id)) },
  ],
  id: () => [vendor.id],
  sku: () => last()?.variants.map(({ sku }) => sku) ?? [],
  variantId: () => last()?.variants.map(({ id }) => id) ?? [],
  categories: () => [['shirts']],
  parent: () => [null, 'shirts'],
  names: () => [{ en: 'Anything' }],
  titles: () => [{ en: 'Shirt', de: 'Hemd' }],
  descriptions: () => [{ en: 'Cool' }],
  options: () => [[]],
  market: () => ['eu', 'us'],
  currency: () => ['EUR', 'USD'],
  country: () => ['DE', 'US'],
  email: () => [`${Math.random()}@nordlicht.example`, vendor.owner.email],
  password: () => [vendor.owner.password, 'another long password'],
  refreshToken: () => ['unknown'],
  asOf: () => ['2026-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z'],
  happenedAt: () => ['2026-01-01T00:00:00Z', '1969-12-31T23:59:59-23:59'],
  split: () => [null, { 'eu-de-1': 1 }],
  cell: () => ['eu-de-1'],
  source: () => ['eu-de-1'],
  target: () => ['eu-fr-1', 'us-east-1'],
  realm: () => ['eu'],
  partition: () => ['eu-1f3'],
  markets: () => ['eu', 'eu,us'],
  waitMs: () => [0],
  after: () => [0, 3],
  from: () => [0],
  to: () => [10],
  status: () => ['active', 'draft'],
};
/** No request of these is accepted: no such token, bytes, picture, import, order or ready cell is there. */
const UNREACHABLE = [
  'POST /v1/evacuations',
  'GET /v1/evacuations/{id}',
  'POST /v1/evacuations/{id}/{wish}',
  'POST /v1/stock/cells/{cell}/write-off',
  'POST /v1/sessions/refresh',
  'POST /v1/catalog/media',
  'POST /v1/catalog/imports',
  'GET /v1/catalog/media/{hash}',
  'POST /v1/catalog/imports/{id}/cancel',
  'POST /v1/catalog/imports/{id}/resume',
  'GET /v1/vendors/{id}/orders/{orderId}',
  'GET /v1/vendors/{id}/orders/{orderId}/fulfilment',
  'POST /v1/vendors/{id}/orders/{orderId}/ship-to',
  'POST /v1/vendors/{id}/orders/{orderId}/shipments',
  'POST /v1/vendors/{id}/orders/{orderId}/shipments/{shipmentId}/delivered',
  'POST /v1/vendors/{id}/orders/{orderId}/cancellations/preview',
  'POST /v1/vendors/{id}/orders/{orderId}/cancellations',
  'GET /v1/cells/{id}/residency',
];
/** It asks the cell itself, and none runs. */
const NEEDS_CELL = 'GET /v1/cells/{id}/residency';

test('no operation answers anything with a fault, and each is read to its end', async () => {
  // Placements are there once the cells are in the directory.
  await expect.poll(() => plane.isRegistered(), { timeout: 10_000 }).toBe(true);
  const operations = operationsOf(plane.app.swagger());
  expect(operations.length).toBeGreaterThan(30);
  await fc.assert(fc.asyncProperty(requestsOf(operations, KNOWN, tokensFor), check), {
    numRuns: RUNS,
    seed: SEED,
    endOnFailure: true,
  });
  const unreached = operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => !accepted.has(name) && !UNREACHABLE.includes(name));
  expect(unreached).toEqual([]);
}, 120_000);
