import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { signInVendors, type VendorAccount } from './vendors.ts';
import { type Answer, createShopper, sendJson, type Shopper } from './shopper.ts';
import { eventually } from './eventually.ts';

/** The first whole path, on the real fleet: four cells, each of them a process with a database. */

/** Killed at the end, for good. */
const DEAD = ['control plane', 'directory', 'cell eu-fr-1', 'cell us-east-1', 'cell us-west-1'];
let fleet: FleetUnderTest;
let vendors: readonly VendorAccount[];

beforeAll(async () => {
  fleet = await startFleetUnderTest({
    cells: ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'],
    flags: ['--products', '60', '--no-restart', DEAD.join(',')],
  });
  vendors = await signInVendors(fleet);
}, 120_000);

afterAll(async () => {
  await fleet.stop();
});

interface Offer {
  readonly variantId: string;
  readonly sku: string;
  readonly vendorId: string;
}

/** Variants for sale, of as many vendors as the first page has. */
async function offers(shopper: Shopper): Promise<readonly Offer[]> {
  const page = await shopper.send('GET', '/v1/products?limit=40');
  const found: Offer[] = [];
  for (const { handle } of page.body.items as { handle: string }[]) {
    const { body } = await shopper.send('GET', `/v1/products/${handle}`);
    const variant = body.variants.find((entry: { available: number }) => entry.available > 3);
    if (variant !== undefined) {
      found.push({ variantId: variant.id, sku: variant.sku, vendorId: body.vendor.id });
    }
    if (new Set(found.map((offer) => offer.vendorId)).size > 2) break;
  }
  return [...new Map(found.map((offer) => [offer.vendorId, offer])).values()];
}

async function gatewayPayments(): Promise<
  readonly { reference: string; status: string; capturedMinor: number }[]
> {
  const payments = new Map<string, { reference: string; status: string; capturedMinor: number }>();
  let after = 0;
  for (;;) {
    const page = await sendJson(`${fleet.gateway}/v1/ledger?after=${after}&limit=1000`, 'GET', {
      token: fleet.gatewayKey,
    });
    const entries = page.body.entries as { seq: number; payment: { id: string } }[];
    for (const entry of entries) payments.set(entry.payment.id, entry.payment as never);
    const last = entries.at(-1);
    if (last === undefined) return [...payments.values()];
    after = last.seq;
  }
}

async function setStock(
  vendor: VendorAccount,
  sku: string,
  onHand: number,
  split: Record<string, number>,
) {
  const answer = await sendJson(
    `${fleet.controlPlane}/v1/vendors/${vendor.vendorId}/stock/${encodeURIComponent(sku)}`,
    'PUT',
    { token: vendor.token, body: { onHand, asOf: new Date().toISOString(), split } },
  );
  expect(answer.status).toBe(200);
}

const availableAt = async (
  shopper: Shopper,
  handle: string,
  variantId: string,
): Promise<number> => {
  const { body } = await shopper.send('GET', `/v1/products/${handle}`);
  return body.variants.find((entry: { id: string }) => entry.id === variantId).available;
};

describe('a shopper', () => {
  test.each([
    ['DE', /^eu-de-1$/],
    ['FR', /^eu-fr-1$/],
    ['US', /^us-(east|west)-1$/],
  ])('from %s lands in the nearest cell and stays there', async (country, cell) => {
    const shopper = createShopper(fleet.url, country);
    await shopper.send('GET', '/v1/products?limit=1');
    const first = shopper.cell();
    expect(first).toMatch(cell);
    await shopper.fillCart([]);
    expect(shopper.cell()).toBe(first);
  });

  test('buys from two vendors with a 3-D Secure challenge; each vendor sees its own order', async () => {
    const shopper = createShopper(fleet.url, 'DE');
    const [one, two] = await offers(shopper);
    if (one === undefined || two === undefined) throw new Error('the demo has too few vendors');
    const cartId = await shopper.fillCart([
      { variantId: one.variantId, quantity: 2 },
      { variantId: two.variantId, quantity: 1 },
    ]);
    const waiting = await shopper.checkOut(cartId, 'tok_3ds');
    expect(waiting).toMatchObject({ status: 202, body: { status: 'action_required' } });

    const page = await fetch(waiting.body.action.url);
    expect(await page.text()).toContain('<form');
    const challenge = await sendJson(waiting.body.action.url, 'POST', {
      body: { outcome: 'approve' },
    });
    expect(challenge.status).toBeLessThan(400);

    // Nobody asks again: the gateway's webhook finds its cell through the router.
    const group = await eventually(async () => {
      const { body } = await shopper.send('GET', `/v1/order-groups/${waiting.body.orderGroupId}`);
      return body.state === 'paid' ? body : undefined;
    });
    expect(group.orders).toHaveLength(2);
    const total = group.orders.reduce(
      (sum: number, order: { totalMinor: number }) => sum + order.totalMinor,
      0,
    );
    expect(group.totalMinor).toBe(total);
    expect(group.payment).toMatchObject({ state: 'captured', capturedMinor: total });

    for (const order of group.orders as { id: string; vendor: { id: string } }[]) {
      const vendor = vendors.find((entry) => entry.vendorId === order.vendor.id);
      const seen = await eventually(async () => {
        const { body } = await sendJson(
          `${fleet.controlPlane}/v1/vendors/${order.vendor.id}/orders?limit=50`,
          'GET',
          { token: vendor?.token ?? '' },
        );
        return (body.items as { orderId: string }[]).find((entry) => entry.orderId === order.id);
      });
      expect(JSON.stringify(seen)).not.toContain('ada@example.com');
      expect(JSON.stringify(seen)).toContain('eu-de-1');
    }
  });
});

/** As a client does that a busy cell asks to come again: with the same key, until it is told. */
async function checkOutPatiently(buyer: Shopper, cart: string): Promise<Answer> {
  const key = randomUUID();
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await buyer.checkOut(cart, 'tok_visa', key);
    if (answer.status !== 503 || Date.now() > deadline) return answer;
    await sleep(Number(answer.headers.get('retry-after')) * 1_000);
  }
}

describe('a variant with 50 units', () => {
  test('and 200 buyers at once sells 50 times, with 150 clear refusals (I3)', async () => {
    const scout = createShopper(fleet.url, 'DE');
    const listed = await scout.send('GET', '/v1/products?limit=5');
    const { handle } = listed.body.items[4] as { handle: string };
    const product = await scout.send('GET', `/v1/products/${handle}`);
    const { id: variantId, sku } = product.body.variants[0] as { id: string; sku: string };
    const vendor = vendors.find((entry) => entry.vendorId === product.body.vendor.id);
    if (vendor === undefined) throw new Error('the vendor has no demo account');
    await setStock(vendor, sku, 50, { 'eu-de-1': 1 });
    await eventually(async () =>
      (await availableAt(scout, handle, variantId)) === 50 ? true : undefined,
    );

    const buyers = Array.from({ length: 200 }, () => createShopper(fleet.url, 'DE'));
    const carts: string[] = [];
    for (let index = 0; index < buyers.length; index += 25) {
      const part = buyers.slice(index, index + 25);
      carts.push(
        ...(await Promise.all(part.map((buyer) => buyer.fillCart([{ variantId, quantity: 1 }])))),
      );
    }
    const answers = await Promise.all(
      buyers.map(async (buyer, index) => checkOutPatiently(buyer, carts[index] ?? '')),
    );

    const outcomes: Record<string, number> = {};
    for (const { status, body } of answers) {
      const outcome = `${status} ${(body.code as string | undefined) ?? ''}`.trim();
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(outcomes).toEqual({ 201: 50, '409 out-of-stock': 150 });
    // The router's kept page goes within moments of the last sale.
    await eventually(async () =>
      (await availableAt(scout, handle, variantId)) === 0 ? true : undefined,
    );
    const stock = await eventually(async () => {
      const { body } = await sendJson(`${fleet.controlPlane}/v1/stock/${variantId}`, 'GET', {
        token: vendor.token,
      });
      const cells = body.cells as { available: number; reserved: number; committed: number }[];
      const committed = cells.reduce((sum, cell) => sum + cell.committed, 0);
      return committed === 50 ? body : undefined;
    });
    expect(stock).toMatchObject({ onHand: 50, unallotted: 0 });
  }, 60_000);
});

describe('a cell that is killed in the middle of 500 checkouts', () => {
  test('loses none and doubles none: each acknowledged order is there once, each charge has one (I1, I2)', async () => {
    const scout = createShopper(fleet.url, 'DE');
    const [offer, second] = await offers(scout);
    const vendor = vendors.find((entry) => entry.vendorId === offer?.vendorId);
    if (offer === undefined || second === undefined || vendor === undefined)
      throw new Error('no offer');
    // While their nearest cell is away, new shoppers are pinned to the next one of the jurisdiction.
    await setStock(vendor, offer.sku, 4_000, { 'eu-de-1': 1, 'eu-fr-1': 1 });

    /** What a client knows at the end: the journal that I1 is checked against. */
    const journal: { cartId: string; groupId: string; totalMinor: number }[] = [];
    let acknowledged = 0;
    let killed = false;
    const buy = async (): Promise<void> => {
      const shopper = createShopper(fleet.url, 'DE');
      const cartId = await persist(() =>
        shopper.fillCart([{ variantId: offer.variantId, quantity: 1 }]),
      );
      const key = crypto.randomUUID();
      const answer = await persist(async () => {
        const tried = await shopper.checkOut(cartId, 'tok_visa', key);
        if (tried.status !== 201)
          throw new Error(`answered ${tried.status} ${JSON.stringify(tried.body)}`);
        return tried;
      });
      journal.push({ cartId, groupId: answer.body.id, totalMinor: answer.body.totalMinor });
      acknowledged += 1;
      if (acknowledged >= 150 && !killed) {
        killed = true;
        await fleet.signal('cell eu-de-1', 'SIGKILL');
      }
    };
    let left = 500;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (left-- > 0) await buy();
      }),
    );

    expect(killed).toBe(true);
    await fleet.said(/^cell eu-de-1 is back/);
    expect(journal).toHaveLength(500);
    expect(new Set(journal.map((entry) => entry.groupId)).size).toBe(500);
    const charges = new Map<string, number>();
    for (const payment of await gatewayPayments()) {
      if (payment.status === 'captured') charges.set(payment.reference, payment.capturedMinor);
    }
    for (const { groupId, totalMinor } of journal) {
      const { body } = await scout.send('GET', `/v1/order-groups/${groupId}`);
      expect(body).toMatchObject({
        state: 'paid',
        totalMinor,
        payment: { capturedMinor: totalMinor },
      });
      expect(body.orders).toHaveLength(1);
    }
    // A checkout whose first try died with the cell was carried on under its own key, or undone.
    const settled = await eventually(async () => {
      const open = (await gatewayPayments()).filter((payment) => payment.status === 'authorized');
      return open.length === 0 ? true : undefined;
    }, 40_000);
    expect(settled).toBe(true);
    const captured = (await gatewayPayments()).filter((payment) => payment.status === 'captured');
    expect(captured.length).toBe(charges.size);
    const stock = await eventually(async () => {
      const { body } = await sendJson(`${fleet.controlPlane}/v1/stock/${offer.variantId}`, 'GET', {
        token: vendor.token,
      });
      const cells = body.cells as { available: number; reserved: number; committed: number }[];
      const reserved = cells.reduce((sum, cell) => sum + cell.reserved, 0);
      const held = cells.reduce((sum, cell) => sum + cell.available + cell.committed, 0);
      return reserved === 0 && held === 4_000 ? body : undefined;
    });
    expect(stock).toMatchObject({ onHand: 4_000, unallotted: 0 });
  }, 120_000);
});

/** Tries again while the cell is away, as a client does that keeps its key. */
async function persist<Result>(action: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Buys one unit of the first thing that is there. */
async function buyOne(shopper: Shopper): Promise<number> {
  const list = await shopper.send('GET', '/v1/products?limit=20');
  const offered = (list.body.items as { variants: { id: string; available: number }[] }[])
    .flatMap((item) => item.variants)
    .find((variant) => variant.available > 0);
  const cartId = await shopper.fillCart([{ variantId: offered?.id ?? '', quantity: 1 }]);
  const answer = await shopper.checkOut(cartId);
  expect(shopper.cell()).toBe('eu-de-1');
  return answer.status;
}

describe('with control plane, directory and three of four cells killed', () => {
  test('the fourth goes on selling, to known shoppers and to new ones, also after the router was killed', async () => {
    const known = createShopper(fleet.url, 'DE');
    expect(await buyOne(known)).toBe(201);

    for (const part of DEAD) await fleet.signal(part, 'SIGKILL');
    for (const part of DEAD) await fleet.said(new RegExp(`^${part} ended .*stays down`));

    expect(await buyOne(known)).toBe(201);
    expect(await buyOne(createShopper(fleet.url, 'DE'))).toBe(201);

    await fleet.signal('router', 'SIGKILL');
    await fleet.said(/^router is back/);
    expect(await buyOne(known)).toBe(201);
    expect(await buyOne(createShopper(fleet.url, 'DE'))).toBe(201);

    // Those whose cell is dead are told so, at once and in the platform's own words.
    const american = await createShopper(fleet.url, 'US').send('GET', '/v1/products?limit=1');
    expect(american.status).toBe(503);
    expect(american.body).toMatchObject({ code: 'unavailable' });
    expect(american.headers.get('retry-after')).toMatch(/^\d+$/);
  }, 60_000);
});
