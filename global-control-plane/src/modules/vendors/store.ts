import type { LocalizedText, ShippingRate } from '@commerce/contracts/catalog';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { VendorStatus } from './state.ts';

export interface VendorRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly country: string;
  readonly status: VendorStatus;
  readonly slug_claimed: boolean;
  readonly version: bigint;
}

const COLUMNS = 'id, slug, name, country, status, slug_claimed, version';

const insert = statement<VendorRow>(
  'vendors.insert',
  `INSERT INTO vendors (id, slug, name, country, status, slug_claimed, version, created_at)
   VALUES ($1, $2, $3, $4, $5, false, 1, $6) RETURNING ${COLUMNS}`,
);
export const insertVendor = async (
  sql: SqlReader,
  row: Omit<VendorRow, 'slug_claimed' | 'version'> & { readonly createdAt: Date },
) =>
  (
    await sql.query(insert, [row.id, row.slug, row.name, row.country, row.status, row.createdAt])
  )[0] as VendorRow;

const byId = statement<VendorRow>('vendors.find', `SELECT ${COLUMNS} FROM vendors WHERE id = $1`);
export const findVendor = async (sql: SqlReader, id: string) => (await sql.query(byId, [id]))[0];

const lockById = statement<VendorRow>(
  'vendors.lock',
  `SELECT ${COLUMNS} FROM vendors WHERE id = $1 FOR UPDATE`,
);
export const lockVendor = async (sql: SqlReader, id: string) =>
  (await sql.query(lockById, [id]))[0];

const bySlug = statement<VendorRow>(
  'vendors.find_by_slug',
  `SELECT ${COLUMNS} FROM vendors WHERE slug = $1`,
);
export const findVendorBySlug = async (sql: SqlReader, slug: string) =>
  (await sql.query(bySlug, [slug]))[0];

const page = statement<VendorRow>(
  'vendors.list',
  `SELECT ${COLUMNS} FROM vendors
   WHERE id > $1 AND ($3::text IS NULL OR status = $3)
     AND ($4::text IS NULL OR lower(name) LIKE $4 OR slug LIKE $4)
   ORDER BY id LIMIT $2`,
);

export interface VendorFilter {
  readonly status?: VendorStatus | undefined;
  /** Part of the name or the slug. */
  readonly text?: string | undefined;
}

export const listVendors = (
  sql: SqlReader,
  after: string,
  { status, text, limit }: VendorFilter & { readonly limit: number },
) => {
  const escaped = text?.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`);
  const pattern = escaped === undefined ? null : `%${escaped}%`;
  return sql.query(page, [after, limit, status ?? null, pattern]);
};

const update = statement<VendorRow>(
  'vendors.update',
  `UPDATE vendors SET name = $2, country = $3, status = $4, version = version + 1
   WHERE id = $1 RETURNING ${COLUMNS}`,
);
export const updateVendor = async (
  sql: SqlReader,
  row: Pick<VendorRow, 'id' | 'name' | 'country' | 'status'>,
) => (await sql.query(update, [row.id, row.name, row.country, row.status]))[0] as VendorRow;

const unclaimed = statement<VendorRow>(
  'vendors.list_unclaimed',
  `SELECT ${COLUMNS} FROM vendors WHERE NOT slug_claimed ORDER BY id LIMIT $1`,
);
export const listUnclaimed = (sql: SqlReader, limit: number) => sql.query(unclaimed, [limit]);

const claimed = statement(
  'vendors.claimed',
  'UPDATE vendors SET slug_claimed = true WHERE id = $1',
);
export const markClaimed = (sql: SqlReader, id: string) => sql.query(claimed, [id]);

interface RateRow {
  readonly id: string;
  readonly vendor_id: string;
  readonly code: string;
  readonly market: string;
  readonly currency: string;
  readonly amount_minor: bigint;
  readonly names: string;
  readonly min_days: number;
  readonly max_days: number;
}

const ratesOf = statement<RateRow>(
  'shipping_rates.list',
  `SELECT id, vendor_id, code, market, currency, amount_minor, names, min_days, max_days
   FROM vendor_shipping_rates WHERE vendor_id = ANY($1)
   ORDER BY vendor_id, market, currency, amount_minor, code`,
);
/** Rates by vendor. */
export async function listRates(
  sql: SqlReader,
  vendorIds: readonly string[],
): Promise<ReadonlyMap<string, ShippingRate[]>> {
  const rates = new Map<string, ShippingRate[]>(vendorIds.map((id) => [id, []]));
  for (const row of await sql.query(ratesOf, [vendorIds])) {
    rates.get(row.vendor_id)?.push({
      id: row.id,
      code: row.code,
      market: row.market,
      currency: row.currency,
      amountMinor: Number(row.amount_minor),
      names: JSON.parse(row.names) as LocalizedText,
      minDays: row.min_days,
      maxDays: row.max_days,
    });
  }
  return rates;
}

const deleteRates = statement(
  'shipping_rates.delete_others',
  'DELETE FROM vendor_shipping_rates WHERE vendor_id = $1 AND id <> ALL($2)',
);
const upsertRates = statement(
  'shipping_rates.write',
  `INSERT INTO vendor_shipping_rates
     (id, vendor_id, code, market, currency, amount_minor, names, min_days, max_days)
   SELECT id, $1, code, market, currency, amount_minor, names, min_days, max_days
   FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[],
     $8::int4[], $9::int4[])
     AS given (id, code, market, currency, amount_minor, names, min_days, max_days)
   ON CONFLICT (id) DO UPDATE SET
     amount_minor = excluded.amount_minor, names = excluded.names,
     min_days = excluded.min_days, max_days = excluded.max_days`,
);
/** Makes these the vendor's rates: others go, known ids change. */
export async function replaceRates(
  sql: SqlReader,
  vendorId: string,
  rates: readonly ShippingRate[],
): Promise<void> {
  await sql.query(deleteRates, [vendorId, rates.map(({ id }) => id)]);
  await sql.query(upsertRates, [
    vendorId,
    rates.map(({ id }) => id),
    rates.map(({ code }) => code),
    rates.map(({ market }) => market),
    rates.map(({ currency }) => currency),
    rates.map(({ amountMinor }) => amountMinor),
    rates.map(({ names }) => JSON.stringify(names)),
    rates.map(({ minDays }) => minDays),
    rates.map(({ maxDays }) => maxDays),
  ]);
}
