import { partitionTable } from '../../partitions/tables.ts';

export const shipments = partitionTable({
  name: 'shipments',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    order_group_id: 'none',
    order_id: 'none',
    state: 'none',
    carrier: 'none',
    // With it, the carrier's site tells where somebody lives.
    tracking_number: 'personal',
    lines: 'none',
    amount_minor: 'none',
    created_at: 'none',
    shipped_at: 'none',
    delivered_at: 'none',
    resume_at: 'none',
  },
});
