import type { ProductDocument, ProductInput } from '@commerce/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { textFor } from '../i18n/localized.ts';
import {
  combineVariants,
  emptyForm,
  mergeInputs,
  newOption,
  type ProductForm,
  readForm,
  readOptionValues,
  toForm,
  toFormPath,
  toInput,
  toSlug,
} from './product-form.ts';

const input: ProductInput = {
  handle: 'linen-shirt',
  status: 'active' as ProductInput['status'],
  categories: ['shirts'],
  titles: { en: 'Linen shirt' },
  descriptions: { en: 'Cool.' },
  options: [
    {
      code: 'size',
      labels: { en: 'Size', de: 'Größe' },
      values: [
        { code: 's', labels: { en: 'S' } },
        { code: 'm', labels: { en: 'M', de: 'Mittel' } },
      ],
    },
  ],
  attributes: [],
  media: [],
  variants: ['s', 'm'].map((size) => ({
    sku: `SHIRT-${size.toUpperCase()}`,
    options: { size },
    prices: [{ market: 'eu', currency: 'EUR', amountMinor: 4_990 }],
    weightGrams: 250,
  })),
};

const edit = (change: Partial<ProductForm>): ProductForm => ({ ...toForm(input), ...change });

describe('the form of a product', () => {
  test('gives back what it was made of, with what it does not know', () => {
    const document = {
      ...input,
      seo: { title: 'A field of tomorrow' },
      id: 'prd_1',
      vendorId: 'ven_1',
      createdAt: '',
      updatedAt: '',
      variants: input.variants.map((variant, index) => ({
        ...variant,
        barcode: `400${index}`,
        id: `var_${index}`,
      })),
    } as unknown as ProductDocument;
    const given = toInput(document);
    const { input: read, problems } = readForm(toForm(given));
    expect(read).toEqual(given);
    expect(read).toMatchObject({ seo: {}, variants: [{ barcode: '4000' }, { barcode: '4001' }] });
    expect([...problems]).toEqual([]);
  });

  test('tells by field what is missing or no amount', () => {
    const form = edit({ titles: { en: '  ' }, handle: '', categories: [] });
    const [first, second] = form.variants;
    if (first === undefined || second === undefined) throw new Error('the sample has two variants');
    const { problems } = readForm({
      ...form,
      variants: [
        { ...first, prices: { 'eu EUR': '1.234' }, weightGrams: 'heavy' },
        { ...second, prices: { 'eu EUR': ' ' }, sku: '' },
      ],
    });
    expect(Object.fromEntries(problems)).toEqual({
      titles: 'required',
      handle: 'required',
      categories: 'required',
      'variants/0/prices/eu EUR': 'amount',
      'variants/0/weightGrams': 'number',
      'variants/1/sku': 'required',
      'variants/1/prices': 'price',
    });
    expect(readForm(emptyForm()).problems.size).toBeGreaterThan(0);
  });

  test('finds the field of a price that the control plane refused by number', () => {
    expect(toFormPath('variants/1/prices/0/amountMinor', input)).toBe('variants/1/prices/eu EUR');
    expect(toFormPath('handle', input)).toBe('handle');
  });
});

describe('options', () => {
  const [size] = input.options;
  if (size === undefined) throw new Error('the sample has an option');
  const english = (labels: Record<string, string>): string => textFor(labels, 'en');

  test('are read from text; values that were there keep their code and other languages', () => {
    const read = readOptionValues(size, 'M, L ,L, Größe 50', 'en', english);
    expect(read.values).toEqual([
      { code: 'm', labels: { en: 'M', de: 'Mittel' } },
      { code: 'l', labels: { en: 'L' } },
      { code: 'grosse-50', labels: { en: 'Größe 50' } },
    ]);
    const arabic = readOptionValues({ ...size, values: [] }, 'صغير، كبير', 'ar', english);
    expect(arabic.values.map(({ code }) => code)).toEqual(['value-1', 'value-1-2']);
  });

  test('make a variant of each combination, and keep SKU and prices of those that stay', () => {
    const colour = readOptionValues(newOption('Colour', 'en', [size]), 'Red, Blue', 'en', english);
    const variants = combineVariants([size, colour], toForm(input).variants, 'linen-shirt');
    expect(variants.map(({ sku }) => sku)).toEqual([
      'SHIRT-S',
      'LINEN-SHIRT-S-BLUE',
      'SHIRT-M',
      'LINEN-SHIRT-M-BLUE',
    ]);
    expect(variants.map(({ source }) => source.options)).toEqual([
      { size: 's', colour: 'red' },
      { size: 's', colour: 'blue' },
      { size: 'm', colour: 'red' },
      { size: 'm', colour: 'blue' },
    ]);
    expect(variants.every(({ prices }) => prices['eu EUR'] === '49.90')).toBe(true);
    expect(combineVariants([], variants, 'linen-shirt')).toHaveLength(1);
  });

  test('make the SKU of a new variant anew, and leave the one that somebody has written', () => {
    const [fresh] = emptyForm().variants;
    if (fresh === undefined) throw new Error('a new product has a variant');
    const made = combineVariants([size], [{ ...fresh, sku: 'TRAY' }], 'tray');
    expect(made.map(({ sku }) => sku)).toEqual(['TRAY-S', 'TRAY-M']);
    const written = { ...fresh, sku: 'MINE', isSkuMade: false };
    const kept = combineVariants([size], [written], 'tray');
    expect(kept.map(({ sku }) => sku)).toEqual(['MINE', 'TRAY-M']);
  });

  test('names become codes that addresses take', () => {
    expect([toSlug('  Große Straße №5 '), toSlug('ملابس'), toSlug('A--b')]).toEqual([
      'grosse-strasse-no5',
      '',
      'a-b',
    ]);
  });
});

describe('two changes of one product', () => {
  const theirs = { ...input, titles: { en: 'Linen shirt, new' } };

  test('are both kept where they touch different parts', () => {
    const mine = { ...input, status: 'draft' as ProductInput['status'] };
    const { merged, theirParts, both } = mergeInputs(input, mine, theirs);
    expect(merged).toEqual({ ...input, status: 'draft', titles: theirs.titles });
    expect([theirParts, both]).toEqual([['titles'], []]);
  });

  test('name the part that both have changed differently, and mine stands', () => {
    const mine = { ...input, titles: { en: 'My shirt' } };
    const { merged, both } = mergeInputs(input, mine, theirs);
    expect([merged.titles, both]).toEqual([mine.titles, ['titles']]);
    expect(mergeInputs(input, theirs, theirs).both).toEqual([]);
  });
});
