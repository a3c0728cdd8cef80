import type { LocalizedText, ProductDocument, ProductStatus } from '@commerce/contracts/catalog';
import type { Sql } from '@commerce/engines/sql/sql';
import {
  findDocuments,
  findTitles,
  readTypedText,
  searchProducts,
  searchVariants,
} from './own-products-store.ts';

/** A product in a list of its vendor's: what one recognises it by. */
export interface OwnProduct {
  readonly id: string;
  readonly handle: string;
  readonly status: ProductStatus;
  readonly titles: LocalizedText;
  readonly categories: readonly string[];
  /** Hash of the first picture. */
  readonly picture: string | null;
  readonly variantIds: readonly string[];
  readonly prices: readonly PriceRange[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface PriceRange {
  readonly market: string;
  readonly currency: string;
  readonly fromMinor: number;
  readonly toMinor: number;
}

/** A variant in a list of its vendor's, with what one recognises it by. */
export interface OwnVariant {
  readonly variantId: string;
  readonly vendorId: string;
  readonly productId: string;
  readonly sku: string;
  readonly markets: readonly string[];
  readonly status: ProductStatus;
  readonly titles: LocalizedText;
  /** Labels of the variant's values, in the order of the product's options. */
  readonly options: readonly LocalizedText[];
  readonly picture: string | null;
}

/** Where a list of products begins, before the newest: ids grow with time. */
const BEFORE_ALL = 'prd_z';

function priceRanges({ variants }: ProductDocument): PriceRange[] {
  const ranges = new Map<string, PriceRange>();
  for (const { market, currency, amountMinor } of variants.flatMap(({ prices }) => prices)) {
    const key = `${market} ${currency}`;
    const known = ranges.get(key);
    ranges.set(key, {
      market,
      currency,
      fromMinor: Math.min(known?.fromMinor ?? amountMinor, amountMinor),
      toMinor: Math.max(known?.toMinor ?? amountMinor, amountMinor),
    });
  }
  return [...ranges.values()];
}

function labelsOf(product: ProductDocument, sku: string): LocalizedText[] {
  const variant = product.variants.find((one) => one.sku === sku);
  return product.options.flatMap(({ code, values }) => {
    const value = values.find((one) => one.code === variant?.options[code]);
    return value === undefined ? [] : [value.labels];
  });
}

export type OwnProducts = ReturnType<typeof createOwnProducts>;

/** The lists in which a vendor finds products and variants of their own. */
export function createOwnProducts(deps: { readonly sql: Sql }) {
  const { sql } = deps;
  return Object.freeze({
    /** Newest first. `text` is what was typed: words of titles or handle, or the start of a SKU. */
    listProducts: async (
      vendorId: string,
      page: {
        readonly before: string | undefined;
        readonly statuses: readonly ProductStatus[];
        readonly text: string | undefined;
        readonly limit: number;
      },
    ): Promise<OwnProduct[]> => {
      const { before = BEFORE_ALL, statuses, limit } = page;
      const typed = readTypedText(page.text);
      const rows = await searchProducts(sql, vendorId, { before, statuses, typed, limit });
      return rows.map((row) => {
        const document = JSON.parse(row.document) as ProductDocument;
        const { id, handle, status, titles, categories, media, variants, createdAt } = document;
        return {
          id,
          handle,
          status,
          titles,
          categories,
          picture: media[0]?.hash ?? null,
          variantIds: variants.map((variant) => variant.id),
          prices: priceRanges(document),
          createdAt,
          updatedAt: row.updated_at.toISOString(),
        };
      });
    },

    /** Titles of today, by variant, whatever became of the products. */
    titlesOf: (
      vendorId: string,
      variantIds: readonly string[],
    ): Promise<ReadonlyMap<string, LocalizedText>> => findTitles(sql, vendorId, variantIds),

    /** In the order of their SKUs, those of archived products left out. */
    listVariants: async (
      vendorId: string,
      page: { readonly after: string; readonly text: string | undefined; readonly limit: number },
    ): Promise<OwnVariant[]> => {
      const { after, limit } = page;
      const rows = await searchVariants(sql, vendorId, {
        after,
        typed: readTypedText(page.text),
        limit,
      });
      const ids = [...new Set(rows.map((row) => row.product_id))];
      const texts = await findDocuments(sql, ids);
      const products = new Map(
        [...texts].map(([id, text]) => [id, JSON.parse(text) as ProductDocument]),
      );
      return rows.flatMap((row): OwnVariant[] => {
        const product = products.get(row.product_id);
        if (product === undefined) return [];
        return [
          {
            variantId: row.id,
            vendorId,
            productId: row.product_id,
            sku: row.sku,
            markets: row.markets === '' ? [] : row.markets.split(','),
            status: product.status,
            titles: product.titles,
            options: labelsOf(product, row.sku),
            picture: product.media[0]?.hash ?? null,
          },
        ];
      });
    },
  });
}
