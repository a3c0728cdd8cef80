import type { CatalogChange, ShippingRate } from '@commerce/contracts/catalog';
import { createReadThrough, type ReadThrough } from '@commerce/engines/cache/read-through';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import { readRates, replaceRates } from './store.ts';

export interface Shipping {
  /** Rates of each vendor in a market and currency; a vendor that does not ship there is absent. */
  ratesOf(
    vendorIds: readonly string[],
    marketId: string,
    currency: string,
  ): Promise<Map<string, ShippingRate[]>>;
  /** Writes the rates of the vendors among the changes, in the batch's transaction. */
  apply(transaction: SqlReader, changes: readonly CatalogChange[]): Promise<void>;
  /** Called once the batch is committed. */
  applied(changes: readonly CatalogChange[]): void;
}

/** Vendors in memory for each market and currency. */
const VENDORS_CACHED_MAX = 5_000;
const PAIRS_MAX = 100;

type VendorChange = Extract<CatalogChange, { kind: 'vendor' }>;
const isVendor = (change: CatalogChange): change is VendorChange => change.kind === 'vendor';

/** Makes the cell's list of shipping rates. */
export function createShipping(dependencies: { readonly sql: Sql }): Shipping {
  const { sql } = dependencies;
  const caches = new Map<string, ReadThrough<ShippingRate[]>>();

  const cacheOf = (market: string, currency: string): ReadThrough<ShippingRate[]> => {
    const pair = `${market} ${currency}`;
    let cache = caches.get(pair);
    if (cache === undefined) {
      cache = createReadThrough<ShippingRate[]>({
        entriesMax: VENDORS_CACHED_MAX,
        load: (vendorIds) => readRates(sql, vendorIds, market, currency),
      });
      if (caches.size < PAIRS_MAX) caches.set(pair, cache);
    }
    return cache;
  };

  return Object.freeze({
    ratesOf: (vendorIds, marketId, currency) => cacheOf(marketId, currency).getMany(vendorIds),
    async apply(transaction, changes) {
      const vendors = changes.filter(isVendor);
      if (vendors.length > 0) await replaceRates(transaction, vendors);
    },
    applied(changes) {
      const ids = changes.filter(isVendor).map(({ id }) => id);
      if (ids.length > 0) for (const cache of caches.values()) cache.invalidate(ids);
    },
  } satisfies Shipping);
}
