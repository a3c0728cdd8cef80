import { newPartitionId, type Partition, partitionOfId } from '@commerce/contracts/ids';
import { ERRORS, type ErrorCode } from '@commerce/contracts/problems';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CommerceCell,
  createCellDatabase,
  startCommerceCell,
} from './testing/commerce-cell.ts';
import { type FuzzRequest, operationsOf, requestsOf } from '@commerce/service/testing/requests';
import { type SandboxProcess, startSandbox } from './testing/sandbox-process.ts';

/**
 * Every operation of the cell's own document, with right, almost right and wrong requests, on a cell
 * that has customers, carts and orders to go wrong with. Its directory has gone away after sign-up.
 */

const RUNS = 3_000;
/** The same requests each time; another number tries others. It is printed with a failure. */
const SEED = 20_261_123;

let gateway: SandboxProcess;
let cell: CommerceCell;
let drop: () => Promise<void>;
/** What there is to be asked for, kept fresh as carts are bought. */
const carts: string[] = [];
const lines: string[] = [];
const orders: string[] = [];
const attempts: string[] = [];
const groups: string[] = [];
/** The carts that the groups were bought with, and the tokens of their links. */
const bought: string[] = [];
const links: string[] = [];
const refreshTokens: string[] = [];
const tokens: string[] = [];

/** What the last handler answered with, before its schema made text of it. */
let meant: unknown;

const PASSWORD = 'correct horse battery';
const EMAILS = ['ada@shop.example', 'grace@shop.example'];

async function addCart(): Promise<string> {
  const id = await cell.readyCart(variants().map((variantId) => ({ variantId, quantity: 1 })));
  const cart = await cell.send('GET', `/v1/carts/${id}`);
  carts.push(id);
  lines.push(...cart.body.lines.map((line: { id: string }) => line.id));
  return id;
}

const variants = (): string[] =>
  cell.products.flatMap((product) => product.variants.slice(0, 1).map(({ id }) => id));

/** A refresh token works once, and one that comes again ends its session. */
async function addSession(): Promise<void> {
  const body = { email: 'grace@shop.example', password: PASSWORD };
  const signedIn = await cell.send('POST', '/v1/sessions', { body });
  if (signedIn.status === 201) refreshTokens.push(signedIn.body.refreshToken);
}

async function addCustomer(email: string): Promise<void> {
  const signUp = { key: email, body: { email, password: PASSWORD } };
  let signedUp = await cell.send('POST', '/v1/customers', signUp);
  // A busy machine may be too slow for the directory's one attempt.
  for (let tries = 0; signedUp.status === 503 && tries < 5; tries += 1) {
    signedUp = await cell.send('POST', '/v1/customers', signUp);
  }
  expect(signedUp.status).toBe(201);
  const authorization = `Bearer ${signedUp.body.accessToken}`;
  tokens.push(authorization);
  refreshTokens.push(signedUp.body.refreshToken);
  const cartId = await addCart();
  const placed = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: email,
    headers: { authorization },
  });
  expect(placed.status).toBe(201);
  const { id } = placed.body as { id: string };
  const link = await cell.send('POST', `/v1/order-groups/${id}/tracking-token`, {
    body: { cartId },
  });
  groups.push(id);
  bought.push(cartId);
  links.push(link.body.token as string);
  attempts.push(newPartitionId('att', partitionOfId(cartId) as Partition));
  orders.push(...placed.body.orders.map((order: { id: string }) => order.id));
}

beforeAll(async () => {
  gateway = await startSandbox();
  const database = await createCellDatabase();
  drop = database.drop;
  const dynamo = await startLocalDynamoDb();
  const directory = createDynamoDirectory({ endpoint: dynamo.endpoint, attemptsMax: 1 });
  await directory.ensureTables();
  cell = await startCommerceCell({ gateway, directory });
  cell.app.addHook('preSerialization', (_request, _reply, payload, done) => {
    meant = payload;
    done(null, payload);
  });
  for (const variantId of variants()) await cell.stock(variantId, 100_000);
  for (const email of EMAILS) await addCustomer(email);
  for (let count = 0; count < 4; count += 1) await addCart();
  for (const caller of ['control-plane', 'eu-fr-1']) {
    const call = { caller, audience: 'eu-de-1', clock: cell.clock };
    tokens.push(signServiceCall(new Uint8Array(32).fill(3), call));
  }
  await dynamo.stop();
}, 60_000);

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await drop();
});

const versions = statement<{ partition: string; position: string }>(
  'test.versions',
  `SELECT partition, epoch || '.' || version || ' ' || role AS position FROM partitions
   WHERE version > 0 ORDER BY partition`,
);
const positions = async (): Promise<string> => JSON.stringify(await cell.sql.query(versions));

/** What a stack trace, a statement or the database's own words look like. */
const INSIDES =
  /\n\s+at |node_modules|\.ts:\d|\b(?:SELECT|INSERT INTO|UPDATE) |\bpg_[a-z]|invalid byte sequence|unsupported Unicode|syntax error at|ECONNREFUSED|relation "/;

/** Signing up and in, and moving partitions, ask the directory, which is away. */
const NEEDS_DIRECTORY = [
  'POST /v1/customers',
  'POST /v1/sessions',
  'POST /internal/v1/placements/refresh',
  'POST /internal/v1/partitions/release',
];

/**
 * No request of these is accepted: the directory is away, no picture is kept, no hook is signed, and
 * a list is never one text.
 */
const UNREACHABLE = [
  'POST /v1/customers',
  'GET /v1/media/{hash}',
  'POST /v1/webhooks/{gateway}/{attemptId}',
  'POST /internal/v1/partitions/fence',
  'POST /internal/v1/partitions/release',
  'POST /internal/v1/placements/refresh',
  'GET /internal/v1/partitions/snapshot',
  // The money has to be the one of the preview, and the vendor that of the order; these have tests
  // of their own.
  'POST /v1/order-groups/{id}/changes/preview',
  'POST /v1/order-groups/{id}/changes',
  'GET /internal/v1/orders/{id}',
  'POST /internal/v1/orders/{id}/ship-to',
  'POST /internal/v1/orders/{id}/shipments',
  'POST /internal/v1/shipments/{id}/delivered',
  'POST /internal/v1/orders/{id}/changes/preview',
  'POST /internal/v1/orders/{id}/changes',
  // It wants the proof of a router.
  'GET /internal/v1/catalog-purges',
];

/** Refusals that are themselves something that happened. */
function leavesTrace(status: number, problem: { code: string; orderGroupId?: string }): boolean {
  // A wrong password is counted, a refresh token that was used twice ends its session, and a payment
  // that came to nothing is on the books.
  return (
    problem.code === 'invalid-credentials' ||
    problem.code === 'invalid-token' ||
    (status !== 409 && problem.orderGroupId !== undefined)
  );
}

function expectProblem(answer: Answer): void {
  expect(answer.type).toBe('application/problem+json; charset=utf-8');
  const problem = answer.body as { code: ErrorCode; status: number; field?: string };
  expect(Object.keys(ERRORS)).toContain(problem.code);
  expect(problem.status).toBe(answer.status);
  expect(ERRORS[problem.code].status).toBe(answer.status);
  if ([400, 422].includes(answer.status) && problem.code !== 'malformed-json') {
    expect(problem.field, 'the field that is wrong').toMatch(/./);
  }
}

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
  readonly body: unknown;
}

async function send(request: FuzzRequest): Promise<Answer> {
  meant = undefined;
  const answer = await cell.app.inject({
    method: request.operation.method as 'GET',
    url: request.url,
    headers: request.headers,
    ...(request.payload !== undefined && { payload: request.payload }),
  });
  const type = answer.headers['content-type'] as string | undefined;
  const json = type?.includes('json') === true;
  return {
    status: answer.statusCode,
    type,
    text: answer.body,
    body: json ? answer.json() : undefined,
  };
}

/** What the partitions stood at when the request before had been answered; nobody else writes. */
let position = '';

async function check(request: FuzzRequest): Promise<void> {
  const { method, path } = request.operation;
  const name = `${method} ${path}`;
  const answer = await send(request);
  tally(name, answer.status);
  if (meant !== undefined && meant !== null) {
    expect(answer.body, 'the document leaves nothing out').toEqual(
      JSON.parse(JSON.stringify(meant)),
    );
  }
  expect(answer.text).not.toMatch(INSIDES);
  if (answer.status >= 500) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(NEEDS_DIRECTORY).toContain(name);
  }
  if (request.unknownField !== undefined) {
    expect(answer.status, `${request.unknownField} is known to nobody`).toBeGreaterThanOrEqual(400);
  }
  const refused = answer.status >= 400;
  const [before, after] = [position, await positions()];
  if (method !== 'GET') await refresh(path, answer.status);
  position = method === 'GET' ? after : await positions();
  if (!refused) return;
  expectProblem(answer);
  if (leavesTrace(answer.status, answer.body as { code: string })) return;
  expect(after, 'a refused request changes nothing').toBe(before);
}

/** Puts something in the place of what a request has used up. */
async function refresh(path: string, status: number): Promise<void> {
  if (status < 300 && /checkout|lineId/.test(path)) await addCart();
  if ((status < 300 || status === 401) && path.startsWith('/v1/sessions/')) await addSession();
}

/** How often each operation answered with each class of status. */
const tallies = new Map<string, { accepted: number; refused: number }>();

function tally(name: string, status: number): void {
  const entry = tallies.get(name) ?? { accepted: 0, refused: 0 };
  if (status < 400) entry.accepted += 1;
  else entry.refused += 1;
  tallies.set(name, entry);
}

test('no operation answers anything with a fault, and what it refuses has no effect', async () => {
  const known = {
    '/v1/carts/{id} id': () => carts.slice(-4),
    '/v1/carts/{id}/lines/{lineId} id': () => carts.slice(-1),
    lineId: () => lines.slice(-2),
    '/v1/orders/{id} id': () => orders,
    '/v1/order-groups/{id} id': () => groups,
    '/v1/order-groups/{id}/tracking-token id': () => groups,
    '/v1/order-groups/{id}/tracking id': () => groups,
    '/v1/order-groups/{id}/tracking token': () => links,
    '/v1/order-groups/{id}/changes id': () => groups,
    '/v1/order-groups/{id}/changes/preview id': () => groups,
    '/internal/v1/orders/{id} id': () => orders,
    '/internal/v1/orders/{id}/ship-to id': () => orders,
    '/internal/v1/orders/{id}/shipments id': () => orders,
    '/internal/v1/orders/{id}/changes/preview id': () => orders,
    '/internal/v1/orders/{id}/changes id': () => orders,
    cartId: () => bought,
    returnUrl: () => ['http://shop.test/orders/{orderGroupId}', 'http://evil.test/'],
    id: () => carts.slice(-4),
    attemptId: () => attempts,
    variantId: () => variants(),
    vendorId: () => cell.vendors.map((vendor) => vendor.id),
    optionId: () => cell.vendors.flatMap((vendor) => vendor.shippingRates.map((rate) => rate.id)),
    handle: () => cell.products.map((product) => product.handle),
    slug: () => cell.vendors.map((vendor) => vendor.slug),
    email: () => [...EMAILS, 'nobody@shop.example'],
    password: () => [PASSWORD, 'wrong horse battery'],
    refreshToken: () => refreshTokens.slice(-2),
    country: () => ['DE', 'AT', 'FR'],
    currency: () => ['EUR', 'EUR', 'USD'],
    language: () => ['de', 'en'],
    postalCode: () => ['10117'],
    gateway: () => ['sandbox'],
    token: () => ['tok_visa', 'tok_declined', 'tok_3ds', 'nothing'],
    waitMs: () => [0],
    consumer: () => ['control-plane'],
    ack: () => [null],
    from: () => ['eu-fr-1', 'us-east-1'],
    partitions: () => [['eu-001'], ['eu-001', 'eu-3ff']],
    streams: () => [['order'], ['order', 'inventory']],
  };
  await cell.app.ready();
  const operations = operationsOf(cell.app.swagger());
  expect(operations.length).toBeGreaterThan(25);
  position = await positions();
  await fc.assert(
    fc.asyncProperty(
      requestsOf(operations, known, () => tokens),
      check,
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  // Each operation was read to its end in some of the runs, not only turned away at the door.
  const unreached = operations.filter(({ method, path }) => {
    const { accepted = 0 } = tallies.get(`${method} ${path}`) ?? {};
    return accepted === 0 && !UNREACHABLE.includes(`${method} ${path}`);
  });
  expect(unreached).toEqual([]);
  const alive = await cell.send('GET', '/health/live');
  expect(alive.status).toBe(200);
}, 240_000);
