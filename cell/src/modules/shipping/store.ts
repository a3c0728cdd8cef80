import type { ShippingRate, VendorDocument } from '@commerce/contracts/catalog';
import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';

const deleteOfVendors = statement(
  'shipping.delete-of-vendors',
  'DELETE FROM shipping_rates WHERE vendor_id = ANY($1::text[])',
);
const insertRates = statement(
  'shipping.insert',
  `INSERT INTO shipping_rates (vendor_id, market, currency, rate_id, code, amount_minor, names,
     min_days, max_days, position)
   SELECT vendor_id, market, currency, rate_id, code, amount_minor, names::jsonb, min_days, max_days,
     position
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[],
     $8::int4[], $9::int4[], $10::int4[])
     AS d (vendor_id, market, currency, rate_id, code, amount_minor, names, min_days, max_days,
       position)
   ON CONFLICT (vendor_id, market, currency, rate_id) DO NOTHING`,
);

interface RateRow {
  readonly vendor_id: string;
  readonly market: string;
  readonly currency: string;
  readonly rate_id: string;
  readonly code: string;
  readonly amount_minor: bigint;
  readonly names: Readonly<Record<string, string>>;
  readonly min_days: number;
  readonly max_days: number;
}
const findRates = statement<RateRow>(
  'shipping.find',
  `SELECT vendor_id, market, currency, rate_id, code, amount_minor, names, min_days, max_days
   FROM shipping_rates WHERE vendor_id = ANY($1::text[]) AND market = $2 AND currency = $3
   ORDER BY vendor_id, position`,
);

/** Replaces the rates of these vendors; a vendor without a document loses its own. */
export async function replaceRates(
  transaction: SqlReader,
  vendors: readonly { readonly id: string; readonly document: VendorDocument | null }[],
): Promise<void> {
  await transaction.query(deleteOfVendors, [vendors.map(({ id }) => id)]);
  const rows = vendors.flatMap(({ id, document }) =>
    (document?.shippingRates ?? []).map((rate, position) => ({ id, rate, position })),
  );
  if (rows.length === 0) return;
  await transaction.query(insertRates, [
    rows.map(({ id }) => id),
    rows.map(({ rate }) => rate.market),
    rows.map(({ rate }) => rate.currency),
    rows.map(({ rate }) => rate.id),
    rows.map(({ rate }) => rate.code),
    rows.map(({ rate }) => rate.amountMinor),
    rows.map(({ rate }) => JSON.stringify(rate.names)),
    rows.map(({ rate }) => rate.minDays),
    rows.map(({ rate }) => rate.maxDays),
    rows.map(({ position }) => position),
  ]);
}

/** Rates by vendor, in the vendor's order. */
export async function readRates(
  sql: Sql,
  vendorIds: readonly string[],
  market: string,
  currency: string,
): Promise<Map<string, ShippingRate[]>> {
  const found = new Map<string, ShippingRate[]>();
  for (const row of await sql.query(findRates, [vendorIds, market, currency])) {
    const rates = found.get(row.vendor_id) ?? [];
    rates.push({
      id: row.rate_id,
      code: row.code,
      market: row.market,
      currency: row.currency,
      amountMinor: Number(row.amount_minor),
      names: row.names,
      minDays: row.min_days,
      maxDays: row.max_days,
    });
    found.set(row.vendor_id, rates);
  }
  return found;
}
