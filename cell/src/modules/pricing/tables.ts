import type { CellTable } from '../../partitions/tables.ts';

/** The module's table with the data class of every column. */
export const pricingTables: readonly CellTable[] = [
  {
    name: 'pricing_variants',
    columns: {
      variant_id: 'none',
      product_id: 'none',
      prices: 'none',
    },
  },
];
