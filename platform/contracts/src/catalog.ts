import { type Static, Type } from 'typebox';
import { idPattern } from './ids.ts';

/**
 * The master catalogue's documents and its change feed. The control plane writes them; cells follow
 * the feed and build tables, search documents and caches of their own from them. Nothing here is
 * personal data: a vendor's public profile is that of a company.
 */

/** Text by BCP 47 language tag. Readers fall back along the CLDR chain, then to `en`, then to any. */
export const LocalizedText = Type.Record(
  Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' }),
  Type.String({ maxLength: 10_000 }),
  { maxProperties: 60 },
);
export type LocalizedText = Static<typeof LocalizedText>;

const handle = { pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$', minLength: 1, maxLength: 120 } as const;
/** Lower-case words joined by hyphens: the part of a URL that names a product or category. */
export const Handle = Type.String(handle);
const code = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$', minLength: 1, maxLength: 60 });
const currency = Type.String({ pattern: '^[A-Z]{3}$' });
const market = Type.String({ pattern: '^[a-z][a-z-]{1,30}$' });

/** Price of one variant in one market and currency; with tax where the market shows it inclusive. */
export const VariantPrice = Type.Object(
  {
    market,
    currency,
    amountMinor: Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }),
  },
  { additionalProperties: false },
);
export type VariantPrice = Static<typeof VariantPrice>;

export const ProductOption = Type.Object(
  {
    code,
    labels: LocalizedText,
    values: Type.Array(
      Type.Object({ code, labels: LocalizedText }, { additionalProperties: false }),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false },
);
export type ProductOption = Static<typeof ProductOption>;

/** A property that shoppers filter by. */
export const ProductAttribute = Type.Object(
  {
    code,
    labels: LocalizedText,
    values: Type.Array(
      Type.Object({ code, labels: LocalizedText }, { additionalProperties: false }),
      { minItems: 1, maxItems: 20 },
    ),
  },
  { additionalProperties: false },
);
export type ProductAttribute = Static<typeof ProductAttribute>;

export const ProductMedia = Type.Object(
  {
    /** SHA-256 of the bytes, in hex: the file's name in every blob store. */
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    contentType: Type.String({ pattern: '^image/[a-z0-9.+-]+$', maxLength: 60 }),
    width: Type.Integer({ minimum: 1, maximum: 20_000 }),
    height: Type.Integer({ minimum: 1, maximum: 20_000 }),
    alt: LocalizedText,
  },
  { additionalProperties: false },
);
export type ProductMedia = Static<typeof ProductMedia>;

/** What a vendor gives to describe a variant. */
export const VariantInput = Type.Object(
  {
    sku: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$', minLength: 1, maxLength: 64 }),
    /** Option code → value code; one entry for each option of the product. */
    options: Type.Record(code, code, { maxProperties: 3 }),
    prices: Type.Array(VariantPrice, { minItems: 1, maxItems: 200 }),
    weightGrams: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  },
  { additionalProperties: false },
);
export type VariantInput = Static<typeof VariantInput>;

/** States of a product that the feed knows. */
export type ProductStatus = 'draft' | 'active' | 'archived';

/** What a vendor gives to create or replace a product. */
export const ProductInput = Type.Object(
  {
    handle: Handle,
    status: Type.Union([Type.Literal('draft'), Type.Literal('active'), Type.Literal('archived')]),
    /** Handles of the categories; the first one is the product's main category. */
    categories: Type.Array(Handle, { minItems: 1, maxItems: 20 }),
    titles: LocalizedText,
    descriptions: LocalizedText,
    options: Type.Array(ProductOption, { maxItems: 3 }),
    attributes: Type.Array(ProductAttribute, { maxItems: 50 }),
    media: Type.Array(ProductMedia, { maxItems: 50 }),
    variants: Type.Array(VariantInput, { minItems: 1, maxItems: 800 }),
  },
  { additionalProperties: false },
);
export type ProductInput = Static<typeof ProductInput>;

/** One line of a JSONL catalogue import: a product, with pictures and stock beside it. */
export const ProductImportLine = Type.Object(
  {
    product: ProductInput,
    /** Pictures that the product's media name, inline; small drawn ones only. */
    pictures: Type.Optional(
      Type.Array(
        Type.Object(
          { contentType: Type.Literal('image/svg+xml'), text: Type.String({ maxLength: 32_768 }) },
          { additionalProperties: false },
        ),
        { maxItems: 10 },
      ),
    ),
    /** Units on hand by SKU. */
    onHand: Type.Optional(
      Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    ),
  },
  { additionalProperties: false },
);
export type ProductImportLine = Static<typeof ProductImportLine>;

const id = (type: Parameters<typeof idPattern>[0]) => Type.String({ pattern: idPattern(type) });

export const VariantDocument = Type.Object({
  ...VariantInput.properties,
  id: id('var'),
});
export type VariantDocument = Static<typeof VariantDocument>;

/** A product as the feed carries it. */
export const ProductDocument = Type.Object({
  ...ProductInput.properties,
  id: id('prd'),
  vendorId: id('ven'),
  variants: Type.Array(VariantDocument),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
});
export type ProductDocument = Static<typeof ProductDocument>;

export const CategoryDocument = Type.Object({
  id: id('cat'),
  handle: Handle,
  parent: Type.Union([Handle, Type.Null()]),
  names: LocalizedText,
  position: Type.Integer(),
});
export type CategoryDocument = Static<typeof CategoryDocument>;

/** A flat rate of a vendor in a market, for a whole order. */
export const ShippingRate = Type.Object({
  id: id('shp'),
  code,
  market,
  currency,
  amountMinor: Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }),
  names: LocalizedText,
  minDays: Type.Integer({ minimum: 0, maximum: 365 }),
  maxDays: Type.Integer({ minimum: 0, maximum: 365 }),
});
export type ShippingRate = Static<typeof ShippingRate>;

/** The public side of a vendor. Only an active vendor's products are sold. */
export const VendorDocument = Type.Object({
  id: id('ven'),
  slug: Handle,
  name: Type.String({ minLength: 1, maxLength: 200 }),
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  status: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('suspended')]),
  shippingRates: Type.Array(ShippingRate, { maxItems: 200 }),
});
export type VendorDocument = Static<typeof VendorDocument>;

/** A picture that the catalogue names, small enough to travel inside the feed. */
export const MediaDocument = Type.Object({
  hash: ProductMedia.properties.hash,
  contentType: ProductMedia.properties.contentType,
  base64: Type.String({ maxLength: 65_536 }),
});
export type MediaDocument = Static<typeof MediaDocument>;

/** The kinds of things that the feed carries, and the document of each. */
export const CATALOG_DOCUMENTS = {
  vendor: VendorDocument,
  category: CategoryDocument,
  media: MediaDocument,
  product: ProductDocument,
} as const;
export type CatalogKind = keyof typeof CATALOG_DOCUMENTS;
export interface CatalogDocuments {
  readonly vendor: VendorDocument;
  readonly category: CategoryDocument;
  readonly media: MediaDocument;
  readonly product: ProductDocument;
}

/**
 * One change of the master catalogue. Sequence numbers are given in commit order, without a gap, so
 * a follower knows exactly what it has. A change carries the whole document: applying it twice, or
 * leaving out all but the last of one entity, gives the same result.
 */
export type CatalogChange = {
  readonly [Kind in CatalogKind]: {
    readonly seq: number;
    readonly kind: Kind;
    /** Id of the document (for media: its hash). */
    readonly id: string;
    /** RFC 3339 time of the commit. */
    readonly at: string;
    /** Null where the thing was deleted. */
    readonly document: CatalogDocuments[Kind] | null;
  };
}[CatalogKind];

/** Answer of `GET /v1/catalog/changes?after=&limit=&waitMs=` and of the snapshot. */
export interface CatalogChangePage {
  readonly changes: readonly CatalogChange[];
  /** Highest sequence number that the master has committed. */
  readonly headSeq: number;
  /** Give this as `after` to go on; equals the last change's number, or `after` where there is none. */
  readonly nextAfter: number;
}
