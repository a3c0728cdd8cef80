import { type CellTable, partitionTable } from '../../partitions/tables.ts';

export const stockReservations = partitionTable({
  name: 'stock_reservations',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    order_group_id: 'none',
    variant_id: 'none',
    quantity: 'none',
    state: 'none',
    created_at: 'none',
    split_from: 'none',
  },
  expansions: ['split_from'],
});

export const inventoryCellTables: readonly CellTable[] = [
  {
    name: 'stock_pool',
    columns: {
      variant_id: 'none',
      available: 'none',
      received_total: 'none',
      recalled_total: 'none',
      returned_total: 'none',
      opening_total: 'none',
      moved_in_total: 'none',
      moved_out_total: 'none',
      shipped_total: 'none',
      report_version: 'none',
    },
  },
  { name: 'stock_feed', columns: { id: 'none', seq: 'none', generation: 'none' } },
];
