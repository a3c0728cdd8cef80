import { createHash } from 'node:crypto';
import type {
  ProductAttribute,
  ProductImportLine,
  ProductMedia,
  VariantInput,
  VariantPrice,
} from '@commerce/contracts/catalog';
import { countryName } from '@commerce/contracts/countries';
import { market } from '@commerce/contracts/markets';
import { categoryPath } from './categories.ts';
import { FEATURES, type Feature } from './features.ts';
import { KINDS } from './kinds.ts';
import { LINES, type LineName } from './lines.ts';
import { type Material, materialOf } from './materials.ts';
import {
  COLOUR_LABELS,
  COLOURS,
  type Colour,
  drawOptions,
  type OptionChoice,
  type OptionValue,
} from './options.ts';
import { drawPicture, PICTURE_SIZE } from './pictures.ts';
import { priceIn } from './prices.ts';
import { describeProduct, nameProduct } from './product-texts.ts';
import type { ProductKind } from './product-kind.ts';
import { createRandom, mixSeed, type Random } from './random.ts';
import { mapText, sameText, texts } from './texts.ts';
import { type DemoVendor, demoVendor } from './vendors.ts';

/** A product of the demo: whose it is, and the line of an import that creates it. */
export interface DemoProduct {
  /** Slug of the vendor. */
  readonly vendor: string;
  readonly line: ProductImportLine;
}

/** What the seed of the demo is, where nobody asks for another one. */
export const DEMO_SEED = 20_260_101;

/** What is decided of a product before its texts, prices and picture are made. */
interface Plan {
  readonly kind: ProductKind;
  readonly vendor: DemoVendor;
  readonly lineName: LineName;
  readonly material: Material;
  /** 1 for the first product of a kind, line and material, 2 for the next … */
  readonly series: number;
  readonly feature: Feature;
  readonly options: readonly OptionChoice[];
  /** The picture's colour, and the facet's where there is no choice of colours. */
  readonly colour: Colour;
}

/**
 * Chooses kind, line and material from the product's number alone. Products walk through all pairs
 * of line and material of their kind before a series begins again, which makes handles unique
 * without remembering any.
 */
function planProduct(index: number, random: Random): Plan {
  const kindIndex = (index * 7) % KINDS.length;
  const kind = KINDS[kindIndex] as ProductKind;
  const round = Math.floor(index / KINDS.length);
  const pairs = LINES.length * kind.materials.length;
  // 53 shares no factor with the number of pairs, so the walk meets each pair once a round.
  const pair = (round * 53 + kindIndex * 11) % pairs;
  const lineName = LINES[pair % LINES.length] as LineName;
  const materialCode = kind.materials[Math.floor(pair / LINES.length)] as string;
  return {
    kind,
    vendor: demoVendor(random.pick(kind.vendors)),
    lineName,
    material: materialOf(materialCode),
    series: Math.floor(round / pairs) + 1,
    feature: random.pick(FEATURES),
    options: drawOptions(kind.options, random),
    colour: random.pick(COLOURS),
  };
}

function handleOf({ kind, lineName, material, series }: Plan): string {
  const handle = `${lineName.slug}-${material.code}-${kind.slug}`;
  return series === 1 ? handle : `${handle}-${series}`;
}

/** Every combination of the options' values, in the order of the options. */
function combinations(options: readonly OptionChoice[]): OptionValue[][] {
  return options.reduce<OptionValue[][]>(
    (rows, option) => rows.flatMap((row) => option.values.map((value) => [...row, value])),
    [[]],
  );
}

function pricesOf(vendor: DemoVendor, euroCents: number): VariantPrice[] {
  return vendor.markets.flatMap((id) =>
    (market(id)?.currencies ?? []).map(({ code: currency }) => ({
      market: id,
      currency,
      amountMinor: priceIn(id, currency, euroCents),
    })),
  );
}

/** Stock that a shop might have: some things are gone, most are there, a few are plentiful. */
function drawStock(random: Random): number {
  if (random.chance(0.03)) return 0;
  if (random.chance(0.08)) return random.integer(1, 5);
  return random.integer(12, 240);
}

function makeVariants(
  plan: Plan,
  index: number,
  random: Random,
): { variants: VariantInput[]; onHand: Record<string, number> } {
  const [minEuros, maxEuros] = plan.kind.euros;
  // Cheaper ones are more common, as in shops: prices are spread evenly over their logarithm.
  const baseCents = Math.round(100 * minEuros * (maxEuros / minEuros) ** random.next());
  const weightGrams = random.integer(...plan.kind.grams);
  const number = String(index + 1).padStart(5, '0');
  const pricesByPercent = new Map<number, VariantPrice[]>();
  const variants: VariantInput[] = [];
  const onHand: Record<string, number> = {};
  for (const values of combinations(plan.options)) {
    const percent = values.reduce((sum, value) => sum + (value.pricePercent ?? 0), 0);
    let prices = pricesByPercent.get(percent);
    if (prices === undefined) {
      prices = pricesOf(plan.vendor, Math.round((baseCents * (100 + percent)) / 100));
      pricesByPercent.set(percent, prices);
    }
    const codes = values.map(({ code }) => code);
    const sku = [plan.vendor.skuPrefix, number, ...codes].join('-').toUpperCase();
    const options = Object.fromEntries(
      plan.options.map((option, position) => [option.code, codes[position] as string]),
    );
    variants.push({
      sku,
      options,
      prices,
      weightGrams: Math.round((weightGrams * (100 + percent)) / 100),
    });
    onHand[sku] = drawStock(random);
  }
  return { variants, onHand };
}

const BRAND = texts('Brand', 'Marke', 'Marque', 'Marca', 'العلامة التجارية', 'ブランド');
const MATERIAL = texts('Material', 'Material', 'Matière', 'Material', 'الخامة', '素材');
const ORIGIN = texts(
  'Made in',
  'Hergestellt in',
  'Fabriqué en',
  'Fabricado en',
  'بلد الصنع',
  '生産国',
);
const FEATURE = texts(
  'Good to know',
  'Gut zu wissen',
  'Bon à savoir',
  'Bueno saberlo',
  'مزايا',
  '特長',
);

/** Colours that bare metal has; it comes in another one only where a choice of colours says so. */
const METAL_PAINTS: ReadonlyMap<string, string> = new Map([
  ['silver', '#b9bec7'],
  ['gold', '#d8b04a'],
  ['brass', '#c39a3d'],
  ['steel', '#aab2ba'],
  ['aluminium', '#b7bdc4'],
  ['cast-iron', '#3a3d42'],
]);

/** The colours that a product comes in; none where it has that of its metal. */
function coloursOf(plan: Plan): readonly OptionValue[] {
  const choice = plan.options.find((option) => option.code === 'colour');
  if (choice !== undefined) return choice.values;
  return METAL_PAINTS.has(plan.material.code) ? [] : [plan.colour];
}

function attributesOf(plan: Plan): ProductAttribute[] {
  const { vendor, material, feature } = plan;
  const colours = coloursOf(plan);
  const plainValue = ({ code, labels }: OptionValue) => ({ code, labels: { ...labels } });
  const country = {
    code: vendor.country.toLowerCase(),
    labels: mapText((language) => countryName(vendor.country, language)),
  };
  return [
    {
      code: 'brand',
      labels: BRAND,
      values: [{ code: vendor.slug, labels: sameText(vendor.name) }],
    },
    { code: 'material', labels: MATERIAL, values: [plainValue(material)] },
    { code: 'colour', labels: COLOUR_LABELS, values: colours.map(plainValue) },
    { code: 'origin', labels: ORIGIN, values: [country] },
    { code: 'feature', labels: FEATURE, values: [plainValue(feature)] },
  ].filter(({ values }) => values.length > 0);
}

function paintOf(plan: Plan): string {
  const [first] = coloursOf(plan);
  const colour = COLOURS.find(({ code }) => code === first?.code);
  return colour?.hex ?? METAL_PAINTS.get(plan.material.code) ?? plan.colour.hex;
}

/**
 * Makes the demo's product of a number (0 …). It depends on seed and number alone, not on how many
 * others are made.
 */
export function demoProduct(seed: number, index: number): DemoProduct {
  const random = createRandom(mixSeed(seed, index));
  const plan = planProduct(index, random);
  const { variants, onHand } = makeVariants(plan, index, random);
  const titles = nameProduct(plan);
  const picture = drawPicture(plan.kind.slug, titles.en, paintOf(plan), random);
  const media: ProductMedia = {
    hash: createHash('sha256').update(picture).digest('hex'),
    contentType: 'image/svg+xml',
    width: PICTURE_SIZE,
    height: PICTURE_SIZE,
    alt: titles,
  };
  const product = {
    handle: handleOf(plan),
    status: 'active' as const,
    categories: categoryPath(plan.kind.category),
    titles,
    descriptions: describeProduct(plan),
    options: plan.options.map(({ code, labels, values }) => ({
      code,
      labels: { ...labels },
      values: values.map((value) => ({ code: value.code, labels: { ...value.labels } })),
    })),
    attributes: attributesOf(plan),
    media: [media],
    variants,
  };
  const pictures = [{ contentType: 'image/svg+xml' as const, text: picture }];
  return { vendor: plan.vendor.slug, line: { product, pictures, onHand } };
}

/**
 * Makes the demo's first products one by one, so that any number of them needs the memory of one.
 * The same seed gives the same bytes.
 */
export function* demoProducts(options: {
  readonly seed?: number;
  readonly count: number;
}): Generator<DemoProduct, void, undefined> {
  const { seed = DEMO_SEED, count } = options;
  for (let index = 0; index < count; index += 1) yield demoProduct(seed, index);
}
