import { HEADERS } from '@commerce/contracts/headers';
import { type CellId, type Partition, partitionOfId } from '@commerce/contracts/ids';
import { signRouted } from '@commerce/contracts/routed-auth';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import {
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type PageVisitor, visitPages } from '../testing/page-visitor.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let dynamo: LocalDynamoDb;
let cell: CommerceCell;
let people = 0;

beforeAll(async () => {
  gateway = await startSandbox();
  dynamo = await startLocalDynamoDb();
  const directory = createDynamoDirectory({ endpoint: dynamo.endpoint, attemptsMax: 1 });
  await directory.ensureTables();
  cell = await startCommerceCell({ gateway, directory });
  for (const { variants } of cell.products) {
    for (const { id } of variants) await cell.stock(id, 50);
  }
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await dynamo.stop();
});

const PASSWORD = 'correct horse battery';
const newEmail = (): string => `ada${(people += 1)}@example.com`;
const signUp = (visitor: PageVisitor, fields: Record<string, string>) =>
  visitor.post('/en/account/sign-up', { name: 'Ada', password: PASSWORD, ...fields });
const signIn = (visitor: PageVisitor, email: string, password = PASSWORD, back = '/account') =>
  visitor.post('/en/account/sign-in', { email, password, return: back });

/** Buys one unit through the API, in the partition of the customer. @returns the order group's id */
async function buyAsCustomer(
  visitor: PageVisitor,
  customerId: string,
  variantId: string,
): Promise<string> {
  const partition = partitionOfId(customerId) as Partition;
  const expiresAtS = Math.floor(cell.clock.nowMs() / 1000) + 60;
  const proof = { cell: 'eu-de-1' as CellId, partition, epoch: 1, expiresAtS };
  const headers = {
    authorization: `Bearer ${visitor.cookie('shop_access')}`,
    [HEADERS.routedPartition]: partition,
    [HEADERS.routedEpoch]: '1',
    [HEADERS.routedAuth]: signRouted(proof, new Uint8Array(32).fill(1)),
  };
  const send = async (method: 'POST' | 'PUT' | 'GET', url: string, body?: unknown, key?: string) =>
    (
      await cell.send(method, url, {
        headers,
        ...(body !== undefined && { body }),
        ...(key !== undefined && { key }),
      })
    ).body;
  const cart = await send('POST', '/v1/carts', { currency: 'EUR', country: 'DE' });
  const path = `/v1/carts/${cart.id}`;
  await send('POST', `${path}/lines`, { variantId, quantity: 1 });
  await send('PUT', `${path}/email`, { email: 'ada@example.com' });
  await send('PUT', `${path}/shipping-address`, {
    name: 'Ada Lovelace',
    line1: 'Friedrichstr. 1',
    postalCode: '10117',
    city: 'Berlin',
    country: 'DE',
  });
  const [vendor] = await send('GET', `${path}/shipping-options`);
  const choice = { vendorId: vendor.vendorId, optionId: vendor.options[0].id };
  await send('PUT', `${path}/shipping-options`, [choice]);
  const payment = { gateway: 'sandbox', token: 'tok_visa' };
  return (await send('POST', `${path}/checkout`, { payment }, `buy-${cart.id}`)).id as string;
}

/** Someone who has just signed up. */
async function newCustomer(email = newEmail()): Promise<PageVisitor> {
  const visitor = visitPages(cell.app);
  expect((await signUp(visitor, { email })).statusCode).toBe(303);
  return visitor;
}

test('the account asks to sign in, and leads back afterwards', async () => {
  const visitor = visitPages(cell.app);
  const answer = await visitor.open('/en/account/profile');
  expect(answer.headers.location).toBe('/en/account/sign-in?return=%2Faccount%2Fprofile');
  const page = await visitor.open(String(answer.headers.location));
  expect(page.headers['cache-control']).toBe('private, no-store');
  expect(page.body).toContain('name="return" value="/account/profile"');
});

test('who signs up is signed in, by cookies that no script can read', async () => {
  const visitor = visitPages(cell.app);
  const answer = await signUp(visitor, { email: newEmail() });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/en/account']);
  for (const name of ['shop_access', 'shop_refresh']) {
    const cookie = answer.cookies.find((entry) => entry.name === name);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  }
  expect((await visitor.open('/en/account')).body).toContain('Hello, Ada');
});

test('what is wrong with a new account is told beside its field', async () => {
  const email = newEmail();
  await newCustomer(email);
  const visitor = visitPages(cell.app);
  const bodyOf = async (fields: Record<string, string>) => (await signUp(visitor, fields)).body;
  expect(await bodyOf({ email })).toContain('There is an account with this email.');
  expect(await bodyOf({ email: 'ada' })).toContain('does not look complete');
  expect(await bodyOf({ email: newEmail(), password: 'short' })).toContain('id="password-error"');
  expect(await bodyOf({ email: newEmail(), password: 'qwertyuiop' })).toContain('attackers');
});

test('I9: signing up twice with one form makes one account', async () => {
  const visitor = visitPages(cell.app);
  const form = await visitor.open('/en/account/sign-up');
  const attempt = /name="attempt" value="([^"]+)"/.exec(form.body)?.[1] ?? '';
  const fields = { email: newEmail(), attempt };
  const answers = [await signUp(visitor, fields), await signUp(visitor, fields)];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303]);
});

test('a wrong password is told without a hint, and too many lock the account for a while', async () => {
  const email = newEmail();
  await newCustomer(email);
  const visitor = visitPages(cell.app);
  const wrong = await signIn(visitor, email, 'wrong battery');
  expect(wrong.statusCode).toBe(401);
  const nobody = await signIn(visitor, newEmail(), 'wrong battery');
  const factOf = (body: string) => /id="email-error">([^<]+)/.exec(body)?.[1];
  expect(factOf(nobody.body)).toBe(factOf(wrong.body));
  for (let tries = 0; tries < 5; tries += 1) await signIn(visitor, email, 'wrong battery');
  const locked = await signIn(visitor, email);
  expect(locked.statusCode).toBe(429);
  expect(locked.body).toContain('locked for a minute');
});

test('a session goes on when its access token has ended, on pages that are opened at once', async () => {
  const visitor = await newCustomer();
  const before = visitor.cookie('shop_refresh');
  cell.clock.advance(20 * 60 * 1000);
  const [first, second] = await Promise.all([
    visitor.open('/en/account'),
    visitor.open('/en/account/profile'),
  ]);
  expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
  expect(visitor.cookie('shop_refresh')).not.toBe(before);
  expect((await visitor.open('/en/account')).statusCode).toBe(200);
});

test('signing out ends the session for the tokens too, and forgets the cart', async () => {
  const visitor = await newCustomer();
  const variant = cell.products[0].variants[0]?.id as string;
  await visitor.post('/en/cart', { intent: 'add', variant, quantity: '1' });
  const refresh = visitor.cookie('shop_refresh') ?? '';
  await visitor.post('/en/account/sign-out', {});
  for (const name of ['shop_access', 'shop_refresh', 'shop_cart']) {
    expect(visitor.cookie(name)).toBeUndefined();
  }
  const thief = visitPages(cell.app);
  thief.setCookie('shop_refresh', refresh);
  expect((await thief.open('/en/account')).headers.location).toContain('/account/sign-in');
});

test("a guest's cart comes along, to an account of another partition, and no line is doubled", async () => {
  const email = newEmail();
  await newCustomer(email);
  const guest = visitPages(cell.app);
  for (const [index, quantity] of [2, 1].entries()) {
    const variant = cell.products[index]?.variants[0]?.id as string;
    await guest.post('/en/cart', { intent: 'add', variant, quantity: String(quantity) });
  }
  const cartBefore = guest.cookie('shop_cart');
  let answer = await signIn(guest, email, PASSWORD, '/cart');
  const addresses: string[] = [];
  while (answer.statusCode === 303) {
    addresses.push(String(answer.headers.location));
    answer = await guest.open(addresses.at(-1) as string);
  }
  expect(addresses.at(-1)).toBe('/en/cart');
  expect(answer.body).toMatch(/data-cart-count="3"/);
  const take = addresses.find((address) => address.includes('/cart/take'));
  if (take !== undefined) {
    expect(guest.cookie('shop_cart')).not.toBe(cartBefore);
    await guest.open(take);
    expect((await guest.open('/en/cart')).body).toMatch(/data-cart-count="3"/);
  }
});

test('what a customer buys is listed, and opens for them alone', async () => {
  const visitor = await newCustomer();
  const variant = cell.products[0].variants[0]?.id as string;
  // Without a router each request may be for another partition; a cart in the customer's own is theirs.
  const { body: me } = await cell.send('GET', '/v1/me', {
    headers: { authorization: `Bearer ${visitor.cookie('shop_access')}` },
  });
  expect((await visitor.open('/en/account')).body).toContain('No orders yet');
  const bought = await buyAsCustomer(visitor, me.id as string, variant);
  const page = await visitor.open('/en/account');
  expect(page.body).toContain(`href="/en/orders/${bought}"`);
  const own = await visitor.open(`/en/orders/${bought}`);
  expect(own.body).toContain('Friedrichstr. 1');
  expect((await visitPages(cell.app).open(`/en/orders/${bought}`)).statusCode).toBe(401);
});

test('details are corrected, and what does not fit is refused', async () => {
  const visitor = await newCustomer();
  const saved = await visitor.post('/en/account/profile', { name: 'Ada King', language: 'fr' });
  expect(saved.headers.location).toBe('/en/account/profile?saved=1');
  const page = await visitor.open('/en/account/profile');
  expect(page.body).toContain('value="Ada King"');
  const refused = await visitor.post('/en/account/profile', {
    name: 'x'.repeat(201),
    language: 'fr',
  });
  expect(refused.statusCode).toBe(422);
});
