import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  describeCells,
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../testing-control-plane.ts';

/** A cell that says how far its catalogue is, and nothing else. */
interface SayingCell {
  readonly url: string;
  readonly server: Server;
  appliedSeq: number;
}

async function startCell(): Promise<SayingCell> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    const { appliedSeq } = cell;
    response.end(JSON.stringify({ catalog: { appliedSeq, sourceSeq: 0, lagMs: 40, asOf: null } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cell: SayingCell = { url: `http://127.0.0.1:${port}`, server, appliedSeq: 0 };
  return cell;
}

let plane: TestControlPlane;
let europe: SayingCell;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let other: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
const products: { id: string; variants: { id: string; sku: string }[] }[] = [];

beforeAll(async () => {
  europe = await startCell();
  plane = await startTestControlPlane({
    cells: [
      ...describeCells(['eu-de-1'], europe.url),
      ...describeCells(['us-east-1', 'jp-east-1']),
    ],
  });
  [vendor, other] = await Promise.all([
    plane.signUpVendor('nordlicht'),
    plane.signUpVendor('maison'),
  ]);
  await plane.catalog.putCategories([
    { handle: 'shirts', parent: null, names: { en: 'Shirts' }, position: 1 },
  ]);
  for (const [handle, title] of [
    ['linen-shirt', 'Leinenhemd'],
    ['oak-lamp', 'Eichenlampe 100%'],
    ['wool-scarf', 'Wollschal'],
  ] as const) {
    const sample = sampleProduct({ handle, titles: { de: title } });
    const variants = sample.variants.map((variant) => ({
      ...variant,
      sku: `${handle.toUpperCase()}-${variant.options['size']}`,
    }));
    const view = await plane.catalog.createProduct(vendor.id, { ...sample, variants });
    products.push(view.product as never);
  }
});
afterAll(async () => {
  await plane.close();
  europe.server.close();
});

const get = async (url: string, headers = vendor.headers) => {
  const answer = await plane.app.inject({ url, headers });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
};
const count = (sku: string, onHand: number) =>
  plane.app.inject({
    method: 'PUT',
    url: `/v1/vendors/${vendor.id}/stock/${sku}`,
    headers: vendor.headers,
    payload: { onHand, asOf: new Date().toISOString() },
  });
const handlesOf = async (query: string) => {
  const { body } = await get(`/v1/vendors/${vendor.id}/products${query}`);
  return (body['items'] as { handle: string }[]).map(({ handle }) => handle);
};
const skusOf = async (query: string) => {
  const { body } = await get(`/v1/vendors/${vendor.id}/stock${query}`);
  return (body['items'] as { sku: string }[]).map(({ sku }) => sku);
};

describe('the list of own products', () => {
  test('finds by words of any language, by parts of them, and by the beginning of a SKU', async () => {
    expect(await handlesOf('')).toEqual(['wool-scarf', 'oak-lamp', 'linen-shirt']);
    expect(await handlesOf('?q=LEINEN')).toEqual(['linen-shirt']);
    expect(await handlesOf('?q=eichen%20lamp')).toEqual(['oak-lamp']);
    expect(await handlesOf('?q=WOOL-SCARF-')).toEqual(['wool-scarf']);
    expect(await handlesOf('?q=100%25')).toEqual(['oak-lamp']);
    expect(await handlesOf('?q=%25')).toEqual(['oak-lamp']);
    expect(await handlesOf('?q=nothing')).toEqual([]);
  });

  test('pages by key, tells status and stock, and leaves out what is archived', async () => {
    const first = await get(`/v1/vendors/${vendor.id}/products?limit=2`);
    const next = String(first.body['nextCursor']);
    expect(await handlesOf(`?limit=2&cursor=${next}`)).toEqual(['linen-shirt']);
    await count('WOOL-SCARF-s', 9);
    const { body } = await get(`/v1/vendors/${vendor.id}/products?q=wollschal`);
    expect(body['items']).toMatchObject([
      { handle: 'wool-scarf', status: 'active', variants: 2, onHand: 9, sellable: 0 },
    ]);
    const archived = products[0]?.id ?? '';
    await plane.catalog.archiveProduct({ vendorId: vendor.id, productId: archived }, 'any');
    expect(await handlesOf('')).toEqual(['wool-scarf', 'oak-lamp']);
    expect(await handlesOf('?status=archived')).toEqual(['linen-shirt']);
    const refused = await get(`/v1/vendors/${vendor.id}/products`, other.headers);
    expect(refused.status).toBe(403);
  });
});

describe('the list of own stock', () => {
  test('is in the order of the SKUs, pages by key and finds by title', async () => {
    const all = ['OAK-LAMP-m', 'OAK-LAMP-s', 'WOOL-SCARF-m', 'WOOL-SCARF-s'];
    expect(await skusOf('')).toEqual(all);
    const first = await get(`/v1/vendors/${vendor.id}/stock?limit=3`);
    const next = String(first.body['nextCursor']);
    expect(await skusOf(`?limit=3&cursor=${next}`)).toEqual(['WOOL-SCARF-s']);
    expect(await skusOf('?q=eichenlampe')).toEqual(['OAK-LAMP-m', 'OAK-LAMP-s']);
  });

  test('shows what runs low, and the last page has none after it', async () => {
    await count('OAK-LAMP-m', 40);
    const reported = await plane.app.inject({
      method: 'POST',
      url: '/v1/stock/reports',
      headers: plane.asCell('eu-de-1'),
      payload: {
        cell: 'eu-de-1',
        reports: [
          {
            variantId: products[1]?.variants.find(({ sku }) => sku === 'OAK-LAMP-m')?.id,
            receivedTotal: 10,
            returnedTotal: 0,
            openingTotal: 0,
            movedInTotal: 0,
            movedOutTotal: 0,
            available: 10,
            reserved: 0,
            committed: 0,
            version: 1,
            generation: 1,
          },
        ],
      },
    });
    expect(reported.json()).toMatchObject({ applied: 1, refused: [] });
    const low = await get(`/v1/vendors/${vendor.id}/stock?atMost=5`);
    const skus = (low.body['items'] as { sku: string }[]).map(({ sku }) => sku);
    expect(skus).toEqual(['OAK-LAMP-s', 'WOOL-SCARF-m', 'WOOL-SCARF-s']);
    expect(low.body['nextCursor']).toBeNull();
  });

  test('tells what happened to the units of a SKU', async () => {
    const { body } = await get(`/v1/vendors/${vendor.id}/stock/OAK-LAMP-m/movements`);
    expect(body['items']).toMatchObject([{ kind: 'count', delta: 40 }]);
    const unknown = await get(`/v1/vendors/${vendor.id}/stock/NONE/movements`);
    expect(unknown.status).toBe(404);
  });
});

describe('where a product is live', () => {
  test('is told by cell: live, behind, not answering, or not selling it at all', async () => {
    const { id } = products[2] as { id: string };
    const target = { vendorId: vendor.id, productId: id };
    await plane.catalog.editProduct(target, 'any', (present) => ({
      ...present,
      variants: present.variants.map((variant) => ({
        ...variant,
        prices: variant.prices.filter(({ market }) => market === 'eu'),
      })),
    }));
    const look = async () => (await get(`/v1/catalog/products/${id}/replication`)).body as never;
    const before = (await look()) as { seq: number };
    expect(before).toMatchObject({
      liveIn: 0,
      servedBy: 2,
      cells: [
        { cell: 'eu-de-1', state: 'behind', appliedSeq: 0 },
        { cell: 'us-east-1', state: 'not-served' },
        { cell: 'jp-east-1', state: 'unknown', appliedSeq: null },
      ],
    });
    europe.appliedSeq = before.seq;
    await expect.poll(look, { timeout: 5_000 }).toMatchObject({ liveIn: 1, servedBy: 2 });
    await plane.catalog.editProduct(target, 'any', (present) => ({
      ...present,
      titles: { de: 'Wollschal, neu' },
    }));
    await expect.poll(look, { timeout: 5_000 }).toMatchObject({ liveIn: 0, servedBy: 2 });
    const refused = await get(`/v1/catalog/products/${id}/replication`, other.headers);
    expect(refused.status).toBe(403);
  });
});
