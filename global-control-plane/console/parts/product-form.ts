import type {
  LocalizedText,
  ProductDocument,
  ProductInput,
  ProductOption,
  VariantInput,
} from '@commerce/contracts/catalog';
import { currencyExponent } from '@commerce/contracts/currencies';
import { allMarkets } from '@commerce/contracts/markets';
import { readAmount, toDecimal } from '../i18n/formats.ts';

/**
 * A product as a form holds it: amounts are text while they are typed. What the form does not know of a
 * product is kept as it was, so that saving loses nothing.
 */
export interface VariantForm {
  readonly source: Omit<VariantInput, 'prices'>;
  readonly sku: string;
  /** Whether the form has made the SKU: then it follows handle and options until somebody writes one. */
  readonly isSkuMade: boolean;
  readonly weightGrams: string;
  /** Typed amounts by `market currency`; empty where the variant has no price there. */
  readonly prices: Readonly<Record<string, string>>;
}

export interface ProductForm extends Omit<ProductInput, 'variants'> {
  readonly variants: readonly VariantForm[];
}

/** Languages in which products are described: those that the shops of some market offer first. */
export const productLanguages: readonly string[] = [
  ...new Set(allMarkets().flatMap(({ languages }) => languages)),
].toSorted();

export interface PriceList {
  readonly key: string;
  readonly market: string;
  readonly currency: string;
}

/** Every market and currency that a price may be in. */
export const priceLists: readonly PriceList[] = allMarkets().flatMap(({ id, currencies }) =>
  currencies.map(({ code }) => ({ key: `${id} ${code}`, market: id, currency: code })),
);

/** The part of a product that its vendor gives. */
export function toInput(document: ProductDocument): ProductInput {
  const { id: _id, vendorId: _vendor, createdAt: _made, updatedAt: _changed, ...given } = document;
  return { ...given, variants: document.variants.map(({ id: _variant, ...variant }) => variant) };
}

function toVariantForm({ prices, ...source }: VariantInput, decimalSign: string): VariantForm {
  return {
    source,
    sku: source.sku,
    isSkuMade: false,
    weightGrams: String(source.weightGrams),
    prices: Object.fromEntries(
      prices.map(({ market, currency, amountMinor }) => [
        `${market} ${currency}`,
        toDecimal(amountMinor, currencyExponent(currency)).replace('.', decimalSign),
      ]),
    ),
  };
}

/** @param decimalSign what stands before the decimals, as the reader writes it */
export function toForm(input: ProductInput, decimalSign = '.'): ProductForm {
  return {
    ...input,
    variants: input.variants.map((variant) => toVariantForm(variant, decimalSign)),
  };
}

/** An empty product, with one variant. */
export function emptyForm(): ProductForm {
  return {
    handle: '',
    status: 'draft',
    categories: [],
    titles: {},
    descriptions: {},
    options: [],
    attributes: [],
    media: [],
    variants: [newVariant({}, '')],
  };
}

export function newVariant(options: Readonly<Record<string, string>>, sku: string): VariantForm {
  const source = { sku, options: { ...options }, weightGrams: 0 };
  return { source, sku, isSkuMade: true, weightGrams: '0', prices: {} };
}

/** What is wrong with a form, by the path of the field. */
export type FormProblems = ReadonlyMap<string, 'required' | 'amount' | 'number' | 'price'>;

const withoutBlanks = (texts: LocalizedText): LocalizedText =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''));

function readVariant(
  variant: VariantForm,
  index: number,
  problems: Map<string, 'required' | 'amount' | 'number' | 'price'>,
): VariantInput {
  const { sku, weightGrams, source } = variant;
  const path = `variants/${index}`;
  if (sku.trim() === '') problems.set(`${path}/sku`, 'required');
  if (!/^\d{1,8}$/.test(weightGrams.trim())) problems.set(`${path}/weightGrams`, 'number');
  const prices = Object.entries(variant.prices).flatMap(([key, typed]) => {
    if (typed.trim() === '') return [];
    const [market = '', currency = ''] = key.split(' ');
    const amountMinor = readAmount(typed, currencyExponent(currency));
    if (amountMinor === undefined) {
      problems.set(`${path}/prices/${key}`, 'amount');
      return [];
    }
    return [{ market, currency, amountMinor }];
  });
  if (
    prices.length === 0 &&
    ![...problems.keys()].some((one) => one.startsWith(`${path}/prices`))
  ) {
    problems.set(`${path}/prices`, 'price');
  }
  return { ...source, sku: sku.trim(), weightGrams: Number(weightGrams), prices };
}

/** Reads a form as a product. The product is only to be used where nothing is wrong. */
export function readForm(form: ProductForm): {
  readonly input: ProductInput;
  readonly problems: FormProblems;
} {
  const problems = new Map<string, 'required' | 'amount' | 'number' | 'price'>();
  const titles = withoutBlanks(form.titles);
  if (Object.keys(titles).length === 0) problems.set('titles', 'required');
  if (form.handle.trim() === '') problems.set('handle', 'required');
  if (form.categories.length === 0) problems.set('categories', 'required');
  const input = {
    ...form,
    handle: form.handle.trim(),
    titles,
    descriptions: withoutBlanks(form.descriptions),
    variants: form.variants.map((variant, index) => readVariant(variant, index, problems)),
  };
  return { input, problems };
}

/** The path in a form of a field that the control plane refused: prices there go by their number. */
export function toFormPath(path: string, input: ProductInput): string {
  const match = /^variants\/(\d+)\/prices\/(\d+)/.exec(path);
  if (match === null) return path;
  const price = input.variants[Number(match[1])]?.prices[Number(match[2])];
  return price === undefined
    ? path
    : `variants/${match[1]}/prices/${price.market} ${price.currency}`;
}

const CODE_LENGTH_MAX = 60;

/** A short name in ASCII: what a title becomes in an address, or a value in a code. */
export function toSlug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, CODE_LENGTH_MAX)
    .replace(/-+$/, '');
}

/** A code that is not taken yet; texts in other scripts get a number. */
function freeCode(text: string, stem: string, taken: ReadonlySet<string>): string {
  const wanted = toSlug(text) || `${stem}-1`;
  for (let number = 1; ; number += 1) {
    const code = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(code)) return code;
  }
}

/**
 * Reads the values of an option from text in one language, joined by commas. Values that were there
 * keep their code, and their names in other languages.
 */
export function readOptionValues(
  option: ProductOption,
  text: string,
  tag: string,
  nameOf: (labels: LocalizedText) => string,
): ProductOption {
  const names = [
    ...new Set(
      text
        .split(/[,،、]/)
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
  const taken = new Set(option.values.map(({ code }) => code));
  const values = names.map((name) => {
    const known = option.values.find(({ labels }) => nameOf(labels) === name);
    if (known !== undefined) return known;
    const code = freeCode(name, 'value', taken);
    taken.add(code);
    return { code, labels: { [tag]: name } };
  });
  return { ...option, values };
}

export function newOption(
  name: string,
  tag: string,
  others: readonly ProductOption[],
): ProductOption {
  const taken = new Set(others.map(({ code }) => code));
  return { code: freeCode(name, 'option', taken), labels: { [tag]: name }, values: [] };
}

const SKU_LENGTH_MAX = 64;

/** A SKU that nobody has given yet, of the product's handle and the variant's values. */
export function makeSku(handle: string, options: Readonly<Record<string, string>>): string {
  const words = [handle, ...Object.values(options)].filter(Boolean);
  return words.join('-').toUpperCase().slice(0, SKU_LENGTH_MAX);
}

/** As many as the catalogue takes. */
export const VARIANTS_MAX = 800;

/** All combinations of the options' values; those that a variant has keep that variant. */
export function combineVariants(
  options: readonly ProductOption[],
  variants: readonly VariantForm[],
  handle: string,
): VariantForm[] {
  let combinations: Record<string, string>[] = [{}];
  for (const { code, values } of options) {
    if (values.length === 0) continue;
    combinations = combinations.flatMap((known) =>
      values.map((value) => ({ ...known, [code]: value.code })),
    );
  }
  const used = new Set<VariantForm>();
  return combinations.slice(0, VARIANTS_MAX).map((wanted) => {
    const fits = (variant: VariantForm): boolean =>
      !used.has(variant) &&
      Object.entries(variant.source.options).every(
        ([code, value]) => wanted[code] === undefined || wanted[code] === value,
      );
    // The best known variant gives its SKU and prices; what is new has the prices of a sibling.
    const exact = variants.find(
      (variant) =>
        fits(variant) &&
        Object.keys(wanted).every((code) => variant.source.options[code] === wanted[code]),
    );
    const kept = exact ?? variants.find(fits);
    const sku = makeSku(handle, wanted);
    if (kept !== undefined) {
      used.add(kept);
      const source = { ...kept.source, options: wanted };
      return { ...kept, source, sku: kept.isSkuMade ? sku : kept.sku };
    }
    return { ...newVariant(wanted, sku), prices: variants[0]?.prices ?? {} };
  });
}

export type ProductPart = keyof ProductInput;

/** Parts that two versions have differently. */
function changedParts(a: ProductInput, b: ProductInput): ProductPart[] {
  return (Object.keys({ ...a, ...b }) as ProductPart[]).filter(
    (part) => JSON.stringify(a[part]) !== JSON.stringify(b[part]),
  );
}

/**
 * Brings two changes of one product together: each part as whoever changed it wants it.
 * `both` are the parts that both have changed differently; of them `mine` is taken.
 */
export function mergeInputs(
  base: ProductInput,
  mine: ProductInput,
  theirs: ProductInput,
): {
  readonly merged: ProductInput;
  readonly theirParts: readonly ProductPart[];
  readonly both: readonly ProductPart[];
} {
  const myParts = new Set(changedParts(base, mine));
  const theirParts = changedParts(base, theirs);
  const differ = new Set(changedParts(mine, theirs));
  const merged = { ...theirs };
  for (const part of myParts) Object.assign(merged, { [part]: mine[part] });
  return {
    merged,
    theirParts,
    both: theirParts.filter((part) => myParts.has(part) && differ.has(part)),
  };
}
