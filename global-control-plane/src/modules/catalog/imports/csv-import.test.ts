import { Readable } from 'node:stream';
import type { ProductDocument } from '@commerce/contracts/catalog';
import type { ImportPage, ImportView } from '@commerce/contracts/catalog-imports';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../../testing-control-plane.ts';

let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;
let rival: typeof vendor;

beforeAll(async () => {
  plane = await startTestControlPlane();
  vendor = await plane.signUpVendor('nordlicht');
  rival = await plane.signUpVendor('rival');
  await plane.catalog.putCategories([
    { handle: 'clothing', parent: null, names: { en: 'Clothing', de: 'Kleidung' }, position: 1 },
    { handle: 'shirts', parent: 'clothing', names: { en: 'Shirts' }, position: 2 },
  ]);
  await plane.startJobs();
});
afterAll(() => plane.close());

/** The columns that most tests need, by today's names. */
const TODAY =
  'Title,URL handle,Description,Vendor,Product category,Tags,Published on online store,Status,SKU,Option1 name,Option1 value,Price,Inventory quantity,Weight value (grams),Product image URL';
const LEGACY =
  'Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src';

const row = (
  handle: string,
  change: Partial<Record<'title' | 'sku' | 'price' | 'quantity', string>> = {},
) =>
  `${change.title ?? `Thing ${handle}`},${handle},<p>Nice.</p>,Acme,Shirts,,TRUE,active,${change.sku ?? `SKU-${handle}`},,,${change.price ?? '19.90'},${change.quantity ?? '5'},250,`;
const file = (...rows: string[]): string => [TODAY, ...rows, ''].join('\n');

const post = (
  body: string | Buffer | Readable,
  query = '',
  headers: Record<string, string> = vendor.headers,
) =>
  plane.app.inject({
    method: 'POST',
    url: `/v1/catalog/imports${query}`,
    headers: { 'content-type': 'text/csv', ...headers },
    payload: body instanceof Readable ? body : Readable.from([body]),
  });
const get = (url: string, headers = vendor.headers) => plane.app.inject({ url, headers });
const act = (id: string, action: string, headers = vendor.headers) =>
  plane.app.inject({ method: 'POST', url: `/v1/catalog/imports/${id}/${action}`, headers });

async function ended(id: string): Promise<ImportView> {
  let view: ImportView | undefined;
  await expect
    .poll(
      async () => {
        view = (await get(`/v1/catalog/imports/${id}`)).json();
        return view?.finishedAt;
      },
      { timeout: 15_000, interval: 20 },
    )
    .toBeTypeOf('string');
  return view as ImportView;
}
async function importCsv(body: string | Buffer, query = ''): Promise<ImportView> {
  const answer = await post(body, query);
  expect([answer.statusCode, answer.body]).toEqual([202, answer.body]);
  return ended((answer.json() as ImportView).id);
}
const codesOf = (view: ImportView) =>
  view.errors.map(({ line, column, code }) => [line, column, code]);

const findDocument = statement<{ document: string }>(
  'tests.document_of',
  'SELECT document FROM products WHERE handle = $1',
);
async function productOf(handle: string): Promise<ProductDocument | undefined> {
  const [found] = await plane.deps.sql.query(findDocument, [handle]);
  return found === undefined ? undefined : (JSON.parse(found.document) as ProductDocument);
}
const countRows = statement<{ products: bigint; seq: bigint; categories: bigint; chunks: bigint }>(
  'tests.count_all',
  `SELECT (SELECT count(*) FROM products) AS products, (SELECT seq FROM catalog_head) AS seq,
     (SELECT count(*) FROM categories) AS categories,
     (SELECT count(*) FROM catalog_import_chunks) AS chunks`,
);

describe('a Shopify CSV', () => {
  test('with today’s columns becomes products with their variants, texts, prices and stock', async () => {
    const view = await importCsv(
      [
        TODAY,
        '"Oak ""XL"" shirt",Oak-Shirt,"<p>Soft &amp; <script>alert(1)</script>warm.</p><ul><li>One</li></ul>",Acme,Apparel > Shirts,"new, sale",TRUE,active,OAK-S,Size,S,19.90,7,250,https://cdn.example/a/oak.jpg?v=1',
        ',oak-shirt,,,,,,,OAK-M,,M,21.90,0,260.5,',
        ',oak-shirt,,,,,,,,,,,,,https://cdn.example/a/back.jpg',
        '',
      ].join('\r\n'),
      '?currency=EUR&fileName=shirts.csv',
    );
    expect(view).toMatchObject({
      state: 'completed',
      fileName: 'shirts.csv',
      currency: 'EUR',
      rowsTotal: 3,
      rows: 3,
      created: 1,
      failed: 0,
      errors: [],
      preview: [
        {
          line: 2,
          handle: 'oak-shirt',
          title: 'Oak "XL" shirt',
          outcome: 'created',
          variants: 2,
          minMinor: 1_990,
          maxMinor: 2_190,
          onHand: 7,
          categories: ['shirts'],
          pictures: 2,
        },
      ],
    });
    const product = await productOf('oak-shirt');
    expect(product).toMatchObject({
      status: 'active',
      titles: { en: 'Oak "XL" shirt' },
      descriptions: { en: 'Soft & warm.\n• One' },
      options: [{ code: 'size', labels: { en: 'Size' }, values: [{ code: 's' }, { code: 'm' }] }],
      attributes: [
        { code: 'brand', values: [{ code: 'acme', labels: { en: 'Acme' } }] },
        { code: 'tags', values: [{ code: 'new' }, { code: 'sale' }] },
      ],
      variants: [
        { sku: 'OAK-S', options: { size: 's' }, weightGrams: 250 },
        { sku: 'OAK-M', options: { size: 'm' }, weightGrams: 261 },
      ],
    });
    const prices = product?.variants[0]?.prices ?? [];
    expect(prices).toContainEqual({ market: 'eu', currency: 'EUR', amountMinor: 1_990 });
    expect(prices).toContainEqual({ market: 'us', currency: 'USD', amountMinor: 2_292 });
    const stock = await get(`/v1/stock/${product?.variants[0]?.id}`);
    expect(stock.json()).toMatchObject({ onHand: 7 });
  });

  test('with the legacy columns is the same product', async () => {
    const view = await importCsv(
      `\u{feff}${LEGACY}\rplain-mug,Plain mug,<b>Mug</b>,Acme,Mugs,,FALSE,Title,Default Title,MUG-1,300,4,9.5,\r`,
      '?currency=EUR&convert=false',
    );
    expect(view).toMatchObject({ created: 1, errorCount: 0, warningCount: 1 });
    expect(view.warnings).toMatchObject([
      { line: 2, column: 'Type', code: 'unknown-category', handle: 'plain-mug' },
    ]);
    expect(await productOf('plain-mug')).toMatchObject({
      status: 'draft',
      categories: ['other'],
      descriptions: { en: 'Mug' },
      options: [],
      variants: [
        {
          sku: 'MUG-1',
          options: {},
          prices: [
            { market: 'eu', currency: 'EUR', amountMinor: 950 },
            { market: 'international', currency: 'EUR', amountMinor: 950 },
          ],
        },
      ],
    });
  });

  test('may have the rows of a product anywhere, and no empty line is a row', async () => {
    const text = [
      TODAY,
      row('apart-a', { sku: 'AP-A1' }).replace(',,,19.90', ',Size,S,19.90'),
      row('apart-b', { sku: 'AP-B' }),
      '',
      ',,,,,,,,,,,,,,',
      ',apart-a,,,,,,,AP-A2,,M,19.90,1,1,',
    ].join('\n');
    expect(await importCsv(text)).toMatchObject({ created: 2, failed: 0, rowsTotal: 4 });
    expect((await productOf('apart-a'))?.variants.map(({ sku }) => sku)).toEqual([
      'AP-A1',
      'AP-A2',
    ]);
  });

  test('reports each wrong cell with its line and column, and saves the other products', async () => {
    const view = await importCsv(
      file(
        row('wrong-good'),
        row('wrong-price', { price: '-1.00' }),
        row('wrong-comma', { price: '"1,50"' }),
        row('wrong-decimals', { price: '1.999' }),
        row('wrong-none', { price: '' }),
        row('wrong-quantity', { quantity: 'many' }),
        row('wrong-sku', { sku: 'SKU-wrong-good' }),
        row('wrong-status').replace('active', 'maybe'),
        'No handle and no price,,,,,,,,,,,,,,',
        ',,,,,,,,LOST-1,,,1.00,,,',
        'too,few,cells',
        '"x"y,broken,,,,,,,,,,,,,',
        row('wrong-next'),
        row('wrong-after'),
      ),
      '?currency=EUR',
    );
    expect(view).toMatchObject({ state: 'completed', created: 2 });
    expect(codesOf(view)).toEqual([
      [11, 'URL handle', 'handle-missing'],
      [12, null, 'cells-wrong'],
      [13, null, 'quotes'],
      [3, 'Price', 'price-wrong'],
      [4, 'Price', 'price-wrong'],
      [5, 'Price', 'price-wrong'],
      [6, 'Price', 'price-missing'],
      [7, 'Inventory quantity', 'unprocessable'],
      [8, 'SKU', 'duplicate-sku'],
      [9, 'Status', 'unprocessable'],
      [10, null, 'doubtful'],
      [10, 'Price', 'price-missing'],
      [14, null, 'doubtful'],
    ]);
    expect(await productOf('wrong-good')).toBeDefined();
    expect(await productOf('wrong-after')).toBeDefined();
    expect(await productOf('wrong-next')).toBeUndefined();
  });

  test.each<[string, string | Buffer, string, number | null, RegExp]>([
    ['Latin-1', Buffer.from(file(row('größe')), 'latin1'), 'not-utf-8', 2, /Line 2 is not UTF-8/],
    ['UTF-16', Buffer.from(`\u{feff}${file(row('x'))}`, 'utf16le'), 'not-utf-8', 1, /UTF-16/],
    ['nothing', '', 'no-rows', null, /empty/],
    ['a header alone', `${TODAY}\n`, 'no-rows', null, /no rows/],
    ['no header', 'a,b,c\nd,e,f\n', 'missing-column', 1, /"URL handle" or "Handle"/],
    ['a column twice', file().replace('Vendor', 'Handle'), 'repeated-column', 1, /mean the same/],
  ])('that holds %s fails as a whole, and says why', async (_what, body, code, line, text) => {
    const before = (await plane.deps.sql.query(countRows))[0];
    const view = await importCsv(body);
    expect(view).toMatchObject({ state: 'failed', errorCount: 1, failure: { code } });
    expect(view.errors).toMatchObject([{ code, line, severity: 'error' }]);
    expect(view.failure?.detail).toMatch(text);
    expect((await plane.deps.sql.query(countRows))[0]).toEqual(before);
  });

  test('names the columns that nobody knows, once, and passes known ones over', async () => {
    const header = `${TODAY},Colour of the box,SEO title,Google Shopping / Gender,My field (product.metafields.custom.x)`;
    const view = await importCsv([header, `${row('columns')},red,t,female,1`].join('\n'));
    expect(view).toMatchObject({ created: 1, warningCount: 1 });
    expect(view.warnings).toMatchObject([{ line: 1, code: 'unknown-columns' }]);
    expect(view.warnings[0]?.detail).toContain('"Colour of the box"');
    expect(view.warnings[0]?.detail).not.toContain('SEO');
  });

  test('with a cell of 5 MB loses that product alone', async () => {
    const huge = row('huge').replace('<p>Nice.</p>', `"${'<p>x</p>'.repeat(700_000)}"`);
    const view = await importCsv(file(row('before-huge'), huge, row('after'), row('after-huge')));
    expect(view).toMatchObject({ state: 'completed', created: 1, failed: 2 });
    expect(codesOf(view)).toContainEqual([3, null, 'row-too-long']);
  });

  test('in a dry run says the same and changes nothing; applied, it does what it said, once', async () => {
    const rows = Array.from({ length: 250 }, (_, index) => row(`dry-${index}`));
    const text = file(
      ...rows,
      row('dry-bad', { price: 'x' }),
      row('dry-more', { sku: 'SKU-dry-1' }),
    );
    const [before] = await plane.deps.sql.query(countRows);
    const dry = await importCsv(text, '?dryRun=true');
    expect(dry).toMatchObject({ dryRun: true, created: 250, failed: 2, errorCount: 2 });
    expect(dry.preview).toHaveLength(20);
    const [after] = await plane.deps.sql.query(countRows);
    expect({ ...after, chunks: before?.chunks }).toEqual(before);
    expect(await productOf('dry-0')).toBeUndefined();

    const applied = (await act(dry.id, 'apply')).json() as ImportView;
    const again = (await act(dry.id, 'apply')).json() as ImportView;
    expect(again.id).toBe(applied.id);
    const done = await ended(applied.id);
    expect(done).toMatchObject({ dryRun: false, created: 250, failed: 2, rowsTotal: 252 });
    expect((await get(`/v1/catalog/imports/${dry.id}`)).json()).toMatchObject({
      appliedAs: applied.id,
    });
    expect((await plane.deps.sql.query(countRows))[0]?.chunks).toBe(before?.chunks);
    const last = await importCsv(text);
    expect(last).toMatchObject({ created: 0, updated: 0, unchanged: 250, failed: 2 });
  });

  test('can not take a handle or a SKU of somebody else', async () => {
    await importCsv(file(row('mine'), row('mine-too')));
    const answer = await post(file(row('mine', { sku: 'THEIRS' })), '', rival.headers);
    const { id } = answer.json() as ImportView;
    await expect
      .poll(async () => (await get(`/v1/catalog/imports/${id}`, rival.headers)).json())
      .toMatchObject({ state: 'completed', failed: 1 });
    const view = (await get(`/v1/catalog/imports/${id}`, rival.headers)).json() as ImportView;
    expect(view.errors).toMatchObject([{ line: 2, column: 'URL handle', code: 'conflict' }]);
    const other = await importCsv(file(row('mine-three', { sku: 'SKU-mine' })));
    expect(other.errors).toMatchObject([{ line: 2, column: 'SKU', code: 'conflict' }]);
    expect((await get(`/v1/catalog/imports/${id}`)).statusCode).toBe(403);
    expect((await act(id, 'cancel')).statusCode).toBe(403);
  });

  test('sent twice with a key has one effect and one answer; another file is refused', async () => {
    const headers = { ...vendor.headers, 'idempotency-key': 'csv-1' };
    const first = (await post(file(row('keyed')), '', headers)).json() as ImportView;
    await ended(first.id);
    const again = (await post(file(row('keyed')), '', headers)).json() as ImportView;
    expect(again).toMatchObject({ id: first.id, state: 'completed', created: 1 });
    const other = await post(file(row('keyed-other')), '', headers);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  test('has its findings as a CSV that no spreadsheet runs', async () => {
    const view = await importCsv(file(row('formula', { sku: '"=cmd|\' /C calc\'!A0"' })));
    const answer = await get(`/v1/catalog/imports/${view.id}/errors.csv`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toContain(`${view.id}-errors.csv`);
    const [header, line = ''] = answer.body.replace('\u{feff}', '').split('\r\n');
    expect(header).toBe('line,column,handle,severity,code,detail');
    expect(line).toMatch(/^2,SKU,formula,error,unprocessable,/);
    for (const cell of line.split(',')) expect(cell).not.toMatch(/^["]?[=+\-@]/);
  });

  test('is listed newest first, by pages', async () => {
    const page = (await get('/v1/catalog/imports?limit=2')).json() as ImportPage;
    expect(page.items).toHaveLength(2);
    const next = (
      await get(`/v1/catalog/imports?limit=2&cursor=${page.nextCursor}`)
    ).json() as ImportPage;
    const ids = [...page.items, ...next.items].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().toReversed());
  });

  test.each([
    ['currency=ZWL', 'currency'],
    ['language=xx', 'language'],
    ['category=nowhere', 'category'],
  ])('is refused at once where %s makes no sense', async (query, field) => {
    const answer = await post(file(row('never')), `?${query}`);
    expect(answer.json()).toMatchObject({ status: 422, code: 'unprocessable', field });
  });

  test('is imported by an operator for the vendor they name', async () => {
    const operator = await plane.signInOperator();
    expect((await post(file(row('op')), '', operator)).json()).toMatchObject({
      status: 400,
      field: 'vendor',
    });
    expect((await post(file(row('op')), '?vendor=nobody', operator)).statusCode).toBe(404);
    expect((await post(file(row('op')), '?vendor=rival')).statusCode).toBe(403);
    const query = '?vendor=rival&createCategories=true';
    const text = file(row('op')).replace(',Shirts,', ',Garden > Tools > Spades,');
    const answer = await post(text, query, operator);
    expect(answer.json()).toMatchObject({ vendorId: rival.id, state: 'queued' });
    await expect.poll(async () => (await productOf('op'))?.categories).toEqual(['spades']);
    const { categories } = (await get('/v1/catalog/categories')).json() as {
      categories: { handle: string; parent: string | null }[];
    };
    expect(categories.find(({ handle }) => handle === 'spades')?.parent).toBe('tools');
    expect((await post(text, '?createCategories=true')).statusCode).toBe(403);
  });
});
