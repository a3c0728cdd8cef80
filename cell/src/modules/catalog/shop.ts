import type { Market } from '@commerce/contracts/markets';
import type { Minor } from '@commerce/contracts/money';
import type { FastifyRequest } from 'fastify';
import { createPageCache, type PageCache } from './page-cache.ts';
import { createProductPages, type ProductPages } from './product-pages.ts';
import type { ProductCard } from './schema.ts';
import type { Catalog } from './service.ts';
import { createShopContextOf, type ShopContext, type ShopContextOf } from './shop-context.ts';
import { toCard } from './views.ts';

export interface ShopOptions {
  readonly catalog: Catalog;
  /** Unit prices by variant in a market and currency; see the pricing module. */
  readonly pricesOf: (
    variantIds: readonly string[],
    marketId: string,
    currency: string,
  ) => Promise<ReadonlyMap<string, Minor>>;
  /** Free units of this cell by variant. */
  readonly availableOf: (
    variantIds: readonly string[],
  ) => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>;
  /** Of shoppers whose country is unknown. */
  readonly defaultMarket: Market;
  /** Country of the client where it is known; default: the header that the router sets. */
  readonly clientCountryOf?: (request: FastifyRequest) => string | undefined;
}

/** What the shop's pages are made with; search makes its own from it too. */
export interface Shop {
  readonly defaultMarket: Market;
  readonly contextOf: ShopContextOf;
  /** Cards of visible products, in the order of the ids. */
  cardsOf(productIds: readonly string[], context: ShopContext): Promise<ProductCard[]>;
  readonly productPages: ProductPages;
  readonly listPages: PageCache;
  /** To be called after each commit that changed the free units of variants. */
  onAvailabilityChanged(variantIds: readonly string[]): void;
}

/** Makes the shop's pages and keeps them true to the catalogue. */
export function createShop(options: ShopOptions): Shop {
  const { catalog, pricesOf, availableOf, defaultMarket } = options;
  const productPages = createProductPages({
    findByHandle: catalog.findByHandle,
    categories: catalog.categories,
    pricesOf,
    availableOf,
  });
  const listPages = createPageCache();
  catalog.onChanged((changed) => {
    productPages.onCatalogChanged(changed);
    listPages.clear();
  });

  return Object.freeze({
    defaultMarket,
    contextOf: createShopContextOf(options),
    productPages,
    listPages,
    async cardsOf(productIds: readonly string[], context: ShopContext) {
      const products = await catalog.findByIds(productIds);
      const variantIds = products.flatMap(({ variants }) => variants.map(({ id }) => id));
      if (variantIds.length === 0) return [];
      const [prices, available] = await Promise.all([
        pricesOf(variantIds, context.market.id, context.currency),
        availableOf(variantIds),
      ]);
      return products.map((product) => toCard({ product, prices, available }, context));
    },
    onAvailabilityChanged: productPages.onAvailabilityChanged,
  } satisfies Shop);
}
