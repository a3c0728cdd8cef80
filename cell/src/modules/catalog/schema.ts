import { Handle } from '@commerce/contracts/catalog';
import { idPattern } from '@commerce/contracts/ids';
import { type Static, type TSchema, Type } from 'typebox';
import { ShopQuery } from './shop-context.ts';

/** What the catalogue's pages say; the types of their JSON. */

const strict = { additionalProperties: false } as const;
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const Money = Type.Object(
  { amountMinor: Type.Integer({ minimum: 0 }), currency: Type.String() },
  { ...strict, examples: [{ amountMinor: 11_900, currency: 'EUR' }] },
);

const VendorLink = Type.Object(
  { id: Type.String({ pattern: idPattern('ven') }), slug: Handle, name: Type.String() },
  strict,
);

const Labelled = { code: Type.String(), label: Type.String() };

const VariantOption = Type.Object(
  {
    code: Type.String({ description: 'Of the option' }),
    value: Type.String({ description: 'Code of its value' }),
    label: Type.String({ description: 'Name of the value' }),
  },
  { ...strict, examples: [{ code: 'color', value: 'red', label: 'Rot' }] },
);

const available = Type.Integer({
  minimum: 0,
  description: 'Units that this cell sells at once',
});

export const VariantView = Type.Object(
  {
    id: Type.String({ pattern: idPattern('var') }),
    sku: Type.String(),
    options: Type.Array(VariantOption),
    price: nullable(Money),
    weightGrams: Type.Integer({ minimum: 0 }),
    available,
  },
  strict,
);
export type VariantView = Static<typeof VariantView>;

export const ImageView = Type.Object(
  {
    url: Type.String({ examples: [`/v1/media/${'a'.repeat(64)}`] }),
    contentType: Type.String(),
    width: Type.Integer(),
    height: Type.Integer(),
    alt: Type.String(),
  },
  strict,
);
export type ImageView = Static<typeof ImageView>;

export const TaxView = Type.Object(
  {
    display: Type.Union([Type.Literal('inclusive'), Type.Literal('exclusive')], {
      description: 'Whether prices contain the tax',
    }),
    ratePpm: Type.Integer({ description: 'Parts per million of the net price' }),
  },
  strict,
);

const Breadcrumb = Type.Object({ handle: Handle, name: Type.String() }, strict);

export const ProductView = Type.Object(
  {
    id: Type.String({ pattern: idPattern('prd') }),
    handle: Handle,
    title: Type.String(),
    description: Type.String(),
    language: Type.String({ description: 'Of the texts, as far as they are translated' }),
    market: Type.String(),
    currency: Type.String(),
    tax: TaxView,
    vendor: VendorLink,
    breadcrumbs: Type.Array(Breadcrumb, { description: 'Main category, from the top' }),
    categories: Type.Array(Breadcrumb),
    options: Type.Array(
      Type.Object(
        {
          ...Labelled,
          values: Type.Array(Type.Object({ value: Type.String(), label: Type.String() }, strict)),
        },
        strict,
      ),
    ),
    attributes: Type.Array(
      Type.Object({ ...Labelled, values: Type.Array(Type.Object(Labelled, strict)) }, strict),
    ),
    media: Type.Array(ImageView),
    updatedAt: Type.String({ format: 'date-time' }),
    variants: Type.Array(VariantView),
  },
  strict,
);
export type ProductView = Static<typeof ProductView>;

/** A product in a list. */
export const ProductCard = Type.Object(
  {
    id: Type.String({ pattern: idPattern('prd') }),
    handle: Handle,
    title: Type.String(),
    vendor: VendorLink,
    image: nullable(ImageView),
    price: nullable(Money),
    priceMax: nullable(Money),
    available,
    variantCount: Type.Integer({ description: 'Of all variants; a list shows the first 20' }),
    variants: Type.Array(
      Type.Object(
        {
          id: VariantView.properties.id,
          sku: Type.String(),
          options: Type.Array(VariantOption),
          price: nullable(Money),
          available,
        },
        strict,
      ),
      { maxItems: 20 },
    ),
  },
  strict,
);
export type ProductCard = Static<typeof ProductCard>;

export const ProductPage = Type.Object(
  {
    items: Type.Array(ProductCard),
    nextCursor: nullable(Type.String({ description: 'Give it as `cursor` to go on' })),
    language: Type.String(),
    market: Type.String(),
    currency: Type.String(),
    tax: TaxView,
  },
  strict,
);
export type ProductPage = Static<typeof ProductPage>;

export const ProductParams = Type.Object({ handle: Handle }, strict);
export const ProductQuery = Type.Object(ShopQuery, strict);
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 24 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
};
export const ProductListQuery = Type.Object(
  { ...ShopQuery, ...PageQuery, category: Type.Optional(Handle) },
  strict,
);

export const LanguageQuery = Type.Object({ language: ShopQuery.language }, strict);
export const CategoryList = Type.Object(
  {
    items: Type.Array(
      Type.Object({ handle: Handle, parent: nullable(Handle), name: Type.String() }, strict),
    ),
    language: Type.String(),
  },
  strict,
);

export const VendorParams = Type.Object({ slug: Handle }, strict);
export const VendorView = Type.Object(
  {
    id: VendorLink.properties.id,
    slug: Handle,
    name: Type.String(),
    country: Type.String({ description: 'ISO 3166-1' }),
    countryName: Type.String(),
  },
  strict,
);

export const MarketList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          countries: Type.Array(Type.String()),
          currencies: Type.Array(Type.String()),
          languages: Type.Array(Type.String()),
          tax: TaxView,
        },
        strict,
      ),
    ),
    default: Type.String({ description: 'Market of shoppers whose country is unknown' }),
  },
  strict,
);
