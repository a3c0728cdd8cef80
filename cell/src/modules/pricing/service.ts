import type { CatalogChange } from '@commerce/contracts/catalog';
import { type Minor, minor } from '@commerce/contracts/money';
import { createReadThrough, type ReadThrough } from '@commerce/engines/cache/read-through';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import { type PriceRange, readPrices, readRanges, replacePrices } from './store.ts';

export interface Pricing {
  /**
   * Unit prices in a market and currency, in minor units; with tax where the market shows it
   * inclusive. Variants without a price there are absent.
   */
  pricesOf(
    variantIds: readonly string[],
    marketId: string,
    currency: string,
  ): Promise<Map<string, Minor>>;
  /** Cheapest and dearest variant of products, in each market and currency; read from the database. */
  priceRangesOf(productIds: readonly string[]): Promise<Map<string, PriceRange[]>>;
  /** Writes the prices of the products among the changes, in the batch's transaction. */
  apply(transaction: SqlReader, changes: readonly CatalogChange[]): Promise<void>;
  /** Called once the batch is committed. */
  applied(changes: readonly CatalogChange[]): void;
}

/** Prices in memory for each market and currency, at about 150 B each. */
const PRICES_CACHED_MAX = 20_000;
/** Pairs that are kept; callers name pairs of the market data only, which has fewer. */
const PAIRS_MAX = 100;

type ProductChange = Extract<CatalogChange, { kind: 'product' }>;
const isProduct = (change: CatalogChange): change is ProductChange => change.kind === 'product';

/** Makes the cell's price list. */
export function createPricing(dependencies: { readonly sql: Sql }): Pricing {
  const { sql } = dependencies;
  const caches = new Map<string, ReadThrough<Minor>>();

  const cacheOf = (market: string, currency: string): ReadThrough<Minor> => {
    const pair = `${market} ${currency}`;
    let cache = caches.get(pair);
    if (cache === undefined) {
      cache = createReadThrough<Minor>({
        entriesMax: PRICES_CACHED_MAX,
        load: async (variantIds) => {
          const amounts = await readPrices(sql, variantIds, market, currency);
          return new Map([...amounts].map(([id, amount]) => [id, minor(amount)]));
        },
      });
      if (caches.size < PAIRS_MAX) caches.set(pair, cache);
    }
    return cache;
  };

  return Object.freeze({
    pricesOf: (variantIds, marketId, currency) => cacheOf(marketId, currency).getMany(variantIds),
    priceRangesOf: (productIds) => readRanges(sql, productIds),
    async apply(transaction, changes) {
      const products = changes.filter(isProduct);
      if (products.length > 0) await replacePrices(transaction, products);
    },
    applied(changes) {
      const products = changes.filter(isProduct);
      if (products.length === 0) return;
      const gone = products.some(({ document }) => document === null);
      const ids = products.flatMap(({ document }) =>
        (document?.variants ?? []).map(({ id }) => id),
      );
      // The price of a variant that its product lost matters to nobody: it can't be found any more.
      for (const cache of caches.values()) {
        if (gone) cache.clear();
        else cache.invalidate(ids);
      }
    },
  } satisfies Pricing);
}
