import { FileFault } from '../file-text.ts';

/**
 * Columns of Shopify's product CSV. Both header sets are read: today's (`URL handle`, `Description`) and the
 * legacy one (`Handle`, `Body (HTML)`), in any order and case.
 */

/** What we read, with its names: today's first, then legacy ones. */
const NAMES = {
  handle: ['URL handle', 'Handle'],
  title: ['Title'],
  description: ['Description', 'Body (HTML)'],
  brand: ['Vendor'],
  category: [
    'Product category',
    'Product Category',
    'Standardized Product Type',
    'Standard Product Type',
  ],
  type: ['Type', 'Custom Product Type', 'Product Type'],
  tags: ['Tags'],
  published: ['Published on online store', 'Published'],
  status: ['Status'],
  sku: ['SKU', 'Variant SKU'],
  option1Name: ['Option1 name'],
  option1Value: ['Option1 value'],
  option2Name: ['Option2 name'],
  option2Value: ['Option2 value'],
  option3Name: ['Option3 name'],
  option3Value: ['Option3 value'],
  price: ['Price', 'Variant Price'],
  compareAtPrice: ['Compare-at price', 'Variant Compare At Price'],
  quantity: ['Inventory quantity', 'Variant Inventory Qty'],
  grams: ['Weight value (grams)', 'Variant Grams'],
  picture: ['Product image URL', 'Image Src'],
  picturePosition: ['Image position'],
  pictureText: ['Image alt text'],
  variantPicture: ['Variant image URL', 'Variant Image'],
  giftCard: ['Gift card'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ShopifyField = keyof typeof NAMES;

/** Columns of Shopify that say nothing to us: known, so nobody is warned of them. */
const PASSED_OVER = [
  'Barcode',
  'Barcodes',
  'Variant Barcode',
  'Option1 Linked To',
  'Option2 Linked To',
  'Option3 Linked To',
  'Cost per item',
  'Charge tax',
  'Variant Taxable',
  'Tax code',
  'Variant Tax Code',
  'Tax 1',
  'Unit price total measure',
  'Unit price total measure unit',
  'Unit price base measure',
  'Unit price base measure unit',
  'Inventory tracker',
  'Variant Inventory Tracker',
  'Continue selling when out of stock',
  'Variant Inventory Policy',
  'Weight unit for display',
  'Variant Weight Unit',
  'Requires shipping',
  'Variant Requires Shipping',
  'Fulfillment service',
  'Variant Fulfillment Service',
  'SEO title',
  'SEO description',
  'Collection',
  'Collections',
  'Template Suffix',
];

/** Columns that come in families: markets, Google Shopping, metafields. */
const PASSED_OVER_FAMILIES = [
  /^google shopping \//,
  /^(?:included|price|compare[- ]at price) \/ /,
  /\((?:product|variant)\.metafields\.[^)]*\)$/,
  /^metafield: /,
  /^status \/ /,
];

/** Names are compared without case and with single spaces. */
const plain = (name: string): string => name.trim().replace(/\s+/g, ' ').toLowerCase();

const FIELD_BY_NAME: ReadonlyMap<string, ShopifyField> = new Map(
  Object.entries(NAMES).flatMap(([field, names]) =>
    names.map((name) => [plain(name), field as ShopifyField] as const),
  ),
);
const PASSED_OVER_NAMES: ReadonlySet<string> = new Set(PASSED_OVER.map(plain));

/** What a file must have columns for. */
const REQUIRED: readonly ShopifyField[] = ['handle', 'title', 'price'];

export interface ShopifyColumns {
  /** Place of each field's column in a row, from 0. */
  readonly places: ReadonlyMap<ShopifyField, number>;
  /** Names as the file spells them. */
  readonly names: readonly string[];
  /** Names of columns that are neither read nor known. */
  readonly unknown: readonly string[];
}

/** The name of a field's column in this file; today's where the file has none. */
export function columnName(columns: ShopifyColumns, field: ShopifyField): string {
  const place = columns.places.get(field);
  return (place === undefined ? undefined : columns.names[place]) ?? NAMES[field][0];
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(' or ');

/**
 * Reads a file's header.
 * @throws FileFault `missing-column` or `repeated-column`, in line 1
 */
export function readHeader(cells: readonly string[]): ShopifyColumns {
  const places = new Map<ShopifyField, number>();
  const unknown: string[] = [];
  cells.forEach((name, place) => {
    const field = FIELD_BY_NAME.get(plain(name));
    if (field !== undefined) {
      const first = places.get(field);
      if (first !== undefined) {
        const detail = `The columns "${cells[first]}" and "${name}" mean the same: leave one out.`;
        throw new FileFault('repeated-column', detail, 1);
      }
      places.set(field, place);
      return;
    }
    const known =
      PASSED_OVER_NAMES.has(plain(name)) ||
      PASSED_OVER_FAMILIES.some((family) => family.test(plain(name)));
    if (!known && name.trim() !== '') unknown.push(name);
  });
  const missing = REQUIRED.filter((field) => !places.has(field));
  if (missing.length > 0) {
    const list = missing.map((field) => quoted(NAMES[field])).join(', ');
    const detail = `The first line has no column ${list}: it must be the header of a Shopify product CSV.`;
    throw new FileFault('missing-column', detail, 1);
  }
  return { places, names: cells.map((name) => name.trim()), unknown };
}
