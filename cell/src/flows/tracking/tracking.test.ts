import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let cartId: string;
let groupId: string;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  const variantId = cell.products[0].variants[0]?.id as string;
  await cell.stock(variantId, 50);
  cartId = await cell.readyCart([{ variantId, quantity: 2 }]);
  groupId = (await buy(cartId)).body.id as string;
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

let keys = 0;
const buy = (cart: string, payment: Record<string, string> = {}) =>
  cell.send('POST', `/v1/carts/${cart}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa', ...payment } },
    key: `tracking-test-${(keys += 1)}`,
  });
const tokenOf = async (group: string, body: Record<string, string> = { cartId }) =>
  cell.send('POST', `/v1/order-groups/${group}/tracking-token`, { body });
const follow = (group: string, token?: string) =>
  cell.send(
    'GET',
    `/v1/order-groups/${group}/tracking${token === undefined ? '' : `?token=${token}`}`,
  );

describe('a tracking link', () => {
  it('shows how far an order is, and neither address nor whole email', async () => {
    const { token, expiresAt } = (await tokenOf(groupId)).body;
    expect(new Date(expiresAt as string).getTime()).toBeGreaterThan(cell.clock.nowMs());
    const { status, body, headers } = await follow(groupId, token as string);
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toMatchObject({
      state: 'paid',
      email: 'a•••@example.com',
      destination: { city: 'Berlin', country: 'DE' },
    });
    expect(JSON.stringify(body)).not.toMatch(/Friedrichstr|ada@|cart_/);
    expect(
      body.orders[0].steps.map(({ code, state }: Record<string, string>) => [code, state]),
    ).toEqual([
      ['placed', 'done'],
      ['paid', 'done'],
      ['preparing', 'current'],
      ['delivered', 'upcoming'],
    ]);
    expect(body.orders[0].expected.from <= body.orders[0].expected.to).toBe(true);
  });

  it('is given to who knows the cart, and to nobody who knows the order alone', async () => {
    expect((await tokenOf(groupId, {})).status).toBe(403);
    const other = await cell.readyCart([]);
    expect((await tokenOf(groupId, { cartId: other })).body).toMatchObject({
      code: 'forbidden',
      field: 'cartId',
    });
    const { body } = await cell.send('GET', `/v1/order-groups/${groupId}`);
    expect(body.cartId).toBeUndefined();
  });

  it('is for one order group', async () => {
    const variantId = cell.products[0].variants[0]?.id as string;
    const second = await cell.readyCart([{ variantId, quantity: 1 }]);
    const other = (await buy(second)).body.id as string;
    const { token } = (await tokenOf(groupId)).body;
    expect((await follow(other, token as string)).status).toBe(401);
    expect((await follow(groupId)).body).toMatchObject({ code: 'unauthenticated', field: 'token' });
  });

  it.each(['x', 'tv97p1.AAAAAAAAAAAAAAAAAAAAAA', `${'9'.repeat(7)}.${'_'.repeat(22)}`])(
    'is none where it is %j',
    async (token) => {
      expect((await follow(groupId, token)).body).toMatchObject({ code: 'invalid-token' });
    },
  );

  it('ends, and says so', async () => {
    const { token } = (await tokenOf(groupId)).body;
    cell.clock.advance(121 * 24 * 60 * 60 * 1000);
    expect((await follow(groupId, token as string)).body).toMatchObject({
      code: 'invalid-token',
      expired: true,
    });
  });
});

describe('an address to come back to', () => {
  it('is a page of the shop itself, with the id of the checkout in it', async () => {
    const variantId = cell.products[0].variants[0]?.id as string;
    const cart = await cell.readyCart([{ variantId, quantity: 1 }]);
    const pending = await buy(cart, {
      token: 'tok_3ds',
      returnUrl: 'http://shop.test/en/orders/{orderGroupId}/payment',
    });
    expect(pending.status).toBe(202);
    const decided = await fetch(pending.body.action.url as string, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'outcome=approve',
    });
    expect(decided.headers.get('location')).toBe(
      `http://shop.test/en/orders/${pending.body.orderGroupId}/payment`,
    );
  });

  it.each([
    'http://evil.test/',
    'https://shop.test/',
    'http://shop.test.evil.test/',
    'http://shop.test@evil.test/',
  ])('is refused where it is %j, and nothing has happened', async (returnUrl) => {
    const variantId = cell.products[0].variants[0]?.id as string;
    const cart = await cell.readyCart([{ variantId, quantity: 1 }]);
    const refused = await buy(cart, { returnUrl });
    expect(refused.body).toMatchObject({ code: 'unprocessable', field: 'payment/returnUrl' });
    expect((await cell.send('GET', `/v1/carts/${cart}`)).body.state).toBe('open');
  });
});

describe('the list of what one can pay with', () => {
  it("has the gateway's own test cards, by what they do", async () => {
    const { body } = await cell.send('GET', '/v1/payment-methods');
    const [method] = body.items;
    expect(method).toMatchObject({ gateway: 'sandbox', pageOrigins: [gateway.url] });
    const outcomes = new Map<string, string>(
      method.testCards.map((card: Record<string, string>) => [card['token'], card['outcome']]),
    );
    expect(outcomes.get('tok_visa')).toBe('approved');
    expect(outcomes.get('tok_3ds')).toBe('challenge');
    expect(outcomes.get('tok_expired_card')).toBe('declined');
    expect(outcomes.get('tok_timeout')).toBe('unusual');
  });
});
