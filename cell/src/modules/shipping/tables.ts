import type { CellTable } from '../../partitions/tables.ts';

/** The module's table with the data class of every column. */
export const shippingTables: readonly CellTable[] = [
  {
    name: 'shipping_rates',
    columns: {
      vendor_id: 'none',
      market: 'none',
      currency: 'none',
      rate_id: 'none',
      code: 'none',
      amount_minor: 'none',
      names: 'none',
      min_days: 'none',
      max_days: 'none',
      position: 'none',
    },
  },
];
