import { fileURLToPath } from 'node:url';
import {
  sampleCategory,
  sampleChange,
  sampleDeletion,
  sampleProduct,
  sampleRate,
  sampleVendor,
} from '@commerce/contracts/samples/catalog-documents';
import {
  createTestDatabase,
  type TestDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate, readMigrations } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { createManualClock } from '@commerce/service/clock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPricing, type Pricing } from '../pricing/index.ts';
import { createShipping, type Shipping } from '../shipping/index.ts';
import { type Catalog, type CatalogChanged, createCatalog } from './index.ts';

let database: TestDatabase;
let sql: Sql;
let catalog: Catalog;
let pricing: Pricing;
let shipping: Shipping;
const clock = createManualClock(Date.parse('2026-03-01T09:00:00Z'));

const FIRST = 'prd_zzzzzzzzzzzzzzzzzzzzzzzzzz';

async function open(): Promise<void> {
  pricing = createPricing({ sql });
  shipping = createShipping({ sql });
  catalog = await createCatalog({ sql, clock, appliers: [pricing, shipping] });
}

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'catalog test' });
  for (const module of ['catalog', 'pricing', 'shipping']) {
    const folder = fileURLToPath(new URL(`../${module}/migrations`, import.meta.url));
    await migrate(sql, await readMigrations(module, folder));
  }
});

beforeEach(async () => {
  await sql.execute(
    `TRUNCATE catalog_vendors, catalog_categories, catalog_products, catalog_variants,
     catalog_product_categories, catalog_cursor, pricing_variants, shipping_rates`,
  );
  await open();
});

afterAll(async () => {
  await sql.close();
  await database.drop();
});

const vendor = sampleVendor();
const category = sampleCategory();

async function applyBasics(): Promise<ReturnType<typeof sampleProduct>> {
  const product = sampleProduct(vendor.id);
  await catalog.applyChanges(
    [
      sampleChange(1, 'vendor', vendor),
      sampleChange(2, 'category', category),
      sampleChange(3, 'product', product),
    ],
    3,
    3,
  );
  return product;
}

describe('the replica of the catalogue', () => {
  it('gives carts what they need of a variant, with its price and shipping rates', async () => {
    const product = await applyBasics();
    const [red] = product.variants;
    const id = red?.id ?? '';
    const found = (await catalog.findVariants([id, 'var_unknown'])).get(id);
    expect(found).toMatchObject({
      productId: product.id,
      vendorName: vendor.name,
      vendorActive: true,
      productStatus: 'active',
      sku: 'LAMP-RED',
      titles: product.titles,
      weightGrams: 900,
      mediaHash: 'a'.repeat(64),
      optionLabels: [{ code: 'color', value: 'red', valueLabels: { de: 'Rot' } }],
    });
    expect(await pricing.pricesOf([id, 'var_unknown'], 'eu', 'EUR')).toEqual(
      new Map([[id, 11_900n]]),
    );
    expect(await pricing.pricesOf([id], 'us', 'USD')).toEqual(new Map());
    const rates = await shipping.ratesOf([vendor.id], 'eu', 'EUR');
    expect(rates.get(vendor.id)).toEqual(vendor.shippingRates);
    expect((await shipping.ratesOf([vendor.id], 'us', 'USD')).size).toBe(0);
  });

  it('asks the database once for all that is not in memory, and not again', async () => {
    const product = await applyBasics();
    const ids = product.variants.map((variant) => variant.id);
    const count = (): number => sql.statistics().get('catalog.find-sellable')?.count ?? 0;
    const before = count();
    await catalog.findVariants(ids);
    await catalog.findVariants(ids);
    expect(count() - before).toBe(1);
  });

  it('shows a new price, a new vendor status and a lost variant at once after their batch', async () => {
    const product = await applyBasics();
    const [red, blue] = product.variants;
    if (red === undefined || blue === undefined) throw new Error('the sample has two variants');
    await catalog.findVariants([red.id, blue.id]);
    await pricing.pricesOf([red.id], 'eu', 'EUR');
    const prices = [{ market: 'eu', currency: 'EUR', amountMinor: 9_900 }];
    const changed = { ...product, variants: [{ ...red, prices }] };
    await catalog.applyChanges([sampleChange(4, 'product', changed)], 4, 4);
    expect((await pricing.pricesOf([red.id], 'eu', 'EUR')).get(red.id)).toBe(9_900n);
    expect([...(await catalog.findVariants([red.id, blue.id])).keys()]).toEqual([red.id]);
    const rate = sampleRate({ amountMinor: 0 });
    const suspended = { ...vendor, status: 'suspended' as const, shippingRates: [rate] };
    await catalog.applyChanges([sampleChange(5, 'vendor', suspended)], 5, 5);
    expect((await catalog.findVariants([red.id])).get(red.id)?.vendorActive).toBe(false);
    expect((await shipping.ratesOf([vendor.id], 'eu', 'EUR')).get(vendor.id)).toEqual([rate]);
    expect(await catalog.findByHandle(product.handle)).toBeUndefined();
  });

  it('never lets an older change win, and applying a batch twice changes nothing', async () => {
    const product = await applyBasics();
    const newer = { ...product, titles: { en: 'Newer' } };
    await catalog.applyChanges([sampleChange(9, 'product', newer)], 9, 9);
    const heard: CatalogChanged[] = [];
    const stop = catalog.onChanged((changed) => heard.push(changed));
    await catalog.applyChanges([sampleChange(3, 'product', product)], 9, 3);
    await catalog.applyChanges([sampleChange(9, 'product', newer)], 9, 9);
    await catalog.applyChanges([sampleDeletion(8, 'product', product.id)], 9, 9);
    stop();
    expect(heard).toEqual([]);
    expect((await catalog.findByHandle(product.handle))?.titles).toEqual({ en: 'Newer' });
    expect(catalog.replicationState()).toMatchObject({ appliedSeq: 9, sourceSeq: 9, lagMs: 0 });
  });

  it('takes the last of several changes of one thing in a batch', async () => {
    const product = await applyBasics();
    await catalog.applyChanges(
      [sampleDeletion(5, 'product', product.id), sampleChange(4, 'product', product)],
      5,
      5,
    );
    expect(await catalog.findByHandle(product.handle)).toBeUndefined();
    const [variant] = product.variants;
    expect((await catalog.findVariants([variant?.id ?? ''])).size).toBe(0);
    expect((await pricing.pricesOf([variant?.id ?? ''], 'eu', 'EUR')).size).toBe(0);
  });

  it('commits nothing of a batch that fails half-way, not even its cursor', async () => {
    const good = sampleProduct(vendor.id, { handle: 'good' });
    const bad = sampleProduct(vendor.id, { handle: 'bad', createdAt: 'no time' });
    const batch = [
      sampleChange(1, 'vendor', vendor),
      sampleChange(2, 'product', good),
      sampleChange(3, 'product', bad),
    ];
    await expect(catalog.applyChanges(batch, 3, 3)).rejects.toThrow();
    await open();
    expect(catalog.replicationState().appliedSeq).toBe(0);
    expect(await catalog.findByIds([good.id])).toEqual([]);
  });

  it('goes on from its stored cursor after a restart', async () => {
    await applyBasics();
    await open();
    expect(catalog.replicationState()).toMatchObject({ appliedSeq: 3, sourceSeq: 3 });
  });

  it('says how far behind it is, in changes and in time', async () => {
    await applyBasics();
    catalog.confirm(7);
    expect(catalog.replicationState()).toMatchObject({ appliedSeq: 3, sourceSeq: 7 });
    expect(catalog.replicationState().lagMs).toBeGreaterThanOrEqual(3_600_000);
    const product = sampleProduct(vendor.id);
    await catalog.applyChanges([sampleChange(7, 'product', product)], 7, 7);
    expect(catalog.replicationState().lagMs).toBe(0);
    clock.advance(60_000);
    expect(catalog.replicationState().lagMs).toBe(60_000);
  });

  it('lists a market newest first by pages, of a category with those below it', async () => {
    const child = sampleCategory({ handle: 'desk-lamps', parent: 'lamps' });
    const other = sampleCategory({ handle: 'chairs' });
    const products = Array.from({ length: 5 }, (_, index) =>
      sampleProduct(vendor.id, {
        handle: `lamp-${index}`,
        categories: index % 2 === 0 ? ['desk-lamps', 'lamps'] : ['lamps'],
      }),
    );
    const chair = sampleProduct(vendor.id, { handle: 'chair', categories: ['chairs'] });
    await catalog.applyChanges(
      [
        sampleChange(1, 'vendor', vendor),
        sampleChange(2, 'category', category),
        sampleChange(3, 'category', child),
        sampleChange(4, 'category', other),
        ...[...products, chair].map((product, index) =>
          sampleChange(5 + index, 'product', product),
        ),
      ],
      10,
      10,
    );
    const newest = products.map((product) => product.id).toReversed();
    const list = (before: string, name?: string): Promise<string[]> =>
      catalog.listIds({
        before,
        market: 'eu',
        limit: 3,
        ...(name !== undefined && { category: name }),
      });
    expect(await list(FIRST, 'lamps')).toEqual(newest.slice(0, 3));
    expect(await list(newest[2] ?? '', 'lamps')).toEqual(newest.slice(3));
    expect(await list(FIRST, 'desk-lamps')).toEqual([newest[0], newest[2], newest[4]]);
    expect(await list(FIRST)).toEqual([chair.id, ...newest.slice(0, 2)]);
    expect(await catalog.listIds({ before: FIRST, market: 'us', limit: 3 })).toEqual([]);
  });

  it('tells search of every product that a change shows on, in the order of the feed', async () => {
    const product = await applyBasics();
    const start = { touchedSeq: 0, productId: '' };
    const [first] = await catalog.listTouched(start, 10);
    expect(first).toMatchObject({
      touchedSeq: 3,
      product: { id: product.id, vendor: { name: vendor.name } },
    });
    await catalog.applyChanges([sampleChange(4, 'vendor', { ...vendor, name: 'Südlicht' })], 4, 4);
    const [again] = await catalog.listTouched({ touchedSeq: 3, productId: product.id }, 10);
    expect(again).toMatchObject({ touchedSeq: 4, product: { vendor: { name: 'Südlicht' } } });
    await catalog.applyChanges(
      [sampleChange(5, 'category', { ...category, names: { en: 'Lights' } })],
      5,
      5,
    );
    expect(await catalog.listTouched({ touchedSeq: 4, productId: product.id }, 10)).toHaveLength(1);
    await catalog.applyChanges([sampleDeletion(6, 'product', product.id)], 6, 6);
    const [gone] = await catalog.listTouched({ touchedSeq: 5, productId: product.id }, 10);
    expect(gone).toEqual({ productId: product.id, touchedSeq: 6 });
  });
});
