import type { CellTable } from '../../partitions/tables.ts';

/** The module's table with the data class of every column. */
export const pricingTables: readonly CellTable[] = [
  {
    name: 'pricing_prices',
    columns: {
      variant_id: 'none',
      market: 'none',
      currency: 'none',
      amount_minor: 'none',
      product_id: 'none',
    },
  },
];
