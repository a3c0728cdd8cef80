import { partitionOfId } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CommerceCell,
  createCellDatabase,
  startCommerceCell,
} from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';
import { HOLD_MS } from './context.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let drop: () => Promise<void>;
let first: string;
let second: string;

beforeAll(async () => {
  gateway = await startSandbox();
  const database = await createCellDatabase();
  drop = database.drop;
  cell = await startCommerceCell({ gateway });
  first = cell.products[0].variants[0]?.id ?? '';
  second = cell.products[1].variants[0]?.id ?? '';
  await cell.stock(first, 1_000);
  await cell.stock(second, 1_000);
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await drop();
});

const pay = (token: string) => ({ payment: { gateway: 'sandbox', token } });
let keys = 0;
const newKey = (): string => `key-${(keys += 1)}-${Math.random()}`;

async function checkOut(cartId: string, token = 'tok_visa', key = newKey()) {
  return cell.send('POST', `/v1/carts/${cartId}/checkout`, { body: pay(token), key });
}

async function availableOf(variantId: string): Promise<number> {
  return (await cell.inventory.availableOf([variantId])).get(variantId) ?? 0;
}

async function chargesOf(cartId: string) {
  const partition = partitionOfId(cartId);
  const answer = await fetch(`${gateway.url}/v1/payments?partition=${partition}&limit=100`, {
    headers: { authorization: `Bearer ${gateway.apiKey}` },
  });
  return ((await answer.json()) as { payments: { status: string; capturedMinor: number }[] })
    .payments;
}

describe('a checkout', () => {
  test('buys from two vendors: one group, one order each, one charge of its total (I2)', async () => {
    const cartId = await cell.readyCart([
      { variantId: first, quantity: 2 },
      { variantId: second, quantity: 1 },
    ]);
    const before = await availableOf(first);
    const answer = await checkOut(cartId);

    expect(answer.status).toBe(201);
    expect(answer.body.state).toBe('paid');
    expect(answer.body.orders).toHaveLength(2);
    const total = answer.body.orders.reduce(
      (sum: number, order: { totalMinor: number }) => sum + order.totalMinor,
      0,
    );
    expect(answer.body.totalMinor).toBe(total);
    expect(answer.headers['x-partition-position']).toMatch(/^1\.\d+$/);
    // No standby follows this cell, and nobody waits for one.
    expect(answer.headers['x-durability']).toBe('degraded');
    const charges = await chargesOf(cartId);
    expect(charges).toMatchObject([{ status: 'captured', capturedMinor: total }]);
    expect(await availableOf(first)).toBe(before - 2);
    const group = await cell.send('GET', `/v1/order-groups/${answer.body.id}`);
    expect(group.body.orders).toEqual(answer.body.orders);
    expect(group.body).not.toHaveProperty('email');
  });

  test('sent again with its key gives the same answer and has one effect (I9)', async () => {
    const cartId = await cell.readyCart([{ variantId: first, quantity: 1 }]);
    const key = newKey();
    const answers = await Promise.all([
      checkOut(cartId, 'tok_visa', key),
      checkOut(cartId, 'tok_visa', key),
    ]);
    const again = await checkOut(cartId, 'tok_visa', key);

    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    expect(again.body).toEqual(answers[0]?.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await chargesOf(cartId)).toHaveLength(1);
    const other = await checkOut(cartId, 'tok_mastercard', key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(await checkOut(cartId)).toMatchObject({ status: 409, body: { code: 'cart-closed' } });
  });

  test.each([
    ['tok_declined', 402, 'payment-declined'],
    ['tok_unheard_of', 422, 'unprocessable'],
  ])('that the gateway refuses (%s) gives everything back', async (token, status, code) => {
    const cartId = await cell.readyCart([{ variantId: first, quantity: 3 }]);
    const before = await availableOf(first);
    const key = newKey();
    const answer = await checkOut(cartId, token, key);

    expect(answer).toMatchObject({ status, body: { code, field: 'payment/token' } });
    expect(await availableOf(first)).toBe(before);
    const again = await checkOut(cartId, token, key);
    expect(again).toMatchObject({ status, body: answer.body });
    expect((await checkOut(cartId)).status).toBe(201);
  });

  test('with a 3-D Secure challenge waits, and is placed once it is passed', async () => {
    const cartId = await cell.readyCart([{ variantId: second, quantity: 1 }]);
    const key = newKey();
    const waiting = await checkOut(cartId, 'tok_3ds', key);

    expect(waiting).toMatchObject({ status: 202, body: { status: 'action_required' } });
    const challenge = await fetch(waiting.body.action.url.replace(/\/$/, ''), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'approve' }),
    });
    expect(challenge.ok).toBe(true);
    const placed = await checkOut(cartId, 'tok_3ds', key);
    expect(placed).toMatchObject({ status: 201, body: { state: 'paid' } });
  });

  test('whose challenge nobody passes ends, and its units are free again', async () => {
    const cartId = await cell.readyCart([{ variantId: second, quantity: 4 }]);
    const before = await availableOf(second);
    const waiting = await checkOut(cartId, 'tok_3ds');
    expect(await availableOf(second)).toBe(before - 4);

    cell.clock.advance(HOLD_MS + 1_000);
    await cell.checkout.recovery.run(new AbortController().signal);

    expect(await availableOf(second)).toBe(before);
    const group = await cell.send('GET', `/v1/order-groups/${waiting.body.orderGroupId}`);
    expect(group.body).toMatchObject({ state: 'canceled', cancelReason: 'expired' });
    expect(await chargesOf(cartId)).toMatchObject([{ status: 'canceled' }]);
    expect((await cell.send('GET', `/v1/carts/${cartId}`)).body.state).toBe('open');
  });

  test('gives way to another one of the same cart while it waits for a challenge', async () => {
    const cartId = await cell.readyCart([{ variantId: second, quantity: 1 }]);
    const waiting = await checkOut(cartId, 'tok_3ds');
    const paid = await checkOut(cartId, 'tok_visa');

    expect(paid).toMatchObject({ status: 201, body: { state: 'paid' } });
    const abandoned = await cell.send('GET', `/v1/order-groups/${waiting.body.orderGroupId}`);
    expect(abandoned.body).toMatchObject({ state: 'canceled', cancelReason: 'superseded' });
    expect((await chargesOf(cartId)).map((charge) => charge.status).toSorted()).toEqual([
      'canceled',
      'captured',
    ]);
  });

  test('whose gateway does not answer in time asks what has become of it', async () => {
    const cartId = await cell.readyCart([{ variantId: first, quantity: 1 }]);
    const answer = await checkOut(cartId, 'tok_timeout');
    expect(answer).toMatchObject({ status: 201, body: { state: 'paid' } });
    expect(await chargesOf(cartId)).toHaveLength(1);
  });

  test('of a cart that is not ready says everything that is missing, and changes nothing', async () => {
    const cart = await cell.send('POST', '/v1/carts', { body: { currency: 'EUR', country: 'DE' } });
    const answer = await checkOut(cart.body.id);
    expect(answer).toMatchObject({ status: 409, body: { code: 'cart-not-ready' } });
    expect(answer.body.problems.map((problem: { code: string }) => problem.code)).toEqual([
      'cart-empty',
      'email-missing',
      'shipping-address-missing',
    ]);
    const keyless = await cell.send('POST', `/v1/carts/${cart.body.id}/checkout`, {
      body: pay('tok_visa'),
    });
    expect(keyless).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } });
  });

  test('never sells more than there is, whoever comes at once (I3)', async () => {
    const variantId = cell.products[0].variants[1]?.id ?? '';
    await cell.stock(variantId, 10);
    const carts = await Promise.all(
      Array.from({ length: 30 }, () => cell.readyCart([{ variantId, quantity: 1 }])),
    );
    const answers = await Promise.all(carts.map((cartId) => checkOut(cartId)));

    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(10);
    const refused = answers.filter((answer) => answer.status !== 201);
    expect(refused.every((answer) => answer.body.code === 'out-of-stock')).toBe(true);
    expect(refused[0]?.body.problems).toMatchObject([{ variantId, available: 0 }]);
    expect(await availableOf(variantId)).toBe(0);
    const committed = statement<{ units: bigint }>(
      'test.committed',
      `SELECT sum(quantity)::int8 AS units FROM stock_reservations
       WHERE variant_id = $1 AND state = 'committed'`,
    );
    expect((await cell.sql.query(committed, [variantId]))[0]?.units).toBe(10n);
  });
});
