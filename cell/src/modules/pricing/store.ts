import type { ProductDocument } from '@commerce/contracts/catalog';
import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';

const deleteOfProducts = statement(
  'pricing.delete-of-products',
  'DELETE FROM pricing_prices WHERE product_id = ANY($1::text[])',
);
const insertPrices = statement(
  'pricing.insert',
  `INSERT INTO pricing_prices (variant_id, market, currency, amount_minor, product_id)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::text[])
   ON CONFLICT (variant_id, market, currency) DO UPDATE SET amount_minor = excluded.amount_minor,
     product_id = excluded.product_id`,
);
const findPrices = statement<{ variant_id: string; amount_minor: bigint }>(
  'pricing.find',
  `SELECT variant_id, amount_minor FROM pricing_prices
   WHERE variant_id = ANY($1::text[]) AND market = $2 AND currency = $3`,
);

const findRanges = statement<{
  product_id: string;
  market: string;
  currency: string;
  min_minor: bigint;
  max_minor: bigint;
}>(
  'pricing.find-ranges',
  `SELECT product_id, market, currency, min(amount_minor) AS min_minor, max(amount_minor) AS max_minor
   FROM pricing_prices WHERE product_id = ANY($1::text[]) GROUP BY product_id, market, currency`,
);

/** Rows of one statement, so that no statement comes near the database's time-out. */
const ROWS_PER_STATEMENT = 5_000;

/** Replaces the prices of these products; a product without a document loses its own. */
export async function replacePrices(
  transaction: SqlReader,
  products: readonly { readonly id: string; readonly document: ProductDocument | null }[],
): Promise<void> {
  await transaction.query(deleteOfProducts, [products.map(({ id }) => id)]);
  // A variant names a market and currency once; were it twice, the first would count.
  const rows = new Map<string, readonly [string, string, string, number, string]>();
  for (const { document } of products) {
    for (const variant of document?.variants ?? []) {
      for (const { market, currency, amountMinor } of variant.prices) {
        const key = `${variant.id} ${market} ${currency}`;
        if (rows.has(key)) continue;
        rows.set(key, [variant.id, market, currency, amountMinor, document?.id ?? '']);
      }
    }
  }
  const all = [...rows.values()];
  for (let from = 0; from < all.length; from += ROWS_PER_STATEMENT) {
    const part = all.slice(from, from + ROWS_PER_STATEMENT);
    await transaction.query(insertPrices, [
      part.map((row) => row[0]),
      part.map((row) => row[1]),
      part.map((row) => row[2]),
      part.map((row) => row[3]),
      part.map((row) => row[4]),
    ]);
  }
}

/** Amounts by variant, of those that have a price in the market and currency. */
export async function readPrices(
  sql: Sql,
  variantIds: readonly string[],
  market: string,
  currency: string,
): Promise<Map<string, bigint>> {
  const rows = await sql.query(findPrices, [variantIds, market, currency]);
  return new Map(rows.map((row) => [row.variant_id, row.amount_minor]));
}

export interface PriceRange {
  readonly market: string;
  readonly currency: string;
  /** Cheapest and dearest variant, in minor units. */
  readonly minMinor: number;
  readonly maxMinor: number;
}

/** Ranges by product; products without a price are absent. */
export async function readRanges(
  sql: Sql,
  productIds: readonly string[],
): Promise<Map<string, PriceRange[]>> {
  const found = new Map<string, PriceRange[]>();
  for (const row of await sql.query(findRanges, [productIds])) {
    const ranges = found.get(row.product_id) ?? [];
    ranges.push({
      market: row.market,
      currency: row.currency,
      minMinor: Number(row.min_minor),
      maxMinor: Number(row.max_minor),
    });
    found.set(row.product_id, ranges);
  }
  return found;
}
