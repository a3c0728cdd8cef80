import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  {
    name: 'stock_levels',
    columns: {
      variant_id: 'none',
      vendor_id: 'none',
      warehouse: 'none',
      on_hand: 'none',
      unallotted: 'none',
      pending_reduction: 'none',
      closed_out: 'none',
      counted_as_of: 'none',
      split: 'none',
    },
  },
  {
    name: 'stock_allotments',
    columns: {
      variant_id: 'none',
      cell_id: 'none',
      seq: 'none',
      granted_total: 'none',
      recalled_total: 'none',
      received_total: 'none',
      returned_total: 'none',
      opening_total: 'none',
      moved_in_total: 'none',
      moved_out_total: 'none',
      shipped_total: 'none',
      available: 'none',
      reserved: 'none',
      committed: 'none',
      report_version: 'none',
      generation: 'none',
      reported_at: 'none',
    },
  },
  { name: 'stock_homes', columns: { cell_id: 'none', is_empty: 'none' } },
  { name: 'stock_feed_heads', columns: { cell_id: 'none', seq: 'none' } },
  {
    name: 'stock_journal',
    columns: {
      id: 'none',
      variant_id: 'none',
      happened_at: 'none',
      recorded_at: 'none',
      kind: 'none',
      delta: 'none',
      recorded_by: 'none',
    },
  },
];
