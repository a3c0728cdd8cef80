import { newGlobalId, type Partition, partitionOfId } from '@commerce/contracts/ids';
import { sampleRate } from '@commerce/contracts/samples/catalog-documents';
import { statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Catalogue,
  type CommerceCell,
  sampleCatalogue,
  startCommerceCell,
} from '../../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let variantId: string;
let vendorId: string;
/** Called before each step; a stop is an error that it throws, as a crash would be. */
let observe: (step: string) => void | Promise<void> = () => undefined;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({
    gateway,
    observeCheckout: (step) => observe(step),
    catalogue: soldInJapan(),
  });
  variantId = cell.products[0].variants[0]?.id ?? '';
  vendorId = cell.vendors[0].id;
  await cell.stock(variantId, 1_000);
});

beforeEach(() => {
  observe = () => undefined;
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

/** The catalogue of tests, sold in Japan as well, where the money is taken with the parcel. */
function soldInJapan(): Catalogue {
  const { vendors, products } = sampleCatalogue();
  const inYen = { market: 'jp', currency: 'JPY' };
  for (const vendor of vendors) {
    (vendor.shippingRates as object[]).push(
      sampleRate({ id: newGlobalId('shp'), ...inYen, amountMinor: 770 }),
    );
  }
  for (const variant of products.flatMap((product) => product.variants)) {
    (variant.prices as object[]).push({ ...inYen, amountMinor: 12_345 });
  }
  return { vendors, products };
}

const TOKYO = {
  currency: 'JPY',
  address: {
    name: '中村 花子',
    line1: '1-1-1',
    postalCode: '100-0001',
    city: '千代田区',
    region: '東京都',
    country: 'JP',
  },
};

const newKey = (): string => `key-${Math.random()}`;

/** Sends a request as the control plane does for a vendor. */
const ask = (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  { key = newKey(), caller = 'control-plane' } = {},
) =>
  cell.send(method, `/internal/v1/${path}`, {
    headers: {
      authorization: signServiceCall(new Uint8Array(32).fill(3), {
        caller,
        audience: 'eu-de-1',
        clock: cell.clock,
      }),
    },
    ...(body !== undefined && { body, key }),
  });

/** An order of five units, in a market that takes the money at once or with the parcel. */
async function buy(market: 'eu' | 'jp' = 'eu') {
  const cartId =
    market === 'eu'
      ? await cell.readyCart([{ variantId, quantity: 5 }])
      : await cell.readyCart([{ variantId, quantity: 5 }], TOKYO);
  const { body } = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: newKey(),
  });
  const [order] = body.orders;
  return { group: body, order, lineId: order.lines[0].id as string };
}

type Bought = Awaited<ReturnType<typeof buy>>;

const ship = ({ order }: Bought, quantity: number | undefined, lineId: string, key = newKey()) =>
  ask(
    'POST',
    `orders/${order.id}/shipments`,
    {
      vendorId,
      carrier: 'DHL',
      trackingNumber: '00340 43416',
      lines: [{ lineId, ...(quantity !== undefined && { quantity }) }],
    },
    { key },
  );
const details = async ({ order }: Bought) =>
  (await ask('GET', `orders/${order.id}?vendorId=${vendorId}`)).body;
const cancelRest = async ({ order }: Bought) => {
  const { body } = await ask('POST', `orders/${order.id}/changes/preview`, { vendorId });
  const expectedMinor = body.refundMinor + body.releaseMinor;
  return ask('POST', `orders/${order.id}/changes`, {
    vendorId,
    reason: 'out-of-stock',
    expectedMinor,
  });
};

async function chargeOf({ group }: Bought) {
  const answer = await fetch(
    `${gateway.url}/v1/payments?partition=${partitionOfId(group.id)}&limit=100`,
    { headers: { authorization: `Bearer ${gateway.apiKey}` } },
  );
  const { payments } = (await answer.json()) as {
    payments: { amountMinor: number; capturedMinor: number; status: string }[];
  };
  return payments.find((payment) => payment.amountMinor === group.totalMinor);
}

const pool = statement<{ available: bigint; shipped: bigint; committed: bigint; received: bigint }>(
  'test.pool',
  `SELECT available, shipped_total AS shipped, received_total AS received,
     (SELECT coalesce(sum(quantity), 0)::int8 FROM stock_reservations r
      WHERE r.variant_id = p.variant_id AND r.state IN ('reserved', 'committed')) AS committed
   FROM stock_pool p WHERE variant_id = $1`,
);
const poolNow = async () => {
  const [row] = await cell.sql.query(pool, [variantId]);
  if (row === undefined) throw new Error('no pool');
  // I3, the cell's part.
  expect(row.available + row.committed + row.shipped).toBe(row.received);
  return row;
};

describe('a vendor', () => {
  test('sends an order in two parcels, and each is on its way with its units (I3)', async () => {
    const before = await poolNow();
    const bought = await buy();
    const first = await ship(bought, 2, bought.lineId);
    expect(first).toMatchObject({
      status: 201,
      body: { state: 'shipped', carrier: 'DHL', lines: [{ quantity: 2 }] },
    });
    expect(await details(bought)).toMatchObject({ fulfillment: 'partially-shipped' });
    await ship(bought, undefined, bought.lineId);

    const shown = await details(bought);
    expect(shown).toMatchObject({
      state: 'paid',
      fulfillment: 'shipped',
      lines: [{ quantity: 5, shippedQuantity: 5, canceledQuantity: 0 }],
      shipments: [{ lines: [{ quantity: 2 }] }, { lines: [{ quantity: 3 }] }],
    });
    const after = await poolNow();
    expect(after.shipped - before.shipped).toBe(5n);
    expect(after.committed).toBe(before.committed);
    const [report] = (await cell.inventory.pendingReports(10)).filter(
      (entry) => entry.variantId === variantId,
    );
    expect(report?.shippedTotal).toBe(Number(after.shipped));
    for (const { id } of shown.shipments)
      await ask('POST', `shipments/${id}/delivered`, { vendorId });
    expect(await details(bought)).toMatchObject({ fulfillment: 'delivered' });
  });

  test('cancels what it can’t send, and the shopper gets that back', async () => {
    const bought = await buy();
    await ship(bought, 4, bought.lineId);
    const canceled = await cancelRest(bought);
    expect(canceled.status).toBe(201);
    const shown = await details(bought);
    expect(shown).toMatchObject({
      state: 'paid',
      fulfillment: 'shipped',
      lines: [{ shippedQuantity: 4, canceledQuantity: 1 }],
      changes: [{ origin: 'vendor', reason: 'out-of-stock', lines: [{ quantity: 1 }] }],
    });
    expect(canceled.body.refundMinor).toBe(bought.order.lines[0].unitPriceMinor);
    await poolNow();
  });

  test('sends a parcel once for each key (I9), and not what is not there', async () => {
    const bought = await buy();
    const key = newKey();
    const [one, two] = await Promise.all([
      ship(bought, 3, bought.lineId, key),
      ship(bought, 3, bought.lineId, key),
    ]);
    expect(one.body).toEqual(two.body);
    const tooMany = await ship(bought, 3, bought.lineId);
    expect(tooMany).toMatchObject({
      status: 422,
      body: { field: 'lines/0/quantity', shippable: 2 },
    });
  });

  test('sees where its parcels go, which is written down, and not another vendor’s', async () => {
    const bought = await buy();
    const path = `orders/${bought.order.id}/ship-to`;
    const shown = await ask('POST', path, { vendorId, userId: 'usr_1' });
    expect(shown.body).toMatchObject({ address: { city: 'Berlin', name: 'Ada Lovelace' } });
    const other = { vendorId: cell.vendors[1].id, userId: 'usr_2' };
    expect((await ask('POST', path, other)).status).toBe(404);
    const noted = await cell.sql.query(transfers, [bought.order.id]);
    expect(noted).toEqual([
      {
        recipient: vendorId,
        recipient_user: 'usr_1',
        fields: 'city country line1 name postalCode',
      },
    ]);
    expect((await ask('GET', `orders/${bought.order.id}?vendorId=${other.vendorId}`)).status).toBe(
      404,
    );
    const stranger = await ask('POST', path, { vendorId, userId: 'usr_1' }, { caller: 'cellctl' });
    expect(stranger).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

const transfers = statement<{ recipient: string; recipient_user: string; fields: string }>(
  'test.transfers',
  'SELECT recipient, recipient_user, fields FROM data_transfers WHERE subject = $1',
);
const trail = statement<{ payment: string; captured: bigint; released: bigint; grp: string }>(
  'test.trail',
  `SELECT p.state AS payment, p.captured_minor AS captured, p.released_minor AS released, g.state AS grp
   FROM payments p JOIN order_groups g ON g.partition = p.partition AND g.id = p.order_group_id
   WHERE p.partition = $1 AND p.order_group_id = $2`,
);
const trailOf = async ({ group }: Bought) =>
  (await cell.sql.query(trail, [partitionOfId(group.id) as Partition, group.id]))[0];
const recover = async (): Promise<void> => {
  cell.clock.advance(20_000);
  for (const job of cell.changeJobs) await job.run(new AbortController().signal);
};

describe('where the money is taken with the parcel', () => {
  test('each parcel takes its own, and together they take the total exactly (I2)', async () => {
    const bought = await buy('jp');
    expect(bought.group).toMatchObject({ state: 'placed', payment: { capturedMinor: 0 } });
    for (const quantity of [1, 3]) {
      expect((await ship(bought, quantity, bought.lineId)).status).toBe(201);
    }
    expect(await trailOf(bought)).toMatchObject({ payment: 'partially-captured', grp: 'placed' });
    await ship(bought, undefined, bought.lineId);

    expect(await chargeOf(bought)).toMatchObject({ capturedMinor: bought.group.totalMinor });
    expect(await trailOf(bought)).toMatchObject({
      payment: 'captured',
      captured: BigInt(bought.group.totalMinor),
      grp: 'paid',
    });
    expect(await details(bought)).toMatchObject({ state: 'paid', fulfillment: 'shipped' });
  });

  test('what is canceled is never taken; captures and releases sum to the total (I2)', async () => {
    const bought = await buy('jp');
    await ship(bought, 2, bought.lineId);
    const canceled = await cancelRest(bought);
    expect(canceled.body).toMatchObject({ refundMinor: 0 });
    expect(canceled.body.releaseMinor).toBeGreaterThan(0);
    const charge = await chargeOf(bought);
    expect((charge?.capturedMinor ?? 0) + canceled.body.releaseMinor).toBe(bought.group.totalMinor);
    expect(await trailOf(bought)).toMatchObject({ payment: 'captured' });
    expect(await details(bought)).toMatchObject({ state: 'paid', fulfillment: 'shipped' });
  });

  test('an order that is canceled before anything was sent lets all of it go', async () => {
    const bought = await buy('jp');
    const canceled = await cancelRest(bought);
    expect(canceled.body).toMatchObject({ refundMinor: 0, releaseMinor: bought.group.totalMinor });
    expect(await chargeOf(bought)).toMatchObject({ status: 'canceled', capturedMinor: 0 });
    expect(await trailOf(bought)).toMatchObject({ payment: 'canceled' });
  });

  test.each(['record', 'take-money', 'send'])(
    'stopped before "%s" twice is carried on to the end, once',
    async (step) => {
      const bought = await buy('jp');
      let left = 2;
      observe = (name) => {
        if (name !== step || left === 0) return;
        left -= 1;
        throw new Error(`stopped before ${step}`);
      };
      expect((await ship(bought, undefined, bought.lineId)).body.state).toBe('capturing');
      const meanwhile = await ship(bought, 1, bought.lineId);
      expect(meanwhile).toMatchObject({ status: 409, body: { reason: 'shipment-under-way' } });
      await recover();
      await recover();
      await recover();
      expect(await chargeOf(bought)).toMatchObject({ capturedMinor: bought.group.totalMinor });
      expect((await details(bought)).shipments).toMatchObject([{ state: 'shipped' }]);
      await poolNow();
    },
  );

  test('a parcel whose money is refused does not leave, also when undone twice, and can be sent no more', async () => {
    const bought = await buy('jp');
    // The gateway lets the payment go behind the shop's back, as it does when an authorisation expires.
    await fetch(`${gateway.url}/v1/payments/${await gatewayIdOf(bought)}/cancel`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': newKey(),
      },
      body: '{}',
    });
    let left = 1;
    observe = (name) => {
      if (name !== 'take-money' || left === 0) return;
      left -= 1;
      throw new Error('stopped');
    };
    await ship(bought, 2, bought.lineId);
    await recover();
    await recover();
    expect(await details(bought)).toMatchObject({
      fulfillment: 'unfulfilled',
      lines: [{ shippedQuantity: 0 }],
      shipments: [{ state: 'refused' }],
    });
    expect((await trailOf(bought))?.captured).toBe(0n);
    await poolNow();
  });
});

async function gatewayIdOf({ group }: Bought): Promise<string> {
  const answer = await fetch(
    `${gateway.url}/v1/payments?partition=${partitionOfId(group.id)}&limit=100`,
    { headers: { authorization: `Bearer ${gateway.apiKey}` } },
  );
  const { payments } = (await answer.json()) as { payments: { id: string; amountMinor: number }[] };
  return payments.find((payment) => payment.amountMinor === group.totalMinor)?.id ?? '';
}
