import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** SQL of a vendor's figures. They are made of the summaries at each question: there is no second book. */

interface DayRow {
  readonly day: string;
  readonly cell: string;
  readonly currency: string;
  readonly orders: bigint;
  readonly units: bigint;
  readonly total_minor: bigint;
}

const LINES = `jsonb_array_elements(CAST(summary AS jsonb) -> 'lines')`;
const SOLD = `vendor_id = $1 AND placed_at >= $2 AND state <> 'canceled'`;

const days = statement<DayRow>(
  'order_summaries.sales_by_day',
  `SELECT day, cell, currency, count(*) AS orders, CAST(sum(units) AS int8) AS units,
     CAST(sum(total_minor) AS int8) AS total_minor
   FROM (
     SELECT CAST(CAST(placed_at AT TIME ZONE 'UTC' AS date) AS text) AS day, cell_id AS cell,
       currency, total_minor,
       (SELECT COALESCE(sum(CAST(line ->> 'quantity' AS int8)), 0) FROM ${LINES} AS line) AS units
     FROM order_summaries WHERE ${SOLD}
   ) AS sold
   GROUP BY day, cell, currency ORDER BY day, cell, currency`,
);

interface BestRow {
  readonly sku: string;
  readonly variant_id: string;
  readonly title: string;
  readonly currency: string;
  readonly units: bigint;
  readonly total_minor: bigint;
}

const BEST_MAX = 10;
const best = statement<BestRow>(
  'order_summaries.best_sold',
  `SELECT line ->> 'sku' AS sku, max(line ->> 'variantId') AS variant_id,
     max(line ->> 'title') AS title, currency,
     CAST(sum(CAST(line ->> 'quantity' AS int8)) AS int8) AS units,
     CAST(sum(CAST(line ->> 'totalMinor' AS int8)) AS int8) AS total_minor
   FROM order_summaries, ${LINES} AS line WHERE ${SOLD}
   GROUP BY line ->> 'sku', currency ORDER BY units DESC, sku LIMIT ${BEST_MAX}`,
);

export interface Sales {
  readonly days: {
    readonly day: string;
    readonly cell: string;
    readonly currency: string;
    readonly orders: number;
    readonly units: number;
    readonly totalMinor: number;
  }[];
  readonly best: {
    readonly sku: string;
    readonly variantId: string;
    readonly title: string;
    readonly currency: string;
    readonly units: number;
    readonly totalMinor: number;
  }[];
}

/** What a vendor sold since a time, by day of UTC, cell and currency, and what sold best. */
export async function readSales(sql: SqlReader, vendorId: string, since: Date): Promise<Sales> {
  const [byDay, bySku] = await Promise.all([
    sql.query(days, [vendorId, since]),
    sql.query(best, [vendorId, since]),
  ]);
  return {
    days: byDay.map(({ day, cell, currency, orders, units, total_minor }) => ({
      day,
      cell,
      currency,
      orders: Number(orders),
      units: Number(units),
      totalMinor: Number(total_minor),
    })),
    best: bySku.map(({ sku, variant_id, title, currency, units, total_minor }) => ({
      sku,
      variantId: variant_id,
      title,
      currency,
      units: Number(units),
      totalMinor: Number(total_minor),
    })),
  };
}
