import type {
  CatalogChange,
  CategoryDocument,
  ProductDocument,
  ShippingRate,
  VendorDocument,
} from '../catalog.ts';
import { newGlobalId } from '../ids.ts';

/** Small valid documents of the catalogue, for tests: each may be given what it should differ in. */

const AT = '2026-03-01T08:00:00.000Z';

export function sampleRate(changes: Partial<ShippingRate> = {}): ShippingRate {
  return {
    id: newGlobalId('shp'),
    code: 'standard',
    market: 'eu',
    currency: 'EUR',
    amountMinor: 490,
    names: { en: 'Standard', de: 'Standardversand' },
    minDays: 2,
    maxDays: 4,
    ...changes,
  };
}

export function sampleVendor(changes: Partial<VendorDocument> = {}): VendorDocument {
  return {
    id: newGlobalId('ven'),
    slug: 'nordlicht',
    name: 'Nordlicht Manufaktur',
    country: 'DE',
    status: 'active',
    shippingRates: [sampleRate()],
    ...changes,
  };
}

export function sampleCategory(changes: Partial<CategoryDocument> = {}): CategoryDocument {
  return {
    id: newGlobalId('cat'),
    handle: 'lamps',
    parent: null,
    names: { en: 'Lamps', de: 'Leuchten' },
    position: 1,
    ...changes,
  };
}

/** A lamp in two colours at 119.00 and 129.00 EUR in the market `eu`. */
export function sampleProduct(
  vendorId: string,
  changes: Partial<ProductDocument> = {},
): ProductDocument {
  const variant = (color: string, amountMinor: number): ProductDocument['variants'][number] => ({
    id: newGlobalId('var'),
    sku: `LAMP-${color.toUpperCase()}`,
    options: { color },
    prices: [
      { market: 'eu', currency: 'EUR', amountMinor },
      { market: 'eu', currency: 'GBP', amountMinor: amountMinor - 1_500 },
    ],
    weightGrams: 900,
  });
  return {
    id: newGlobalId('prd'),
    handle: 'desk-lamp',
    status: 'active',
    vendorId,
    categories: ['lamps'],
    titles: { en: 'Desk lamp', de: 'Schreibtischlampe' },
    descriptions: { en: 'A lamp of oiled oak.', de: 'Eine Leuchte aus geölter Eiche.' },
    options: [
      {
        code: 'color',
        labels: { en: 'Colour', de: 'Farbe' },
        values: [
          { code: 'red', labels: { en: 'Red', de: 'Rot' } },
          { code: 'blue', labels: { en: 'Blue', de: 'Blau' } },
        ],
      },
    ],
    attributes: [
      {
        code: 'material',
        labels: { en: 'Material' },
        values: [{ code: 'oak', labels: { en: 'Oak', de: 'Eiche' } }],
      },
    ],
    media: [
      {
        hash: 'a'.repeat(64),
        contentType: 'image/svg+xml',
        width: 800,
        height: 600,
        alt: { en: 'The lamp', de: 'Die Leuchte' },
      },
    ],
    variants: [variant('red', 11_900), variant('blue', 12_900)],
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  };
}

/** A change that carries a document. */
export function sampleChange<Kind extends CatalogChange['kind']>(
  seq: number,
  kind: Kind,
  document: NonNullable<Extract<CatalogChange, { kind: Kind }>['document']>,
): CatalogChange {
  const id = 'id' in document ? document.id : document.hash;
  return { seq, kind, id, at: AT, document } as unknown as CatalogChange;
}

/** A change that deletes. */
export function sampleDeletion(
  seq: number,
  kind: CatalogChange['kind'],
  id: string,
): CatalogChange {
  return { seq, kind, id, at: AT, document: null } as CatalogChange;
}
