import { Readable } from 'node:stream';
import type { CatalogChangePage, ProductDocument, ProductInput } from '@commerce/contracts/catalog';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../../testing-control-plane.ts';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';

let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let rival: typeof vendor;

beforeAll(async () => {
  plane = await startTestControlPlane();
  vendor = await plane.signUpVendor('nordlicht');
  rival = await plane.signUpVendor('rival');
  await plane.catalog.putCategories([
    { handle: 'clothes', parent: null, names: { en: 'Clothes' }, position: 1 },
    { handle: 'shirts', parent: 'clothes', names: { en: 'Shirts' }, position: 2 },
  ]);
});
afterAll(() => plane.close());

type Payload = Record<string, unknown>;
const send = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: Payload | ProductInput,
  headers: Record<string, string> = {},
) =>
  plane.app.inject({
    method,
    url,
    headers: { ...vendor.headers, ...headers },
    ...(payload !== undefined && { payload }),
  });
const create = (change: Partial<ProductInput>) =>
  send('POST', '/v1/catalog/products', sampleProduct(change));
const skus = (...names: string[]): Partial<ProductInput> => ({
  variants: sampleProduct().variants.map((variant, index) => ({
    ...variant,
    sku: names[index] ?? variant.sku,
  })),
});
const readFeed = async (query: string): Promise<CatalogChangePage> =>
  (
    await plane.app.inject({
      url: `/v1/catalog/changes?${query}`,
      headers: plane.asCell('eu-de-1'),
    })
  ).json() as CatalogChangePage;

describe('a product', () => {
  test('is created, read, listed newest first, and in the feed', async () => {
    const created = await create({ handle: 'first', ...skus('F-S', 'F-M') });
    expect(created.statusCode).toBe(201);
    const product = created.json() as ProductDocument;
    await create({ handle: 'second', ...skus('X-S', 'X-M') });
    const read = await send('GET', `/v1/catalog/products/${product.id}`);
    expect(read.json()).toEqual(product);
    expect(read.headers['etag']).toBe('"1"');
    const page = (await send('GET', '/v1/catalog/products?limit=1')).json() as {
      items: ProductDocument[];
      nextCursor: string;
    };
    expect(page.items.map(({ handle }) => handle)).toEqual(['second']);
    const next = await send('GET', `/v1/catalog/products?limit=1&cursor=${page.nextCursor}`);
    expect(next.json()).toMatchObject({ items: [{ handle: 'first' }], nextCursor: null });
    const { changes } = await readFeed('after=0&limit=1000');
    expect(changes.find(({ id }) => id === product.id)?.document).toEqual(product);
  });

  test('keeps the id of a variant for its SKU, even when it was away for a while', async () => {
    const created = await create({ handle: 'stable', ...skus('ST-S', 'ST-M') });
    const { id, variants } = created.json() as ProductDocument;
    const url = `/v1/catalog/products/${id}`;
    const ifMatch = { 'if-match': '*' };
    const one = { ...sampleProduct({ handle: 'stable', ...skus('ST-S', 'ST-M') }) };
    await send('PUT', url, { ...one, variants: one.variants.slice(0, 1) }, ifMatch);
    const back = (await send('PUT', url, one, ifMatch)).json() as ProductDocument;
    expect(back.variants.map((variant) => variant.id)).toEqual(
      variants.map((variant) => variant.id),
    );
  });

  test('is edited only at the version that was read', async () => {
    const created = await create({ handle: 'edited', ...skus('E-S', 'E-M') });
    const url = `/v1/catalog/products/${(created.json() as ProductDocument).id}`;
    const patch = { status: 'draft' };
    expect((await send('PATCH', url, patch)).json()).toMatchObject({
      status: 428,
      field: 'if-match',
    });
    const edited = await send('PATCH', url, patch, { 'if-match': '"1"' });
    expect(edited.json()).toMatchObject({ status: 'draft', handle: 'edited' });
    expect(edited.headers['etag']).toBe('"2"');
    const stale = await send('PATCH', url, { status: 'active' }, { 'if-match': '"1"' });
    expect(stale.json()).toMatchObject({
      status: 412,
      code: 'precondition-failed',
      etag: '"2"',
    });
    const archived = await send('DELETE', url, undefined, { 'if-match': '"2"' });
    expect(archived.json()).toMatchObject({ status: 'archived' });
  });

  test('of another vendor can be neither read nor changed', async () => {
    const created = await create({ handle: 'mine', ...skus('M-S', 'M-M') });
    const url = `/v1/catalog/products/${(created.json() as ProductDocument).id}`;
    for (const method of ['GET', 'DELETE'] as const) {
      const answer = await plane.app.inject({ method, url, headers: rival.headers });
      expect(answer.json()).toMatchObject({ status: 403, code: 'forbidden' });
    }
  });

  const variants = sampleProduct().variants;
  const first = variants[0] as (typeof variants)[0];
  test.each<[string, Partial<ProductInput>, string]>([
    ['an unknown category', { categories: ['nowhere'] }, 'categories/0'],
    ['a repeated category', { categories: ['shirts', 'shirts'] }, 'categories/1'],
    [
      'a picture that is not there',
      { media: [{ hash: 'a'.repeat(64), contentType: 'image/png', width: 1, height: 1, alt: {} }] },
      'media/0/hash',
    ],
    [
      'an unknown value',
      { variants: [{ ...first, options: { size: 'xxl' } }] },
      'variants/0/options/size',
    ],
    [
      'an unknown option',
      { variants: [{ ...first, options: { size: 's', cut: 'slim' } }] },
      'variants/0/options/cut',
    ],
    ['a missing option', { variants: [{ ...first, options: {} }] }, 'variants/0/options'],
    [
      'the same options twice',
      { variants: [first, { ...first, sku: 'OTHER' }] },
      'variants/1/options',
    ],
    [
      'the same SKU twice',
      { variants: variants.map((one) => ({ ...one, sku: 'SAME' })) },
      'variants/1/sku',
    ],
    [
      'an unknown market',
      { variants: [{ ...first, prices: [{ market: 'moon', currency: 'EUR', amountMinor: 1 }] }] },
      'variants/0/prices/0/market',
    ],
    [
      'a currency the market has not',
      { variants: [{ ...first, prices: [{ market: 'us', currency: 'EUR', amountMinor: 1 }] }] },
      'variants/0/prices/0/currency',
    ],
    [
      'two prices for one market',
      { variants: [{ ...first, prices: [...first.prices, ...first.prices] }] },
      'variants/0/prices/2',
    ],
    ['no title', { titles: {} }, 'titles'],
    ['a NUL', { titles: { en: 'a\0b' } }, 'titles/en'],
  ])('with %s is refused, naming the field', async (_what, change, field) => {
    const answer = await create({ handle: 'refused', ...change });
    expect(answer.json()).toMatchObject({ status: 422, code: 'unprocessable', field });
  });

  test.each<[string, unknown, string]>([
    [
      'a negative price',
      { variants: [{ ...first, prices: [{ market: 'eu', currency: 'EUR', amountMinor: -1 }] }] },
      'variants/0/prices/0/amountMinor',
    ],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['a handle with spaces', { handle: 'Not A Handle' }, 'handle'],
  ])('with %s is no request, naming the field', async (_what, change, field) => {
    const answer = await create(change as Partial<ProductInput>);
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid-request', field });
  });

  test('can not take a handle or a SKU that is in use', async () => {
    await create({ handle: 'taken', ...skus('T-S', 'T-M') });
    const again = await create({ handle: 'taken', ...skus('U-S', 'U-M') });
    expect(again.json()).toMatchObject({ status: 409, code: 'conflict', field: 'handle' });
    const sku = await create({ handle: 'untaken', ...skus('V-S', 'T-M') });
    expect(sku.json()).toMatchObject({ status: 409, code: 'conflict', field: 'variants/1/sku' });
  });

  test('has one winner where ten requests want the same handle at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        create({ handle: 'raced', ...skus(`R${index}-S`, `R${index}-M`) }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array(9).fill(409),
    ]);
  });
});

describe('the feed', () => {
  test('gives numbers without a gap in commit order, under concurrent writers', async () => {
    const before = (await readFeed('after=0&limit=1')).headSeq;
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        create({ handle: `gapless-${index}`, ...skus(`G${index}-S`, `G${index}-M`) }),
      ),
    );
    const page = await readFeed(`after=${before}&limit=1000`);
    expect(page.changes.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 12 }, (_, index) => before + 1 + index),
    );
    expect(page).toMatchObject({ headSeq: before + 12, nextAfter: before + 12 });
  });

  test('wakes a follower at the commit, well before its wait is over', async () => {
    const head = (await readFeed('after=0&limit=1')).headSeq;
    const startedAt = performance.now();
    const waiting = readFeed(`after=${head}&waitMs=20000`);
    await create({ handle: 'awaited', ...skus('W-S', 'W-M') });
    const page = await waiting;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(page.changes.map(({ kind }) => kind)).toEqual(['product']);
  });

  test('cuts prices to the markets asked for, and sends what has none left as gone', async () => {
    const euOnly = sampleProduct().variants.map((variant, index) => ({
      ...variant,
      sku: `EU-${index}`,
      prices: variant.prices.filter(({ market }) => market === 'eu'),
    }));
    const created = await create({ handle: 'eu-only', variants: euOnly });
    const { id } = created.json() as ProductDocument;
    const documentFor = async (markets: string) => {
      const { changes } = await readFeed(`after=0&limit=1000&markets=${markets}`);
      return changes.find((change) => change.id === id)?.document;
    };
    expect(await documentFor('eu')).toMatchObject({ handle: 'eu-only' });
    expect(await documentFor('us')).toBeNull();
    const both = (await readFeed('after=0&limit=1000&markets=us')).changes.flatMap((change) =>
      change.kind === 'product' && change.document !== null
        ? change.document.variants.flatMap(({ prices }) => prices.map(({ market }) => market))
        : [],
    );
    expect(new Set(both)).toEqual(new Set(['us']));
  });

  test('tells a follower that is ahead of the master so at once', async () => {
    const page = await readFeed('after=1000000&waitMs=20000');
    expect(page).toMatchObject({ changes: [], nextAfter: 1_000_000 });
    expect(page.headSeq).toBeLessThan(1_000_000);
  });

  test('has a digest that two readers of the same range agree on', async () => {
    const digest = async (from: number, to: number) =>
      (
        await plane.app.inject({
          url: `/v1/catalog/digest?from=${from}&to=${to}`,
          headers: plane.asCell('eu-de-1'),
        })
      ).json() as { count: number; sha256: string };
    const { headSeq, changes } = await readFeed('after=0&limit=1000');
    const whole = await digest(1, headSeq);
    expect(whole.count).toBe(changes.length);
    expect(await digest(1, headSeq)).toEqual(whole);
    expect((await digest(2, headSeq)).sha256).not.toBe(whole.sha256);
  });

  test('is for cells and operators, not for vendors', async () => {
    expect((await send('GET', '/v1/catalog/changes')).statusCode).toBe(403);
  });
});

describe('a picture', () => {
  const upload = (payload: string | Buffer, type: string) =>
    plane.app.inject({
      method: 'POST',
      url: '/v1/catalog/media',
      headers: { ...vendor.headers, 'content-type': type },
      payload,
    });

  test('is taken once, served, and in the feed', async () => {
    const uploaded = await upload(SVG, 'image/svg+xml');
    expect(uploaded.statusCode).toBe(201);
    const { hash } = uploaded.json() as { hash: string };
    await upload(SVG, 'image/svg+xml');
    const served = await plane.app.inject({ url: `/v1/catalog/media/${hash}` });
    expect(served.body).toBe(SVG);
    const { changes } = await readFeed('after=0&limit=1000');
    expect(changes.filter(({ id }) => id === hash)).toHaveLength(1);
  });

  test.each([
    ['<svg><script>1</script></svg>'],
    ['<svg onload="x()"></svg>'],
    ['<svg><a href="https://x.example">x</a></svg>'],
    ['<svg><rect fill="url(https://x.example)"/></svg>'],
    ['<!DOCTYPE svg [<!ENTITY x "y">]><svg></svg>'],
    ['<svg><foreignObject></foreignObject></svg>'],
    ['<svg><rect style="background:url(javascript:1)"/></svg>'],
    ['not a picture'],
  ])('%s is refused', async (text) => {
    expect((await upload(text, 'image/svg+xml')).json()).toMatchObject({
      status: 422,
      code: 'unprocessable',
    });
  });

  test('has a right type and a size', async () => {
    expect((await upload('GIF89a', 'image/gif')).statusCode).toBe(415);
    expect((await upload('x', 'text/html')).statusCode).toBe(415);
    expect((await upload('not png', 'image/png')).statusCode).toBe(422);
    expect((await upload(Buffer.alloc(60_000), 'image/png')).statusCode).toBe(413);
  });
});

const countChanges = statement<{ count: bigint }>(
  'tests.count_changes',
  'SELECT CAST(count(*) AS int8) AS count FROM products',
);

describe('an import', () => {
  const line = (handle: string, onHand = 5) =>
    JSON.stringify({
      product: sampleProduct({ handle, ...skus(`${handle}-s`, `${handle}-m`) }),
      onHand: { [`${handle}-s`]: onHand },
    });
  const importLines = (
    lines: readonly string[],
    query = '',
    headers: Record<string, string> = {},
  ) =>
    plane.app.inject({
      method: 'POST',
      url: `/v1/catalog/imports${query}`,
      headers: { ...vendor.headers, 'content-type': 'application/x-ndjson', ...headers },
      payload: Readable.from(lines.map((text) => `${text}\n`)),
    });
  const countProducts = async () => (await plane.deps.sql.query(countChanges))[0]?.count;

  test('creates, then finds unchanged, then updates, with the stock', async () => {
    const handles = Array.from({ length: 130 }, (_, index) => `import-${index}`);
    const created = await importLines(handles.map((handle) => line(handle)));
    expect(created.json()).toMatchObject({ state: 'completed', created: 130, failed: 0 });
    const again = await importLines(handles.map((handle) => line(handle)));
    expect(again.json()).toMatchObject({ created: 0, updated: 0, unchanged: 130 });
    const changed = JSON.parse(line('import-3')) as { product: ProductInput };
    changed.product.titles['en'] = 'Another title';
    const updated = await importLines([JSON.stringify(changed)]);
    expect(updated.json()).toMatchObject({ updated: 1, unchanged: 0 });
    const { id } = updated.json() as { id: string };
    expect((await send('GET', `/v1/catalog/imports/${id}`)).json()).toEqual(updated.json());
    const products = (await send('GET', '/v1/catalog/products?limit=1')).json() as {
      items: ProductDocument[];
    };
    const variantId = products.items[0]?.variants[0]?.id;
    const stock = await send('GET', `/v1/stock/${variantId}`);
    expect(stock.json()).toMatchObject({ onHand: 5 });
  });

  test('reports wrong lines by number and saves the others', async () => {
    const answer = await importLines([
      line('good-1'),
      '{ not json',
      '',
      line('bad-1').replace('"shirts"', '"nowhere"'),
      JSON.stringify({ product: { handle: 'x' } }),
      line('good-2'),
    ]);
    expect(answer.json()).toMatchObject({ state: 'completed', created: 2, failed: 3 });
    const { errors } = answer.json() as { errors: { line: number; code: string; field: string }[] };
    expect(errors.map(({ line: number, code }) => [number, code])).toEqual([
      [2, 'malformed-json'],
      [4, 'unprocessable'],
      [5, 'invalid-request'],
    ]);
    expect(errors[1]?.field).toBe('categories/0');
  });

  test('as a dry run says the same and changes nothing', async () => {
    const before = await countProducts();
    const head = (await readFeed('after=0&limit=1')).headSeq;
    const answer = await importLines([line('dry-1'), line('dry-2')], '?dryRun=true');
    expect(answer.json()).toMatchObject({ dryRun: true, created: 2 });
    expect(await countProducts()).toBe(before);
    expect((await readFeed('after=0&limit=1')).headSeq).toBe(head);
  });

  test('sent twice with a key has one effect and the same answer; another body is refused', async () => {
    const key = { 'idempotency-key': 'import-key-1' };
    const first = await importLines([line('keyed')], '', key);
    const second = await importLines([line('keyed')], '', key);
    expect(second.json()).toEqual(first.json());
    const other = await importLines([line('keyed'), line('other')], '', key);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  test('takes no other type', async () => {
    for (const type of ['text/plain', 'application/json']) {
      const answer = await importLines(['sku;price'], '', { 'content-type': type });
      expect(answer.json()).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    }
  });
});
