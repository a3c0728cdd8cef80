import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  {
    name: 'order_summaries',
    columns: {
      order_id: 'none',
      order_group_id: 'none',
      vendor_id: 'none',
      cell_id: 'none',
      partition: 'none',
      epoch: 'none',
      version: 'none',
      state: 'none',
      fulfillment: 'none',
      placed_at: 'none',
      changed_at: 'none',
      summary: 'none',
      display_number: 'none',
      currency: 'none',
      total_minor: 'none',
    },
  },
  { name: 'order_inbox', columns: { event_id: 'none', received_at: 'none' } },
  {
    name: 'order_feeds',
    columns: { cell_id: 'none', complete_as_of: 'none', refused_events: 'none' },
  },
];
