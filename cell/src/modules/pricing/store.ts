import type { ProductDocument } from '@commerce/contracts/catalog';
import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';

const deleteOfProducts = statement(
  'pricing.delete-of-products',
  'DELETE FROM pricing_variants WHERE product_id = ANY($1::text[])',
);
const insertPrices = statement(
  'pricing.insert',
  `INSERT INTO pricing_variants (variant_id, product_id, prices)
   SELECT variant_id, product_id, prices::jsonb
   FROM unnest($1::text[], $2::text[], $3::text[]) AS n (variant_id, product_id, prices)
   ON CONFLICT (variant_id) DO UPDATE SET product_id = excluded.product_id, prices = excluded.prices`,
);
const findPrices = statement<{ variant_id: string; amount: string }>(
  'pricing.find',
  `SELECT variant_id, prices->$2->>$3 AS amount FROM pricing_variants
   WHERE variant_id = ANY($1::text[]) AND prices->$2->>$3 IS NOT NULL`,
);
const findOfProducts = statement<{ product_id: string; prices: PricesByMarket }>(
  'pricing.find-of-products',
  'SELECT product_id, prices FROM pricing_variants WHERE product_id = ANY($1::text[])',
);

/** Amounts in minor units by market, then currency. */
type PricesByMarket = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Rows of one statement, so that no statement comes near the database's time-out. */
const ROWS_PER_STATEMENT = 2_000;

function byMarket(prices: ProductDocument['variants'][number]['prices']): PricesByMarket {
  const markets: Record<string, Record<string, number>> = {};
  for (const { market, currency, amountMinor } of prices) {
    markets[market] ??= {};
    // A variant names a market and currency once; were it twice, the first would count.
    markets[market][currency] ??= amountMinor;
  }
  return markets;
}

/** Replaces the prices of these products; a product without a document loses its own. */
export async function replacePrices(
  transaction: SqlReader,
  products: readonly { readonly id: string; readonly document: ProductDocument | null }[],
): Promise<void> {
  await transaction.query(deleteOfProducts, [products.map(({ id }) => id)]);
  const rows = products.flatMap(({ id, document }) =>
    (document?.variants ?? []).map((variant) => ({ id, variant })),
  );
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const part = rows.slice(from, from + ROWS_PER_STATEMENT);
    await transaction.query(insertPrices, [
      part.map(({ variant }) => variant.id),
      part.map(({ id }) => id),
      part.map(({ variant }) => JSON.stringify(byMarket(variant.prices))),
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
  return new Map(rows.map((row) => [row.variant_id, BigInt(row.amount)]));
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
  const found = new Map<string, Map<string, PriceRange>>();
  for (const { product_id, prices } of await sql.query(findOfProducts, [productIds])) {
    let ranges = found.get(product_id);
    if (ranges === undefined) {
      ranges = new Map();
      found.set(product_id, ranges);
    }
    for (const [market, amounts] of Object.entries(prices)) {
      for (const [currency, amount] of Object.entries(amounts)) {
        const known = ranges.get(`${market} ${currency}`);
        const minMinor = Math.min(known?.minMinor ?? amount, amount);
        const maxMinor = Math.max(known?.maxMinor ?? amount, amount);
        ranges.set(`${market} ${currency}`, { market, currency, minMinor, maxMinor });
      }
    }
  }
  return new Map([...found].map(([id, ranges]) => [id, [...ranges.values()]]));
}
