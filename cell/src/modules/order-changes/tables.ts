import { partitionTable } from '../../partitions/tables.ts';

export const orderChanges = partitionTable({
  name: 'order_changes',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    order_group_id: 'none',
    kind: 'none',
    origin: 'none',
    reason: 'none',
    state: 'none',
    currency: 'none',
    items: 'none',
    refund_minor: 'none',
    release_minor: 'none',
    created_at: 'none',
    updated_at: 'none',
    resume_at: 'none',
  },
});
