import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let first: string;
let second: string;
/** Called before each step of each change; a stop is an error that it throws, as a crash would be. */
let observe: (step: string) => void | Promise<void> = () => undefined;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway, observeCheckout: (step) => observe(step) });
  first = cell.products[0].variants[0]?.id ?? '';
  second = cell.products[1].variants[0]?.id ?? '';
  for (const variantId of [first, second]) await cell.stock(variantId, 1_000);
});

beforeEach(() => {
  observe = () => undefined;
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

const newKey = (): string => `key-${Math.random()}`;
const stockOf = async (): Promise<number[]> => {
  const available = await cell.inventory.availableOf([first, second]);
  return [available.get(first) ?? 0, available.get(second) ?? 0];
};

/** A guest's paid order of three units of one vendor and one of another. */
async function buy() {
  const cartId = await cell.readyCart([
    { variantId: first, quantity: 3 },
    { variantId: second, quantity: 1 },
  ]);
  const { body } = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: newKey(),
  });
  const link = await cell.send('POST', `/v1/order-groups/${body.id}/tracking-token`, {
    body: { cartId },
  });
  return { group: body, token: link.body.token as string };
}

type Bought = Awaited<ReturnType<typeof buy>>;

const preview = ({ group, token }: Bought, what: object) =>
  cell.send('POST', `/v1/order-groups/${group.id}/changes/preview`, {
    body: { kind: 'cancel', token, ...what },
  });
const confirm = (bought: Bought, what: object, expectedMinor: number, key = newKey()) =>
  cell.send('POST', `/v1/order-groups/${bought.group.id}/changes`, {
    body: { kind: 'cancel', reason: 'changed-mind', expectedMinor, token: bought.token, ...what },
    key,
  });
const cancel = async (bought: Bought, what: object) =>
  confirm(bought, what, (await preview(bought, what)).body.refundMinor);

async function chargeOf({ group }: Bought) {
  const answer = await fetch(
    `${gateway.url}/v1/payments?partition=${partitionOfId(group.id)}&limit=100`,
    { headers: { authorization: `Bearer ${gateway.apiKey}` } },
  );
  const { payments } = (await answer.json()) as {
    payments: { amountMinor: number; capturedMinor: number; refundedMinor: number }[];
  };
  return payments.find((payment) => payment.amountMinor === group.totalMinor);
}

const readGroup = async ({ group }: Bought) =>
  (await cell.send('GET', `/v1/order-groups/${group.id}`)).body;

describe('canceling an order', () => {
  test('as a whole gives back exactly what was charged, and the units go on sale again (I2, I3)', async () => {
    const before = await stockOf();
    const bought = await buy();
    const seen = await preview(bought, {});
    expect(seen.body).toMatchObject({ refundMinor: bought.group.totalMinor, releaseMinor: 0 });
    const canceled = await confirm(bought, {}, bought.group.totalMinor);

    expect(canceled).toMatchObject({ status: 201, body: { kind: 'cancel', origin: 'shopper' } });
    expect(await stockOf()).toEqual(before);
    expect(await chargeOf(bought)).toMatchObject({ refundedMinor: bought.group.totalMinor });
    const group = await readGroup(bought);
    expect(group.orders.map((order: { state: string }) => order.state)).toEqual([
      'canceled',
      'canceled',
    ]);
    expect(group.payment).toMatchObject({ refundedMinor: bought.group.totalMinor });
    const again = await preview(bought, {});
    expect(again).toMatchObject({ status: 409, body: { reason: 'nothing-left' } });
  });

  test('by units, by line and by order sums to what was charged (I2)', async () => {
    const before = await stockOf();
    const bought = await buy();
    const line = bought.group.orders
      .flatMap((order: { lines: { id: string; quantity: number }[] }) => order.lines)
      .find((entry: { quantity: number }) => entry.quantity === 3);
    const other = bought.group.orders.find(
      (order: { lines: { id: string }[] }) => order.lines[0]?.id !== line.id,
    );
    await cancel(bought, { lines: [{ lineId: line.id, quantity: 1 }] });
    const open = await readGroup(bought);
    expect(open.orders.map((order: { state: string }) => order.state)).toEqual(['paid', 'paid']);
    expect(await stockOf()).toEqual([(before[0] ?? 0) - 2, (before[1] ?? 0) - 1]);
    await cancel(bought, { orderId: other.id });
    await cancel(bought, { lines: [{ lineId: line.id }] });

    expect(await stockOf()).toEqual(before);
    expect(await chargeOf(bought)).toMatchObject({
      capturedMinor: bought.group.totalMinor,
      refundedMinor: bought.group.totalMinor,
    });
  });

  test('sent again with its key has one effect and the same answer (I9)', async () => {
    const bought = await buy();
    const key = newKey();
    const { totalMinor } = bought.group;
    const answers = await Promise.all([
      confirm(bought, {}, totalMinor, key),
      confirm(bought, {}, totalMinor, key),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    expect(await chargeOf(bought)).toMatchObject({ refundedMinor: totalMinor });
    const otherwise = await confirm(bought, { reason: 'other' }, totalMinor, key);
    expect(otherwise).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  test('by two at once under two keys gives the money back once (I2)', async () => {
    const bought = await buy();
    const { totalMinor } = bought.group;
    const answers = await Promise.all([
      confirm(bought, {}, totalMinor),
      confirm(bought, {}, totalMinor),
    ]);
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(await chargeOf(bought)).toMatchObject({ refundedMinor: totalMinor });
  });

  test('is refused where the money is not that of the preview, and says what it is now', async () => {
    const bought = await buy();
    const refused = await confirm(bought, {}, bought.group.totalMinor - 1);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        field: 'expectedMinor',
        reason: 'preview-outdated',
        preview: { refundMinor: bought.group.totalMinor },
      },
    });
    expect(await chargeOf(bought)).toMatchObject({ refundedMinor: 0 });
  });

  test.each([
    [{ lines: [{ lineId: 'oli_none' }] }, 'lines/0/lineId'],
    [{ orderId: 'ord_none' }, 'orderId'],
  ])('names what is wrong with %j', async (what, field) => {
    const refused = await preview(await buy(), what);
    expect(refused).toMatchObject({ status: 422, body: { code: 'unprocessable', field } });
  });

  test('is for who has the link of a guest’s order', async () => {
    const bought = await buy();
    const stranger = { ...bought, token: (await buy()).token };
    expect((await preview(stranger, {})).status).toBe(401);
    const without = await cell.send('POST', `/v1/order-groups/${bought.group.id}/changes/preview`, {
      body: { kind: 'cancel' },
    });
    expect(without).toMatchObject({ status: 401, body: { field: 'token' } });
  });
});

const moves = statement<{ state: string; kind: string; amount_minor: bigint }>(
  'test.moves',
  `SELECT state, kind, amount_minor FROM payment_moves WHERE partition = $1 AND order_group_id = $2`,
);
const changes = statement<{ state: string }>(
  'test.changes',
  'SELECT state FROM order_changes WHERE partition = $1 AND order_group_id = $2',
);

/** What a canceled order has come to, everywhere that it leaves a trace. */
async function traces(bought: Bought) {
  const partition = partitionOfId(bought.group.id) as Partition;
  const values = [partition, bought.group.id];
  const [moved, changed, charge] = await Promise.all([
    cell.sql.query(moves, values),
    cell.sql.query(changes, values),
    chargeOf(bought),
  ]);
  return {
    moves: moved.map((move) => [move.kind, move.state, Number(move.amount_minor)]),
    changes: changed.map((change) => change.state),
    refundedMinor: charge?.refundedMinor,
  };
}

const refunded = ({ group }: Bought) => ({
  moves: [['refund', 'done', group.totalMinor]],
  changes: ['done'],
  refundedMinor: group.totalMinor,
});

const recover = async (): Promise<void> => {
  cell.clock.advance(20_000);
  for (const job of cell.changeJobs) await job.run(new AbortController().signal);
};

describe('the saga of a change', () => {
  test.each(['record', 'move-money', 'settle'])(
    'stopped before "%s" twice is carried on to the end, once',
    async (step) => {
      const bought = await buy();
      let left = 2;
      observe = (name) => {
        if (name !== step || left === 0) return;
        left -= 1;
        throw new Error(`stopped before ${step}`);
      };
      expect((await confirm(bought, {}, bought.group.totalMinor)).status).toBe(201);
      await recover();
      await recover();
      expect(await traces(bought)).toEqual(refunded(bought));
      await recover();
      expect(await traces(bought)).toEqual(refunded(bought));
    },
  );

  test.each(['record', 'move-money', 'settle'])(
    'may repeat "%s": a second process does the same at the same time',
    async (step) => {
      const bought = await buy();
      const other = await startCommerceCell({
        gateway,
        clock: cell.clock,
        databaseUrl: cell.databaseUrl,
      });
      let repeats = 0;
      observe = async (name) => {
        if (name !== step || repeats > 0) return;
        repeats += 1;
        cell.clock.advance(20_000);
        for (const job of other.changeJobs) await job.run(new AbortController().signal);
      };
      await confirm(bought, {}, bought.group.totalMinor);
      await other.shutDown();
      expect(repeats).toBe(1);
      expect(await traces(bought)).toEqual(refunded(bought));
    },
  );
});
