import { createHash } from 'node:crypto';
import {
  CategoryDocument,
  ProductImportLine,
  type VariantPrice,
  VendorDocument,
} from '@commerce/contracts/catalog';
import { currencyExponent } from '@commerce/contracts/currencies';
import { newGlobalId } from '@commerce/contracts/ids';
import { allMarkets, market } from '@commerce/contracts/markets';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { demoCategories } from './categories.ts';
import { KINDS } from './kinds.ts';
import { LINES } from './lines.ts';
import { priceIn, pricedCurrencies } from './prices.ts';
import { DEMO_SEED, demoProduct, demoProducts } from './products.ts';
import { createRandom } from './random.ts';
import { SILHOUETTES } from './silhouettes.ts';
import { DEMO_LANGUAGES } from './texts.ts';
import { demoVendor, demoVendors } from './vendors.ts';

const indexes = fc.integer({ min: 0, max: 100_000 });
const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const importLine = Compile(ProductImportLine);

/** Letters that a text in the language must have. */
const SCRIPTS: { readonly [language: string]: RegExp } = {
  en: /\p{Script=Latin}/u,
  de: /\p{Script=Latin}/u,
  fr: /\p{Script=Latin}/u,
  es: /\p{Script=Latin}/u,
  ar: /\p{Script=Arabic}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
};

describe('demo products', () => {
  test('every one is a line that the catalogue import takes', () => {
    fc.assert(
      fc.property(seeds, indexes, (seed, index) => {
        const { line } = demoProduct(seed, index);
        expect([...importLine.Errors(line)]).toEqual([]);
        expect(JSON.parse(JSON.stringify(line))).toEqual(line);
      }),
      { numRuns: 300 },
    );
  });

  test('the same seed gives the same bytes, however many are made; another seed other ones', () => {
    const bytes = (seed: number, count: number) =>
      [...demoProducts({ seed, count })].map((product) => JSON.stringify(product));
    expect(bytes(7, 60).slice(0, 40)).toEqual(bytes(7, 40));
    expect(bytes(8, 40)).not.toEqual(bytes(7, 40));
    expect(bytes(DEMO_SEED, 5)).toEqual(
      [...demoProducts({ count: 5 })].map((product) => JSON.stringify(product)),
    );
  });

  test('handles and SKUs are unique over 20,000, titles over the first 2,000', () => {
    const handles = new Set<string>();
    const skus = new Set<string>();
    const titles = new Set<string | undefined>();
    const pictures = new Set<string>();
    let variants = 0;
    let index = 0;
    for (const { line } of demoProducts({ count: 20_000 })) {
      handles.add(line.product.handle);
      for (const { sku } of line.product.variants) skus.add(sku);
      variants += line.product.variants.length;
      index += 1;
      if (index > 2_000) continue;
      titles.add(line.product.titles['ja']);
      for (const { hash } of line.product.media) pictures.add(hash);
    }
    expect(handles.size).toBe(20_000);
    expect(skus.size).toBe(variants);
    expect(titles.size).toBe(2_000);
    expect(pictures.size).toBe(2_000);
  });

  test('2,000 cost at most 1.5 s of CPU', () => {
    const start = process.cpuUsage();
    let count = 0;
    for (const { line } of demoProducts({ count: 2_000 })) count += line.product.variants.length;
    const used = process.cpuUsage(start);
    expect(count).toBeGreaterThan(4_000);
    expect((used.user + used.system) / 1e6).toBeLessThan(1.5);
  });

  test('variants are all the combinations of the options, from one to thirty', () => {
    const sizes = new Set<number>();
    const optionCounts = new Set<number>();
    for (const { line } of demoProducts({ count: 1_000 })) {
      const { options, variants } = line.product;
      const combinations = options.reduce((product, option) => product * option.values.length, 1);
      expect(variants).toHaveLength(combinations);
      expect(new Set(variants.map((variant) => JSON.stringify(variant.options))).size).toBe(
        combinations,
      );
      for (const variant of variants) {
        expect(Object.keys(variant.options)).toEqual(options.map(({ code }) => code));
        expect(line.onHand?.[variant.sku]).toBeGreaterThanOrEqual(0);
        expect(variant.weightGrams).toBeGreaterThan(0);
      }
      sizes.add(combinations);
      optionCounts.add(options.length);
    }
    expect(Math.min(...sizes)).toBe(1);
    expect(Math.max(...sizes)).toBe(30);
    expect([...optionCounts].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  test('texts and labels are in all six languages, each in its script', () => {
    for (const { line } of demoProducts({ count: 400 })) {
      const { titles, descriptions, attributes, media } = line.product;
      for (const text of [titles, descriptions, media[0]?.alt ?? {}]) {
        for (const language of DEMO_LANGUAGES) {
          expect(text[language]).toMatch(SCRIPTS[language] as RegExp);
          expect(text[language]).not.toMatch(/undefined|\s\s/);
        }
      }
      for (const { labels, values } of attributes) {
        for (const texts of [labels, ...values.map((value) => value.labels)]) {
          expect(Object.keys(texts)).toEqual(DEMO_LANGUAGES);
        }
      }
      expect(attributes.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['brand', 'material', 'origin', 'feature']),
      );
    }
  });

  test('each has a picture of its own kind: small, titled, with nothing in it that runs', () => {
    for (const { line } of demoProducts({ count: 400 })) {
      const text = line.pictures?.[0]?.text ?? '';
      const hash = createHash('sha256').update(text).digest('hex');
      expect(line.product.media[0]?.hash).toBe(hash);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
      expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*role="img"><title>/);
      expect(text).not.toMatch(/<script|href|on\w+=|"[DL]"|NaN|undefined/);
    }
    expect(Object.keys(SILHOUETTES).toSorted()).toEqual(KINDS.map(({ slug }) => slug).toSorted());
  });

  test('every kind, category and vendor is among the first 200', () => {
    const products = [...demoProducts({ count: 200 })];
    expect(new Set(products.map(({ vendor }) => vendor)).size).toBe(12);
    const used = new Set(products.flatMap(({ line }) => line.product.categories));
    expect(used.size).toBe(20);
  });
});

describe('demo prices', () => {
  test('each variant has one in every market and currency of its vendor', () => {
    for (const { vendor, line } of demoProducts({ count: 100 })) {
      const expected = demoVendor(vendor).markets.flatMap((id) =>
        (market(id)?.currencies ?? []).map(({ code }) => `${id} ${code}`),
      );
      for (const { prices } of line.product.variants) {
        const keys = prices.map((price: VariantPrice) => `${price.market} ${price.currency}`);
        expect(keys).toEqual(expected);
      }
    }
  });

  test('there is a rate for every currency of every market', () => {
    const wanted = allMarkets().flatMap((entry) => entry.currencies.map(({ code }) => code));
    expect(pricedCurrencies().toSorted()).toEqual([...new Set(wanted)].toSorted());
    expect(() => priceIn('eu', 'XTS', 1000)).toThrow(RangeError);
  });

  test('they look like prices of the place', () => {
    expect(priceIn('eu', 'EUR', 4_950)).toBe(4_999);
    expect(priceIn('jp', 'JPY', 4_950)).toBe(7_380);
    expect(priceIn('international', 'KWD', 4_950)).toBe(13_950);
    expect(currencyExponent('KWD')).toBe(3);
    expect(priceIn('us', 'USD', 4_950)).toBeLessThan(priceIn('uk', 'USD', 4_950));
  });

  test('dearer things stay dearer, and nothing is free', () => {
    const pairs = allMarkets().flatMap((entry) =>
      entry.currencies.map(({ code }) => [entry.id, code] as const),
    );
    const cents = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...pairs), cents, cents, ([id, currency], a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(priceIn(id, currency, low)).toBeGreaterThan(0);
        expect(priceIn(id, currency, low)).toBeLessThanOrEqual(priceIn(id, currency, high));
      }),
    );
  });
});

describe('demo vendors and categories', () => {
  test('twelve vendors ship to every market that they sell in, in all its currencies', () => {
    expect(demoVendors()).toHaveLength(12);
    const document = Compile(VendorDocument);
    for (const vendor of demoVendors()) {
      const { slug, name, country } = vendor;
      const shippingRates = vendor.shippingRates.map((rate) => ({
        id: newGlobalId('shp'),
        ...rate,
      }));
      const entry = {
        id: newGlobalId('ven'),
        slug,
        name,
        country,
        status: 'active',
        shippingRates,
      };
      expect([...document.Errors(entry)]).toEqual([]);
      expect(vendor.email).toMatch(/^[a-z]+@[a-z-]+\.example$/);
      for (const id of vendor.markets) {
        for (const { code } of market(id)?.currencies ?? []) {
          const offers = shippingRates.filter(
            (rate) => rate.market === id && rate.currency === code,
          );
          expect(offers.map((rate) => rate.code)).toEqual(['standard', 'express']);
          const [standard, express] = offers;
          expect(standard?.amountMinor).toBeLessThan(express?.amountMinor ?? 0);
        }
      }
    }
    expect(demoVendors()[0]).toMatchObject({
      email: 'ada@nordlicht.example',
      password: 'demo-password-nordlicht',
    });
  });

  test('every market has vendors', () => {
    for (const { id } of allMarkets()) {
      expect(demoVendors().some((vendor) => vendor.markets.includes(id))).toBe(true);
    }
  });

  test('twenty categories form a tree, parents first', () => {
    const seen = new Set<string | null>([null]);
    const document = Compile(CategoryDocument);
    for (const category of demoCategories()) {
      expect([...document.Errors({ id: newGlobalId('cat'), ...category })]).toEqual([]);
      expect(seen).toContain(category.parent);
      seen.add(category.handle);
    }
    expect(seen.size).toBe(21);
  });

  test('the walk over lines and materials meets every pair of each kind', () => {
    expect(LINES).toHaveLength(51);
    for (const { materials } of KINDS) {
      const pairs = LINES.length * materials.length;
      const walked = new Set(Array.from({ length: pairs }, (_, round) => (round * 53) % pairs));
      expect(walked.size).toBe(pairs);
    }
    // Numbers are multiplied by 7 to mix the kinds.
    expect(KINDS.length % 7).not.toBe(0);
  });
});

describe('random numbers', () => {
  test('stay in range, and samples have the size and order asked for', () => {
    fc.assert(
      fc.property(seeds, fc.nat(20), fc.nat(25), (seed, length, count) => {
        const random = createRandom(seed);
        const list = Array.from({ length }, (_, index) => index);
        const chosen = random.sample(list, count);
        expect(chosen).toHaveLength(Math.min(length, count));
        expect(chosen.toSorted((a, b) => a - b)).toEqual(chosen);
        const value = random.integer(-3, 3);
        expect(value >= -3 && value <= 3 && Number.isInteger(value)).toBe(true);
      }),
    );
  });
});
