import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { type Answer, createShopper, type SendOptions, sendJson, type Shopper } from './shopper.ts';

/** What a client can do wrong, from its socket to the thing it asks for, on a real fleet. */

const PASSWORD = 'correct horse battery';
const MEBIBYTE = 1_048_576;

let fleet: FleetUnderTest;
let ada: Shopper;
let adasToken: string;
let gracesToken: string;
let variantId: string;
/** Ada's, with a line in it: what a refused request must leave as it was. */
let cartId: string;
let orderId: string;
let groupId: string;

async function signUp(shopper: Shopper, name: string): Promise<string> {
  const body = { email: `${name}@shop.example`, password: PASSWORD };
  const signedUp = await shopper.send('POST', '/v1/customers', { body });
  expect(signedUp.status).toBe(201);
  return signedUp.body.accessToken as string;
}

beforeAll(async () => {
  fleet = await startFleetUnderTest({ cells: ['eu-de-1'], flags: ['--products', '20'] });
  ada = createShopper(fleet.url, 'DE');
  adasToken = await signUp(ada, 'ada');
  gracesToken = await signUp(createShopper(fleet.url, 'DE'), 'grace');
  const list = await ada.send('GET', '/v1/products?limit=20');
  const items = list.body.items as { variants: { id: string; available: number }[] }[];
  const offered = items.flatMap(({ variants }) => variants).find(({ available }) => available > 9);
  variantId = offered?.id ?? '';
  const bought = await ada.fillCart([{ variantId, quantity: 1 }]);
  await adopt(bought);
  const placed = await ada.send('POST', `/v1/carts/${bought}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: randomUUID(),
    token: adasToken,
  });
  expect(placed.status).toBe(201);
  groupId = placed.body.id as string;
  orderId = placed.body.orders[0].id as string;
  cartId = await ada.fillCart([{ variantId, quantity: 2 }]);
  await adopt(cartId);
}, 120_000);

afterAll(async () => {
  await fleet.stop();
});

/** A signed-in customer who changes a guest's cart makes it their own. */
async function adopt(id: string): Promise<void> {
  const body = { email: 'ada@shop.example' };
  const adopted = await ada.send('PUT', `/v1/carts/${id}/email`, { body, token: adasToken });
  expect(adopted.body.customerId).toMatch(/^cus_/);
}

const readCart = async (): Promise<unknown> =>
  (await ada.send('GET', `/v1/carts/${cartId}`, { token: adasToken })).body;

const INSIDES = /\n\s+at |node_modules|\.ts:\d|\bSELECT |INSERT INTO|pg_/;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly field?: string;
}

function expectRefusal(answer: Pick<Answer, 'status' | 'body'>, refusal: Refusal): void {
  expect(answer.body).toMatchObject({ type: `/docs/errors#${refusal.code}`, ...refusal });
  expect(answer.status).toBe(refusal.status);
  expect(JSON.stringify(answer.body)).not.toMatch(INSIDES);
}

const invalid = (field: string): Refusal => ({ status: 400, code: 'invalid-request', field });

interface Case {
  readonly method: string;
  /** `CART` stands for Ada's. */
  readonly path: string;
  readonly options: SendOptions;
  readonly refusal: Refusal;
}

const line = (body: unknown, refusal: Refusal, headers?: Record<string, string>): Case => ({
  method: 'POST',
  path: '/v1/carts/CART/lines',
  options: { body, ...(headers !== undefined && { headers }) },
  refusal,
});
const VARIANT = 'var_01jd8x0000000000000000000a';
const OTHER_CART = 'cart_eu1f3_01jd8x0000000000000000000a';

const CASES: readonly (readonly [string, Case])[] = [
  ['malformed JSON', line('{"quantity":', { status: 400, code: 'malformed-json' })],
  ['an unknown field', line({ variantId: VARIANT, quantity: 1, price: 1 }, invalid('price'))],
  ['a negative quantity', line({ variantId: VARIANT, quantity: -1 }, invalid('quantity'))],
  ['a huge quantity', line({ variantId: VARIANT, quantity: 1e21 }, invalid('quantity'))],
  ['a number as text', line({ variantId: VARIANT, quantity: '1' }, invalid('quantity'))],
  ['an id of another type', line({ variantId: OTHER_CART, quantity: 1 }, invalid('variantId'))],
  [
    'a variant that is not sold',
    line(
      { variantId: VARIANT, quantity: 1 },
      { status: 422, code: 'unprocessable', field: 'variantId' },
    ),
  ],
  [
    'a body of two mebibytes',
    line(`{"a":"${'x'.repeat(2 * MEBIBYTE)}"}`, { status: 413, code: 'payload-too-large' }),
  ],
  [
    'a key that is too long',
    line({ variantId: VARIANT, quantity: 1 }, invalid('idempotency-key'), {
      'idempotency-key': 'k'.repeat(300),
    }),
  ],
  [
    'an unknown parameter',
    {
      method: 'PUT',
      path: '/v1/carts/CART/email?draft=1',
      options: { body: { email: 'a@b.example' } },
      refusal: invalid('draft'),
    },
  ],
  [
    'a null character',
    {
      method: 'PUT',
      path: '/v1/carts/CART/billing-address',
      options: { body: { name: 'A\0', line1: 'x', postalCode: '10117', city: 'B', country: 'DE' } },
      refusal: invalid('name'),
    },
  ],
  [
    'a malformed id',
    {
      method: 'GET',
      path: '/v1/orders/123',
      options: {},
      refusal: { status: 400, code: 'invalid-id', field: 'id' },
    },
  ],
  [
    'an id of an unknown realm',
    {
      method: 'GET',
      path: '/v1/orders/ord_zz9001_01jd8x0000000000000000000a',
      options: {},
      refusal: { status: 404, code: 'not-found' },
    },
  ],
  [
    'an unknown currency',
    {
      method: 'POST',
      path: '/v1/carts',
      options: { body: { currency: 'XXQ' } },
      refusal: invalid('currency'),
    },
  ],
];

describe('a request that is wrong is refused by name and changes nothing', () => {
  test.each(CASES)('%s', async (_name, { method, path, options, refusal }) => {
    const before = await readCart();
    const answer = await ada.send(method, path.replace('CART', cartId), {
      ...options,
      token: adasToken,
    });
    expectRefusal(answer, refusal);
    expect(await readCart()).toEqual(before);
  });

  test.each([
    ['another content type', { 'content-type': 'text/plain' }],
    ['a compressed body', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('%s', async (_name, headers) => {
    const before = await readCart();
    const answer = await fetch(`${fleet.url}/v1/carts/${cartId}/lines`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${adasToken}` },
      body: gzipSync(JSON.stringify({ variantId, quantity: 1 })),
    });
    const refused = { status: answer.status, body: await answer.json() };
    expectRefusal(refused, { status: 415, code: 'unsupported-media-type' });
    expect(await readCart()).toEqual(before);
  });

  test("what is another customer's", async () => {
    const before = await readCart();
    const paths = [`/v1/orders/${orderId}`, `/v1/order-groups/${groupId}`, `/v1/carts/${cartId}`];
    for (const path of paths) {
      const theirs = await sendJson(fleet.url + path, 'GET', { token: gracesToken });
      expectRefusal(theirs, { status: 404, code: 'not-found' });
      const nobodys = await sendJson(fleet.url + path, 'GET');
      expectRefusal(nobodys, { status: 401, code: 'unauthenticated' });
    }
    const added = await sendJson(`${fleet.url}/v1/carts/${cartId}/lines`, 'POST', {
      token: gracesToken,
      body: { variantId, quantity: 1 },
    });
    expectRefusal(added, { status: 404, code: 'not-found' });
    const checkedOut = await sendJson(`${fleet.url}/v1/carts/${cartId}/checkout`, 'POST', {
      token: gracesToken,
      key: randomUUID(),
      body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    });
    expectRefusal(checkedOut, { status: 404, code: 'not-found' });
    expect(await readCart()).toEqual(before);
  });
});

describe('a pin', () => {
  const write = (part: string, key: string | Uint8Array): string => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ part })}`;
    return `cell_pin=${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const startCart = (cookie: string): Promise<Answer> =>
    sendJson(`${fleet.url}/v1/carts`, 'POST', { body: {}, headers: { cookie } });

  test.each([
    ['without a signature', () => write('eu-1f3', randomBytes(32)).replace(/\.[^.]*$/, '.')],
    ['of a foreign key', () => write('eu-1f3', randomBytes(32))],
    ['that is no token', () => 'cell_pin=eu-1f3'],
  ])('%s is refused, and taken away', async (_name, cookie) => {
    const answer = await startCart(cookie());
    expectRefusal(answer, { status: 400, code: 'invalid-cookie', field: 'cell_pin' });
    expect(answer.headers.get('set-cookie')).toMatch(/^cell_pin=;.*Max-Age=0/);
  });

  test('of a realm that is not there any more is replaced', async () => {
    const text = await readFile(`${fleet.dataDir}/secrets/router-pin.key`, 'utf8');
    // The key is the text of its bytes: HAProxy takes it as text.
    const key = Buffer.from(text.trim(), 'hex').toString('base64url');
    const answer = await startCart(write('zz9-001', key));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('set-cookie')).toMatch(/^cell_pin=ey/);
  });
});

/** Sends bytes as they are. @returns the answer's status, and its body as far as it is JSON */
async function sendRaw(text: string): Promise<Pick<Answer, 'status' | 'body'>> {
  const { hostname, port } = new URL(fleet.url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error('no answer came')));
  socket.write(text, 'latin1');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return {
    status: Number(head.slice(9, 12)),
    body: JSON.parse(body.replace(/^[0-9a-f]+\r\n/, '')) as unknown,
  };
}

const HOST = 'host: shop.example\r\nconnection: close\r\n';
const NOT_HTTP: Refusal = { status: 400, code: 'invalid-request' };
const RAW: readonly (readonly [string, string, Refusal])[] = [
  ['a line of garbage', 'hello there\r\n\r\n', NOT_HTTP],
  ['bytes of another protocol', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', NOT_HTTP],
  [
    'a body with two lengths',
    `POST /v1/carts HTTP/1.1\r\n${HOST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    NOT_HTTP,
  ],
  [
    'a header that is too long',
    `GET /v1/markets HTTP/1.1\r\n${HOST}x-long: ${'x'.repeat(70_000)}\r\n\r\n`,
    { status: 431, code: 'headers-too-large', field: 'headers' },
  ],
  [
    'an address that is too long',
    `GET /v1/products/${'x'.repeat(5_000)} HTTP/1.1\r\n${HOST}\r\n`,
    { status: 414, code: 'uri-too-long' },
  ],
  ['TRACE', `TRACE / HTTP/1.1\r\n${HOST}\r\n`, { status: 405, code: 'method-not-allowed' }],
  [
    'CONNECT',
    `CONNECT shop.example:443 HTTP/1.1\r\n${HOST}\r\n`,
    { status: 405, code: 'method-not-allowed' },
  ],
  ['encoded dots', `GET /v1/%2e%2e/health HTTP/1.1\r\n${HOST}\r\n`, invalid('path')],
  ['an encoded null', `GET /v1/products/a%00b HTTP/1.1\r\n${HOST}\r\n`, invalid('path')],
  ['a null', `GET /v1/products/a\0b HTTP/1.1\r\n${HOST}\r\n`, NOT_HTTP],
  ['no host', 'GET /v1/markets HTTP/1.1\r\nconnection: close\r\n\r\n', NOT_HTTP],
];

test.each(RAW)('%s is refused with a problem', async (_name, text, refusal) => {
  expectRefusal(await sendRaw(text), refusal);
});

describe('a request that is sent twice', () => {
  test('with its key, but without a cookie, begins one cart in one partition', async () => {
    const body = { currency: 'EUR', country: 'DE' };
    const options = { key: randomUUID(), body, headers: { 'x-client-country': 'DE' } };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => sendJson(`${fleet.url}/v1/carts`, 'POST', options)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);

    const other = { ...options, body: { ...body, country: 'AT' } };
    const refused = await sendJson(`${fleet.url}/v1/carts`, 'POST', other);
    const reused = { status: 422, code: 'idempotency-key-reused', field: 'idempotency-key' };
    expectRefusal(refused, reused);
  });

  /** What two answers to one request may differ in: tokens are made anew. */
  const lasting = ({ status, body }: Answer): unknown => {
    const { accessToken: _access, refreshToken: _refresh, ...rest } = body;
    return { status, ...rest };
  };

  test('has one effect and the same answer, in every operation that posts', async () => {
    const shopper = createShopper(fleet.url, 'DE');
    const twice = async (path: string, body: unknown, other: unknown): Promise<Answer> => {
      const key = randomUUID();
      const first = await shopper.send('POST', path, { body, key });
      const second = await shopper.send('POST', path, { body, key });
      expect(first.status, `${path} ${JSON.stringify(first.body)}`).toBeLessThan(300);
      expect(lasting(second), path).toEqual(lasting(first));
      expect(second.headers.get('idempotency-replayed'), path).toBe('true');
      const reused = await shopper.send('POST', path, { body: other, key });
      expectRefusal(reused, { status: 422, code: 'idempotency-key-reused' });
      return first;
    };
    const email = 'twice@shop.example';
    const account = { email, password: PASSWORD };
    await twice('/v1/customers', account, { ...account, name: 'Other' });
    const { body: session } = await twice('/v1/sessions', account, {
      email,
      password: `${PASSWORD}!`,
    });
    const { refreshToken } = session;
    const other = (await shopper.send('POST', '/v1/sessions', { body: account })).body;
    await twice('/v1/sessions/refresh', { refreshToken }, { refreshToken: other.refreshToken });

    const { body: cart } = await twice('/v1/carts', {}, { country: 'AT' });
    const added = await twice(
      `/v1/carts/${cart.id}/lines`,
      { variantId, quantity: 2 },
      { variantId, quantity: 3 },
    );
    expect(added.body.lines).toMatchObject([{ quantity: 2 }]);
    expect((await shopper.send('GET', `/v1/carts/${cart.id}`)).body.lines).toEqual(
      added.body.lines,
    );

    const ready = await shopper.fillCart([{ variantId, quantity: 1 }]);
    const payment = { gateway: 'sandbox', token: 'tok_visa' };
    const placed = await twice(
      `/v1/carts/${ready}/checkout`,
      { payment },
      { payment: { ...payment, token: 'tok_other' } },
    );
    const ledger = await sendJson(`${fleet.gateway}/v1/ledger?limit=1000`, 'GET', {
      token: fleet.gatewayKey,
    });
    const partition = /_(eu)(...)_/.exec(placed.body.id)?.slice(1).join('-');
    const charged = new Set(
      (ledger.body.entries as { payment: { id: string; partition: string } }[])
        .filter((entry) => entry.payment.partition === partition)
        .map((entry) => entry.payment.id),
    );
    expect(charged.size).toBe(1);
  });
});
