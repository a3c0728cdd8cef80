import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProductDocument } from '@commerce/contracts/catalog';
import { newPartitionId, newGlobalId, type Partition } from '@commerce/contracts/ids';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  describeCells,
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../../testing-control-plane.ts';

/** A cell's event feed as its contract says: a batch that is not confirmed is sent again. */
interface FeedServer {
  readonly url: string;
  readonly server: Server;
  events: unknown[];
  confirmed: number;
  readonly acks: (string | null)[];
  failing: boolean;
  verify: (authorization: string | undefined) => void;
}

async function startFeed(): Promise<FeedServer> {
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      if (feed.failing || request.url !== '/internal/v1/events/pull') {
        response.writeHead(503).end();
        return;
      }
      feed.verify(request.headers.authorization);
      const { ack, limit } = JSON.parse(text) as { ack: string | null; limit: number };
      feed.acks.push(ack);
      if (ack !== null) feed.confirmed = Math.max(feed.confirmed, Number(ack));
      const events = feed.events.slice(feed.confirmed, feed.confirmed + limit);
      response.setHeader('content-type', 'application/json');
      const reached = feed.confirmed + events.length;
      const more = reached < feed.events.length;
      response.end(JSON.stringify({ events, ack: String(reached), more }));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const feed: FeedServer = {
    url: `http://127.0.0.1:${port}`,
    server,
    events: [],
    confirmed: 0,
    acks: [],
    failing: false,
    verify: () => undefined,
  };
  return feed;
}

const PARTITION = 'eu-1f3' as Partition;
let version = 0;
function envelope(type: string, data: Record<string, unknown>) {
  version += 1;
  return {
    specversion: '1.0',
    id: `${PARTITION}/1.${version}/0`,
    type,
    source: 'eu-de-1',
    subject: String(data['orderId']),
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    partition: PARTITION,
    epoch: 1,
    version,
    data,
  };
}

function placed(vendorId: string, placedAt: string, variantId: string = newGlobalId('var')) {
  const orderId = newPartitionId('ord', PARTITION);
  return envelope('order.placed.v1', {
    orderId,
    orderGroupId: newPartitionId('grp', PARTITION),
    displayNumber: 'E-1001',
    vendorId,
    state: 'placed',
    market: 'eu',
    shipToCountry: 'DE',
    currency: 'EUR',
    itemsMinor: 4_900,
    shippingMinor: 490,
    taxMinor: 861,
    totalMinor: 5_390,
    placedAt,
    lines: [
      {
        variantId,
        sku: 'SHIRT-S',
        title: 'Linen shirt',
        quantity: 1,
        unitPriceMinor: 4_900,
        totalMinor: 4_900,
      },
    ],
  });
}

let plane: TestControlPlane;
let feed: FeedServer;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;

beforeAll(async () => {
  feed = await startFeed();
  const [first] = describeCells(['eu-de-1'], feed.url);
  plane = await startTestControlPlane({
    cells: [...(first === undefined ? [] : [first]), ...describeCells(['us-east-1'])],
  });
  feed.verify = (authorization) => {
    const expected = { audience: 'eu-de-1', clock: plane.deps.clock };
    expect(verifyServiceCall(plane.deps.serviceKey, authorization, expected)).toBe('control-plane');
  };
  vendor = await plane.signUpVendor('nordlicht');
});
afterAll(async () => {
  await plane.close();
  feed.server.close();
});

interface Page {
  items: { orderId: string; state: string; cell: string; totalMinor: number }[];
  nextCursor: string | null;
  completeness: {
    cell: string;
    reachable: boolean;
    asOf: string | null;
    lagMs: number | null;
    refusedEvents: number;
  }[];
}
const listOrders = async (query = '') =>
  (
    await plane.app.inject({
      url: `/v1/vendors/${vendor.id}/orders${query}`,
      headers: vendor.headers,
    })
  ).json() as Page;
/** Follows the cell until it has confirmed all that there is. */
const pull = async (): Promise<void> => {
  const following = plane.orders.followCell('eu-de-1');
  await expect
    .poll(() => feed.confirmed, { timeout: 10_000, interval: 5 })
    .toBe(feed.events.length);
  await following.stop();
};
const completenessOf = async (cell: string) =>
  (await plane.orders.completeness()).find((row) => row.cell === cell);

describe('a vendor’s orders', () => {
  test('come from the cells, newest first, with what is known of each cell', async () => {
    const before = await listOrders();
    expect(before.completeness).toEqual([
      { cell: 'eu-de-1', reachable: false, asOf: null, lagMs: null, refusedEvents: 0 },
      { cell: 'us-east-1', reachable: false, asOf: null, lagMs: null, refusedEvents: 0 },
    ]);
    const orders = [1, 2, 3].map((day) => placed(vendor.id, `2026-02-0${day}T10:00:00Z`));
    feed.events.push(...orders, placed(newGlobalId('ven'), '2026-02-04T10:00:00Z'));
    await pull();
    const page = await listOrders('?limit=2');
    const ids = orders.map(({ data }) => data['orderId']);
    expect(page.items.map(({ orderId }) => orderId)).toEqual([ids[2], ids[1]]);
    expect(page.items[0]).toMatchObject({ cell: 'eu-de-1', state: 'placed', totalMinor: 5_390 });
    const rest = await listOrders(`?limit=2&cursor=${page.nextCursor}`);
    expect(rest.items.map(({ orderId }) => orderId)).toEqual([ids[0]]);
    expect(rest.nextCursor).toBeNull();
    const [german, american] = page.completeness;
    expect(german).toMatchObject({ cell: 'eu-de-1', reachable: true });
    expect(german?.lagMs).toBeLessThan(60_000);
    expect(american).toMatchObject({ reachable: false, asOf: null });
    const one = await plane.app.inject({
      url: `/v1/vendors/${vendor.id}/orders/${String(ids[0])}`,
      headers: vendor.headers,
    });
    expect(one.json()).toMatchObject({ orderId: ids[0], lines: [{ sku: 'SHIRT-S' }] });
  });

  test('are found by their number, id, state and cell', async () => {
    const { items: all } = await listOrders();
    const [newest] = all;
    expect(await listOrders('?q=e-10')).toMatchObject({ items: all });
    expect(await listOrders(`?q=${newest?.orderId}`)).toMatchObject({ items: [newest] });
    expect((await listOrders('?q=%25')).items).toEqual([]);
    expect(await listOrders('?state=placed&cell=eu-de-1')).toMatchObject({ items: all });
    expect((await listOrders('?state=paid')).items).toEqual([]);
    expect((await listOrders('?cell=us-east-1')).items).toEqual([]);
  });

  test('are there once, however often an event comes, and follow their state', async () => {
    const order = placed(vendor.id, '2026-02-10T10:00:00Z');
    const { orderId } = order.data;
    const shipped = envelope('order.state-changed.v1', {
      orderId,
      vendorId: vendor.id,
      from: 'placed',
      to: 'shipped',
      at: '2026-02-11T10:00:00Z',
    });
    feed.events.push(order, shipped, order, shipped);
    await pull();
    const before = await listOrders();
    // As after a crash before the confirmation: all is sent again.
    feed.confirmed = 0;
    feed.acks.length = 0;
    await pull();
    expect(feed.acks[0]).toBeNull();
    const after = await listOrders();
    expect(after.items).toEqual(before.items);
    expect(after.items.filter((one) => one.orderId === orderId)).toMatchObject([
      { state: 'shipped' },
    ]);
  });

  test('say what could not be read, and go on behind it', async () => {
    const good = placed(vendor.id, '2026-02-12T10:00:00Z');
    const broken = { ...placed(vendor.id, '2026-02-12T10:00:00Z'), data: { orderId: 'nonsense' } };
    feed.events.push(broken, { not: 'an envelope' }, good);
    await pull();
    const { items: orders, completeness } = await listOrders();
    expect(orders[0]?.orderId).toBe(good.data['orderId']);
    expect(completeness[0]?.refusedEvents).toBe(2);
  });

  test('are shown from what is known while the cell is away', async () => {
    feed.failing = true;
    const following = plane.orders.followCell('eu-de-1');
    await expect
      .poll(() => completenessOf('eu-de-1'), { timeout: 10_000, interval: 5 })
      .toMatchObject({ reachable: false });
    const { items: orders, completeness } = await listOrders();
    expect(orders.length).toBeGreaterThan(0);
    expect(completeness[0]).toMatchObject({ cell: 'eu-de-1', reachable: false });
    feed.failing = false;
    await expect
      .poll(() => completenessOf('eu-de-1'), { timeout: 10_000, interval: 5 })
      .toMatchObject({ reachable: true });
    await following.stop();
  });

  test('are read by the job without being asked', async () => {
    await plane.startJobs();
    const order = placed(vendor.id, '2026-02-20T10:00:00Z');
    feed.events.push(order);
    const deadline = Date.now() + 10_000;
    let newest: string | undefined;
    while (newest !== order.data['orderId'] && Date.now() < deadline) {
      newest = (await listOrders('?limit=1')).items[0]?.orderId;
      await sleep(20);
    }
    expect(newest).toBe(order.data['orderId']);
  });

  test('add up by day, cell and currency, with what sold best and what is not known', async () => {
    const today = new Date().toISOString();
    const canceled = placed(vendor.id, today);
    const dollars = placed(vendor.id, today);
    Object.assign(dollars.data, { currency: 'USD', totalMinor: 700 });
    feed.events.push(
      placed(vendor.id, today),
      placed(vendor.id, today),
      dollars,
      canceled,
      envelope('order.state-changed.v1', {
        orderId: canceled.data['orderId'],
        vendorId: vendor.id,
        from: 'placed',
        to: 'canceled',
        at: today,
      }),
    );
    await expect
      .poll(() => feed.confirmed, { timeout: 10_000, interval: 5 })
      .toBe(feed.events.length);
    const url = `/v1/vendors/${vendor.id}/sales?days=1`;
    const { headers } = vendor;
    const sales = (await plane.app.inject({ url, headers })).json() as Record<string, unknown>;
    const day = today.slice(0, 10);
    expect(sales).toMatchObject({
      from: day,
      to: day,
      days: [
        { day, cell: 'eu-de-1', currency: 'EUR', orders: 2, units: 2, totalMinor: 10_780 },
        { day, cell: 'eu-de-1', currency: 'USD', orders: 1, units: 1, totalMinor: 700 },
      ],
      best: [
        { sku: 'SHIRT-S', currency: 'EUR', units: 2, totalMinor: 9_800 },
        { sku: 'SHIRT-S', currency: 'USD', units: 1 },
      ],
      completeness: [
        { cell: 'eu-de-1', reachable: true },
        { cell: 'us-east-1', reachable: false, asOf: null },
      ],
    });
  });

  test('say what the catalogue calls a sold thing, beside what the shopper read', async () => {
    const seller = await plane.signUpVendor('titles');
    await plane.catalog.putCategories([
      { handle: 'clothes', parent: null, names: { en: 'Clothes' }, position: 1 },
      { handle: 'shirts', parent: 'clothes', names: { en: 'Shirts' }, position: 2 },
    ]);
    const titles = { en: 'Linen shirt', de: 'Leinenhemd' };
    const created = await plane.app.inject({
      method: 'POST',
      url: '/v1/catalog/products',
      headers: seller.headers,
      payload: sampleProduct({ handle: 'sold-shirt', titles }),
    });
    const variantId = (created.json() as ProductDocument).variants[0]?.id;
    const now = new Date().toISOString();
    const order = placed(seller.id, now, variantId);
    const gone = placed(seller.id, now);
    const name = ({ data }: typeof order, sku: string): void => {
      const [line] = data['lines'] as Record<string, unknown>[];
      Object.assign(line ?? {}, { sku, title: 'قميص' });
    };
    name(order, 'SHIRT-S');
    name(gone, 'GONE');
    feed.events.push(order, gone);
    await expect
      .poll(() => feed.confirmed, { timeout: 10_000, interval: 5 })
      .toBe(feed.events.length);
    const read = async (path: string): Promise<unknown> =>
      (
        await plane.app.inject({ url: `/v1/vendors/${seller.id}${path}`, headers: seller.headers })
      ).json();
    expect(await read(`/orders/${String(order.data['orderId'])}`)).toMatchObject({
      lines: [{ title: 'قميص', titles }],
    });
    expect(await read(`/orders?q=${String(gone.data['orderId'])}`)).toMatchObject({
      items: [{ lines: [{ title: 'قميص', titles: {} }] }],
    });
    expect(await read('/sales?days=1')).toMatchObject({
      best: [
        { sku: 'GONE', title: 'قميص', titles: {} },
        { sku: 'SHIRT-S', title: 'قميص', titles },
      ],
    });
  });

  test('are for nobody else', async () => {
    const other = await plane.signUpVendor('other');
    const url = `/v1/vendors/${vendor.id}/orders`;
    expect((await plane.app.inject({ url, headers: other.headers })).statusCode).toBe(403);
    expect((await plane.app.inject({ url })).statusCode).toBe(401);
    const cursor = Buffer.from('["x",1]').toString('base64url');
    const bad = await plane.app.inject({ url: `${url}?cursor=${cursor}`, headers: vendor.headers });
    expect(bad.json()).toMatchObject({ status: 400, code: 'invalid-cursor' });
  });
});
