import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CommerceCell,
  createCellDatabase,
  startCommerceCell,
} from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';
import { HOLD_MS } from './context.ts';

/**
 * The three tests of every saga: undone at each of its steps, undone twice, and each action
 * repeated. A stop is an error that the observer throws before the action, as a crash would be.
 */

let gateway: SandboxProcess;
let cell: CommerceCell;
let drop: () => Promise<void>;
let variantId: string;
/** Called before each action of each checkout. */
let observe: (step: string, phase: 'run' | 'undo') => void | Promise<void> = () => undefined;

beforeAll(async () => {
  gateway = await startSandbox();
  const database = await createCellDatabase();
  drop = database.drop;
  cell = await startCommerceCell({
    gateway,
    observeCheckout: (step, phase) => observe(step, phase),
  });
  variantId = cell.products[0].variants[0]?.id ?? '';
  await cell.stock(variantId, 1_000);
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
  await drop();
});

const STEPS = ['reserve-stock', 'authorize-payment', 'place-orders', 'capture-payment'] as const;

async function begin(token: string) {
  const cartId = await cell.readyCart([{ variantId, quantity: 2 }]);
  const key = `saga-${Math.random()}`;
  const answer = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token } },
    key,
  });
  const cart = await cell.send('GET', `/v1/carts/${cartId}`);
  return { cartId, key, answer, groupId: cart.body.orderGroupId as string };
}

const heldUnits = statement<{ state: string; units: bigint }>(
  'test.held-units',
  `SELECT state, sum(quantity)::int8 AS units FROM stock_reservations
   WHERE partition = $1 AND order_group_id = $2 GROUP BY state`,
);

/** What a checkout has come to, everywhere that it leaves a trace. */
async function traces(cartId: string, groupId: string) {
  const partition = partitionOfId(cartId) as Partition;
  const [group, cart, held, charges] = await Promise.all([
    cell.send('GET', `/v1/order-groups/${groupId}`),
    cell.send('GET', `/v1/carts/${cartId}`),
    cell.sql.query(heldUnits, [partition, groupId]),
    fetch(`${gateway.url}/v1/payments?partition=${partition}&limit=100`, {
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    }).then((answer) => answer.json() as Promise<{ payments: { status: string }[] }>),
  ]);
  return {
    group: group.body.state,
    orders: group.body.orders.length,
    cart: cart.body.state,
    units: held.map((row) => [row.state, Number(row.units)]),
    charges: charges.payments.map((payment) => payment.status),
  };
}

const PAID = {
  group: 'paid',
  orders: 1,
  cart: 'ordered',
  units: [['committed', 2]],
  charges: ['captured'],
};
const UNDONE = { group: 'canceled', orders: 0, cart: 'open', units: [['released', 2]] };

const recover = () => cell.checkout.recovery.run(new AbortController().signal);

/** Fails before the action named, as often as given. */
function stopBefore(step: string, phase: 'run' | 'undo', times = 1): void {
  let left = times;
  observe = (name, what) => {
    if (name !== step || what !== phase || left === 0) return;
    left -= 1;
    throw new Error(`stopped before ${phase} of ${step}`);
  };
}

describe('the checkout saga', () => {
  test.each(STEPS)('stopped before "%s" is carried on to the end, once', async (step) => {
    stopBefore(step, 'run', 2);
    const { cartId, groupId, key, answer } = await begin('tok_visa');
    expect(answer.status).toBe(500);
    cell.clock.advance(20_000);
    await recover().catch(() => undefined);
    cell.clock.advance(20_000);
    await recover();

    expect(await traces(cartId, groupId)).toEqual(PAID);
    observe = () => undefined;
    const again = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
      body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
      key,
    });
    expect(again).toMatchObject({ status: 201, body: { id: groupId, state: 'paid' } });
  });

  test.each(['place-orders', 'authorize-payment', 'reserve-stock'] as const)(
    'stopped while it is undone, before "%s", ends in a clean slate, also when undone twice',
    async (step) => {
      stopBefore(step, 'undo', 2);
      const { cartId, groupId, answer } = await begin('tok_declined');
      expect(answer.status).toBe(500);
      cell.clock.advance(20_000);
      await recover().catch(() => undefined);
      cell.clock.advance(20_000);
      await recover();
      observe = () => undefined;

      expect(await traces(cartId, groupId)).toMatchObject({ ...UNDONE, charges: ['declined'] });
      await cell.checkout.resume(partitionOfId(groupId) as Partition, groupId);
      expect(await traces(cartId, groupId)).toMatchObject({ ...UNDONE, charges: ['declined'] });
    },
  );

  test.each(STEPS)(
    'may repeat "%s": a second process does the same at the same time',
    async (step) => {
      const other = await startCommerceCell({
        gateway,
        clock: cell.clock,
        databaseUrl: (await cell.sql.query(databaseUrl))[0]?.url ?? '',
      });
      let repeated: Promise<unknown> | undefined;
      let repeats = 0;
      observe = async (name, phase) => {
        if (name !== step || phase !== 'run' || repeats > 0) return;
        repeats += 1;
        const due = cell.clock;
        due.advance(20_000);
        repeated = other.checkout.recovery.run(new AbortController().signal);
        await repeated;
      };
      const { cartId, groupId, answer } = await begin('tok_visa');
      observe = () => undefined;
      await repeated;
      await other.shutDown();

      expect(repeats).toBe(1);
      expect(answer.status).toBe(201);
      const id = groupId ?? (answer.body.id as string);
      expect(await traces(cartId, id)).toEqual(PAID);
    },
  );

  test('places the order when the challenge is passed at the moment in which it expires', async () => {
    const { cartId, groupId, answer } = await begin('tok_3ds');
    await fetch(answer.body.action.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'approve' }),
    });
    cell.clock.advance(HOLD_MS + 1_000);
    await recover();
    expect(await traces(cartId, groupId)).toEqual(PAID);
  });
});

/** The connection string that this test's database is reached at. */
const databaseUrl = statement<{ url: string }>(
  'test.database-url',
  `SELECT format('postgres://%s@%s:%s/%s', current_user, host(inet_server_addr()),
                 inet_server_port(), current_database()) AS url`,
);
