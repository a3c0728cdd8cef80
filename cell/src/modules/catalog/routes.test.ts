import { fileURLToPath } from 'node:url';
import { market } from '@commerce/contracts/markets';
import {
  sampleCategory,
  sampleChange,
  sampleProduct,
  sampleVendor,
} from '@commerce/contracts/samples/catalog-documents';
import {
  createTestDatabase,
  type TestDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate, readMigrations } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { systemClock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPricing } from '../pricing/index.ts';
import {
  type Catalog,
  createCatalog,
  createShop,
  registerCatalogRoutes,
  type Shop,
} from './index.ts';

let database: TestDatabase;
let sql: Sql;
let app: HttpApp;
let catalog: Catalog;
let shop: Shop;
let seq = 10;

const units = new Map<string, number>();
/** Resolves when the units are read; a test puts a promise here to hold the reading up. */
let holdUnits: Promise<void> | undefined;
let readings = 0;

const vendor = sampleVendor();
const lamps = sampleCategory();
const deskLamps = sampleCategory({
  handle: 'desk-lamps',
  parent: 'lamps',
  names: { en: 'Desk lamps', de: 'Tischleuchten' },
});
const product = sampleProduct(vendor.id, { categories: ['desk-lamps'] });
const [red, blue] = product.variants as [
  (typeof product.variants)[0],
  (typeof product.variants)[0],
];

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const apply = (...changes: Parameters<typeof sampleChange>[]): Promise<void> =>
  catalog.applyChanges(
    changes.map((change) => sampleChange(...change)),
    seq,
    seq,
  );

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'catalog routes test' });
  for (const module of ['catalog', 'pricing']) {
    const folder = fileURLToPath(new URL(`../${module}/migrations`, import.meta.url));
    await migrate(sql, await readMigrations(module, folder));
  }
  const pricing = createPricing({ sql });
  catalog = await createCatalog({ sql, clock: systemClock, appliers: [pricing] });
  const availableOf = async (ids: readonly string[]): Promise<Map<string, number>> => {
    const read = new Map(ids.map((id) => [id, units.get(id) ?? 0]));
    readings += 1;
    await holdUnits;
    return read;
  };
  const eu = market('eu');
  if (eu === undefined) throw new Error('there is a market eu');
  shop = createShop({ catalog, pricesOf: pricing.pricesOf, availableOf, defaultMarket: eu });
  const log = createLogger('catalog routes test', 'silent');
  app = await buildHttpApp({
    title: 'Test',
    description: 'Test',
    log,
    readiness: {},
    metrics: () => '',
  });
  registerCatalogRoutes(app, { catalog, shop });
  await app.ready();
  await apply(
    [1, 'vendor', vendor],
    [2, 'category', lamps],
    [3, 'category', deskLamps],
    [4, 'product', product],
  );
});

afterAll(async () => {
  await app.close();
  await sql.close();
  await database.drop();
});

describe('the page of a product', () => {
  it('tells a shopper everything in their language, market and currency', async () => {
    units.set(red.id, 7);
    shop.onAvailabilityChanged([red.id]);
    const answer = await get('/v1/products/desk-lamp?country=DE', {
      'accept-language': 'de-CH,en;q=0.5',
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-language': 'de',
      'cache-control': 'public, no-cache',
      vary: 'accept-language, x-client-country',
    });
    expect(answer.json()).toEqual({
      id: product.id,
      handle: 'desk-lamp',
      title: 'Schreibtischlampe',
      description: 'Eine Leuchte aus geölter Eiche.',
      language: 'de',
      market: 'eu',
      currency: 'EUR',
      tax: { display: 'inclusive', ratePpm: 200_000 },
      vendor: { id: vendor.id, slug: 'nordlicht', name: 'Nordlicht Manufaktur' },
      breadcrumbs: [
        { handle: 'lamps', name: 'Leuchten' },
        { handle: 'desk-lamps', name: 'Tischleuchten' },
      ],
      categories: [{ handle: 'desk-lamps', name: 'Tischleuchten' }],
      options: [
        {
          code: 'color',
          label: 'Farbe',
          values: [
            { value: 'red', label: 'Rot' },
            { value: 'blue', label: 'Blau' },
          ],
        },
      ],
      attributes: [
        { code: 'material', label: 'Material', values: [{ code: 'oak', label: 'Eiche' }] },
      ],
      media: [
        {
          url: `/v1/media/${'a'.repeat(64)}`,
          contentType: 'image/svg+xml',
          width: 800,
          height: 600,
          alt: 'Die Leuchte',
        },
      ],
      updatedAt: product.updatedAt,
      variants: [
        {
          id: red.id,
          sku: 'LAMP-RED',
          options: [{ code: 'color', value: 'red', label: 'Rot' }],
          price: { amountMinor: 11_900, currency: 'EUR' },
          weightGrams: 900,
          available: 7,
        },
        {
          id: blue.id,
          sku: 'LAMP-BLUE',
          options: [{ code: 'color', value: 'blue', label: 'Blau' }],
          price: { amountMinor: 12_900, currency: 'EUR' },
          weightGrams: 900,
          available: 0,
        },
      ],
    });
  });

  it('takes the market from the parameter, else from the client’s country, else from the cell', async () => {
    const marketOf = async (query: string, country?: string): Promise<string> =>
      (
        await get(
          `/v1/products/desk-lamp${query}`,
          country === undefined ? {} : { 'x-client-country': country },
        )
      ).json().market;
    expect(await marketOf('?country=US', 'JP')).toBe('us');
    expect(await marketOf('', 'JP')).toBe('jp');
    expect(await marketOf('', 'nonsense')).toBe('eu');
    expect(await marketOf('')).toBe('eu');
  });

  it('shows no price where there is none in the market, and another currency’s own', async () => {
    const abroad = (await get('/v1/products/desk-lamp?country=US')).json();
    expect(abroad.variants[0].price).toBeNull();
    const pounds = (await get('/v1/products/desk-lamp?currency=GBP')).json();
    expect(pounds.variants[0].price).toEqual({ amountMinor: 10_400, currency: 'GBP' });
  });

  it('is made once, and served again without a question to the database', async () => {
    await get('/v1/products/desk-lamp?language=fr');
    const before = [...sql.statistics().values()].reduce((sum, entry) => sum + entry.count, 0);
    const answer = await get('/v1/products/desk-lamp?language=fr');
    const after = [...sql.statistics().values()].reduce((sum, entry) => sum + entry.count, 0);
    expect(answer.statusCode).toBe(200);
    expect(after).toBe(before);
  });

  it('answers 304 while the client has it, and anew when a unit was sold', async () => {
    const first = await get('/v1/products/desk-lamp');
    const etag = String(first.headers.etag);
    expect(
      (await get('/v1/products/desk-lamp', { 'if-none-match': `"x", W/${etag}` })).statusCode,
    ).toBe(304);
    units.set(red.id, 6);
    shop.onAvailabilityChanged([red.id]);
    const sold = await get('/v1/products/desk-lamp', { 'if-none-match': etag });
    expect(sold.statusCode).toBe(200);
    expect(sold.json().variants[0].available).toBe(6);
  });

  it('never keeps units that were read before a sale and arrive after it', async () => {
    let release: () => void = () => undefined;
    holdUnits = new Promise((resolve) => {
      release = resolve;
    });
    units.set(red.id, 5);
    shop.onAvailabilityChanged([red.id]);
    const before = readings;
    const early = get('/v1/products/desk-lamp');
    await expect.poll(() => readings).toBe(before + 1);
    units.set(red.id, 4);
    shop.onAvailabilityChanged([red.id]);
    const late = get('/v1/products/desk-lamp');
    release();
    holdUnits = undefined;
    await early;
    expect((await late).json().variants[0].available).toBe(4);
    expect((await get('/v1/products/desk-lamp')).json().variants[0].available).toBe(4);
  });

  it('follows the catalogue at once: texts, a vendor’s name, a category’s name, the end of sale', async () => {
    const read = async () => (await get('/v1/products/desk-lamp?language=en')).json();
    await read();
    seq += 1;
    await apply([seq, 'product', { ...product, titles: { en: 'Reading lamp' } }]);
    expect((await read()).title).toBe('Reading lamp');
    seq += 1;
    await apply([seq, 'vendor', { ...vendor, name: 'Südlicht' }]);
    expect((await read()).vendor.name).toBe('Südlicht');
    seq += 1;
    await apply([seq, 'category', { ...lamps, names: { en: 'Lights' } }]);
    expect((await read()).breadcrumbs[0].name).toBe('Lights');
    seq += 1;
    await apply([seq, 'vendor', { ...vendor, status: 'suspended' }]);
    const gone = await get('/v1/products/desk-lamp?language=en');
    expect(gone.statusCode).toBe(404);
    expect(gone.json()).toMatchObject({ code: 'not-found', field: 'handle' });
    seq += 1;
    await apply([seq, 'vendor', vendor], [seq, 'product', product]);
    expect((await read()).vendor.name).toBe(vendor.name);
  });

  it('refuses what it does not understand, and names it', async () => {
    for (const [query, field] of [
      ['color=red', 'color'],
      ['country=Germany', 'country'],
      ['country=XX', 'country'],
      ['currency=JPY', 'currency'],
      ['currency=eur', 'currency'],
      ['language=klingon!', 'language'],
      ['language=de&language=en', 'language'],
    ]) {
      const answer = await get(`/v1/products/desk-lamp?${query}`);
      expect([query, answer.statusCode]).toEqual([query, 400]);
      expect(answer.json()).toMatchObject({ code: 'invalid-request', field });
    }
    expect((await get('/v1/products/Desk%20Lamp')).statusCode).toBe(400);
  });
});

describe('lists', () => {
  it('page through the products of a category and of all, newest first', async () => {
    const more = Array.from({ length: 5 }, (_, index) =>
      sampleProduct(vendor.id, { handle: `spare-${index}`, categories: ['desk-lamps'] }),
    );
    seq += more.length;
    await apply(
      ...more.map(
        (item, index): Parameters<typeof sampleChange> => [seq - 4 + index, 'product', item],
      ),
    );
    const handles: string[] = [];
    let cursor: string | null = null;
    do {
      const url: string = `/v1/products?category=lamps&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page = (await get(url)).json();
      handles.push(...page.items.map((item: { handle: string }) => item.handle));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(handles).toEqual(['spare-4', 'spare-3', 'spare-2', 'spare-1', 'spare-0', 'desk-lamp']);
    const [card] = (await get('/v1/products?limit=1&language=de')).json().items;
    expect(card).toMatchObject({
      handle: 'spare-4',
      title: 'Schreibtischlampe',
      price: { amountMinor: 11_900, currency: 'EUR' },
      priceMax: { amountMinor: 12_900, currency: 'EUR' },
      available: 0,
      variantCount: 2,
      image: { alt: 'Die Leuchte' },
    });
    expect(card.variants).toHaveLength(2);
  });

  it('refuse a foreign cursor, an unknown category and a wrong limit', async () => {
    expect((await get('/v1/products?cursor=abc')).json()).toMatchObject({
      code: 'invalid-cursor',
      field: 'cursor',
    });
    expect((await get('/v1/products?category=boats')).json()).toMatchObject({
      status: 404,
      field: 'category',
    });
    for (const limit of ['0', '101', '-1', 'many', '1.5']) {
      expect((await get(`/v1/products?limit=${limit}`)).json()).toMatchObject({
        status: 400,
        field: 'limit',
      });
    }
  });

  it('name categories, vendors and markets in the wanted language', async () => {
    const categories = (await get('/v1/categories?language=de')).json();
    expect(categories.items).toContainEqual({
      handle: 'desk-lamps',
      parent: 'lamps',
      name: 'Tischleuchten',
    });
    expect((await get('/v1/vendors/nordlicht?language=fr')).json()).toEqual({
      id: vendor.id,
      slug: 'nordlicht',
      name: vendor.name,
      country: 'DE',
      countryName: 'Allemagne',
    });
    expect((await get('/v1/vendors/nobody')).statusCode).toBe(404);
    const markets = (await get('/v1/markets')).json();
    expect(markets.default).toBe('eu');
    expect(markets.items).toContainEqual(
      expect.objectContaining({
        id: 'jp',
        currencies: ['JPY', 'USD'],
        tax: { display: 'inclusive', ratePpm: 100_000 },
      }),
    );
  });

  it('are described in the OpenAPI document', async () => {
    const { paths } = (await get('/openapi.json')).json();
    expect(Object.keys(paths).toSorted()).toEqual([
      '/v1/categories',
      '/v1/markets',
      '/v1/products',
      '/v1/products/{handle}',
      '/v1/vendors/{slug}',
    ]);
  });
});
