import { fileURLToPath } from 'node:url';
import { languageOf } from '@commerce/contracts/languages';
import { market } from '@commerce/contracts/markets';
import {
  sampleCategory,
  sampleChange,
  sampleDeletion,
  sampleProduct,
  sampleVendor,
} from '@commerce/contracts/samples/catalog-documents';
import { createPostgresSearch } from '@commerce/engines/search/postgres/postgres-search';
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
import {
  type Catalog,
  createCatalog,
  createShop,
  ProductCard,
  registerCatalogRoutes,
  sendPage,
  ShopQuery,
  TaxView,
} from '../catalog/index.ts';
import { createPricing, type Pricing } from '../pricing/index.ts';
import { createSearch, registerSearchRoutes, type Search } from './index.ts';

const languages = ['en', 'de', 'ja'].flatMap((tag) => languageOf(tag) ?? []);
const signal = new AbortController().signal;

let database: TestDatabase;
let sql: Sql;
let app: HttpApp;
let catalog: Catalog;
let pricing: Pricing;
let search: Search;

const makeSearch = (): Promise<Search> =>
  createSearch({
    sql,
    engine: createPostgresSearch({ sql, languages }),
    source: {
      listTouched: catalog.listTouched,
      categories: catalog.categories,
      priceRangesOf: pricing.priceRangesOf,
    },
    languages: languages.map(({ tag }) => tag),
  });

const runIndexer = async (of: Search = search): Promise<void> => {
  while (await of.indexer.run(signal));
};
const get = async (url: string) => (await app.inject(url)).json();
const handlesOf = (page: { items: { handle: string }[] }): string[] =>
  page.items.map(({ handle }) => handle);

const vendor = sampleVendor();
const home = sampleCategory({ handle: 'home', names: { en: 'Home', de: 'Wohnen' } });
const lamps = sampleCategory({ parent: 'home' });
const chairs = sampleCategory({
  handle: 'chairs',
  parent: 'home',
  names: { en: 'Chairs', de: 'Stühle' },
});
const lamp = sampleProduct(vendor.id);
const chair = sampleProduct(vendor.id, {
  handle: 'chair',
  categories: ['chairs'],
  titles: { en: 'Beech armchair', de: 'Sessel aus Buche', ja: '木の椅子' },
  descriptions: { en: 'Sit.' },
  attributes: [
    {
      code: 'material',
      labels: { en: 'Material' },
      values: [{ code: 'beech', labels: { en: 'Beech', de: 'Buche' } }],
    },
  ],
});

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'search routes test' });
  for (const module of ['catalog', 'pricing', 'search']) {
    const folder = fileURLToPath(new URL(`../${module}/migrations`, import.meta.url));
    await migrate(sql, await readMigrations(module, folder));
  }
  pricing = createPricing({ sql });
  catalog = await createCatalog({ sql, clock: systemClock, appliers: [pricing] });
  search = await makeSearch();
  const eu = market('eu');
  if (eu === undefined) throw new Error('there is a market eu');
  const availableOf = (): Map<string, number> => new Map();
  const shop = createShop({ catalog, pricesOf: pricing.pricesOf, availableOf, defaultMarket: eu });
  const log = createLogger('search test', 'silent');
  app = await buildHttpApp({ title: 'T', description: 'T', log, readiness: {}, metrics: () => '' });
  registerCatalogRoutes(app, { catalog, shop });
  const schemas = { query: ShopQuery, card: ProductCard, tax: TaxView };
  registerSearchRoutes(app, { search, shop, sendPage, schemas });
  await app.ready();
  const documents = [
    sampleChange(1, 'vendor', vendor),
    sampleChange(2, 'category', home),
    sampleChange(3, 'category', lamps),
    sampleChange(4, 'category', chairs),
    sampleChange(5, 'product', lamp),
    sampleChange(6, 'product', chair),
  ];
  await catalog.applyChanges(documents, 6, 6);
  await runIndexer();
});

afterAll(async () => {
  await app.close();
  await sql.close();
  await database.drop();
});

describe('search', () => {
  it('finds products by title, brand, category, value and description, in their language', async () => {
    const find = async (q: string, language = 'en'): Promise<string[]> =>
      handlesOf(await get(`/v1/search?q=${encodeURIComponent(q)}&language=${language}`));
    expect(await find('lamp')).toEqual(['desk-lamp']);
    expect(await find('nordlicht beech')).toEqual(['chair']);
    expect(await find('Stühle', 'de')).toEqual(['chair']);
    expect(await find('rot leuchte', 'de')).toEqual(['desk-lamp']);
    expect(await find('oiled')).toEqual(['desk-lamp']);
    expect(await find('椅子', 'ja')).toEqual(['chair']);
    expect(await find('armchiar')).toEqual(['chair']);
  });

  it('gives cards with prices and facets with names in the shopper’s language', async () => {
    const page = await get('/v1/search?q=nordlicht&language=de&facet.material=oak');
    expect(page).toMatchObject({
      language: 'de',
      market: 'eu',
      currency: 'EUR',
      tax: { display: 'inclusive' },
      facetsAreComplete: true,
      nextCursor: null,
    });
    expect(page.items).toMatchObject([
      {
        handle: 'desk-lamp',
        title: 'Schreibtischlampe',
        price: { amountMinor: 11_900, currency: 'EUR' },
      },
    ]);
    const facet = (code: string) =>
      page.facets.find((item: { code: string }) => item.code === code);
    expect(facet('material')).toEqual({
      code: 'material',
      label: 'Material',
      values: [
        { value: 'beech', label: 'Buche', count: 1, selected: false },
        { value: 'oak', label: 'Eiche', count: 1, selected: true },
      ],
    });
    expect(facet('color').values).toContainEqual({
      value: 'red',
      label: 'Rot',
      count: 1,
      selected: false,
    });
    expect(facet('category').values).toContainEqual({
      value: 'home',
      label: 'Wohnen',
      count: 1,
      selected: false,
    });
    expect(facet('vendor').values).toMatchObject([{ label: vendor.name }]);
  });

  it('filters by category, repeated facets and price, and pages', async () => {
    expect(handlesOf(await get('/v1/search?category=home&sort=price'))).toHaveLength(2);
    expect(handlesOf(await get('/v1/search?category=lamps'))).toEqual(['desk-lamp']);
    const both = '/v1/search?facet.material=oak&facet.material=beech';
    expect(handlesOf(await get(both))).toEqual(['chair', 'desk-lamp']);
    expect(handlesOf(await get('/v1/search?priceMax=11899'))).toEqual([]);
    const first = await get(`${both}&limit=1`);
    const second = await get(`${both}&limit=1&cursor=${first.nextCursor}`);
    expect([...handlesOf(first), ...handlesOf(second)]).toEqual(['chair', 'desk-lamp']);
    expect(second).toMatchObject({ nextCursor: null });
    expect(second.facets).toBeUndefined();
  });

  it('suggests words, categories and products', async () => {
    expect(await get('/v1/search/suggest?q=cha&language=en')).toEqual({
      terms: ['chairs'],
      categories: [{ handle: 'chairs', name: 'Chairs' }],
      products: [],
      language: 'en',
    });
    expect((await get('/v1/search/suggest?q=armch&language=en')).products).toEqual([
      { handle: 'chair', title: 'Beech armchair' },
    ]);
  });

  it('corrects a mistyped word unless it is told not to, and helps who finds nothing', async () => {
    const corrected = await get('/v1/search?q=armchiar&language=en');
    expect(corrected).toMatchObject({ correctedText: 'armchair' });
    expect(handlesOf(corrected)).toEqual(['chair']);
    expect(corrected.help).toBeUndefined();
    const exact = await get('/v1/search?q=chiars&language=en&exact=true');
    expect(handlesOf(exact)).toEqual([]);
    expect(exact.correctedText).toBeUndefined();
    expect(exact.help.categories).toEqual([{ handle: 'chairs', name: 'Chairs' }]);
    expect(exact.help.terms).toContain('armchair');
    // Words that are like no category lead to the main ones.
    const far = await get('/v1/search?q=xylophone&language=en');
    expect(far.help.categories.length).toBeGreaterThan(0);
  });

  it('refuses what it does not understand, and names it', async () => {
    for (const [query, field] of [
      ['colour=red', 'colour'],
      ['facet.=x', 'facet.'],
      ['facet.color=', 'facet.color/0'],
      ['facet.color=RED%27', 'facet.color/0'],
      ['priceMin=-1', 'priceMin'],
      ['priceMin=5&priceMax=4', 'priceMin'],
      ['sort=random', 'sort'],
      ['limit=1000', 'limit'],
      [`q=${'x'.repeat(201)}`, 'q'],
      ['cursor=W10', 'cursor'],
      [Array.from({ length: 9 }, (_, index) => `facet.f${index}=a`).join('&'), 'facet.f8'],
    ]) {
      const problem = await get(`/v1/search?${query}`);
      expect([query, problem.status, problem.field]).toEqual([query, 400, field]);
    }
    expect(await get('/v1/search/suggest')).toMatchObject({ status: 400, field: 'q' });
  });

  it('follows the catalogue, resumes where it stood, and forgets what is not sold any more', async () => {
    const renamed = { ...chair, titles: { en: 'Rocking chair' } };
    await catalog.applyChanges([sampleChange(7, 'product', renamed)], 7, 7);
    // Another process goes on from the stored progress.
    const restarted = await makeSearch();
    expect(await restarted.indexer.run(signal)).toBe(false);
    await runIndexer();
    expect(handlesOf(await get('/v1/search?q=rocking&language=en'))).toEqual(['chair']);
    expect(handlesOf(await get('/v1/search?q=armchair&language=en'))).toEqual([]);
    await catalog.applyChanges([sampleDeletion(8, 'product', chair.id)], 8, 8);
    await runIndexer();
    expect(handlesOf(await get('/v1/search?language=en'))).toEqual(['desk-lamp']);
    await catalog.applyChanges(
      [sampleChange(9, 'vendor', { ...vendor, status: 'suspended' })],
      9,
      9,
    );
    await runIndexer();
    expect(handlesOf(await get('/v1/search?language=en'))).toEqual([]);
    await catalog.applyChanges(
      [sampleChange(10, 'vendor', { ...vendor, name: 'Südlicht' })],
      10,
      10,
    );
    await runIndexer();
    expect(handlesOf(await get('/v1/search?q=sudlicht'))).toEqual(['desk-lamp']);
  });
});
