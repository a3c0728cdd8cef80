import { partitionTable } from '../../partitions/tables.ts';

export const dataTransfers = partitionTable({
  name: 'data_transfers',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    subject: 'none',
    recipient: 'none',
    recipient_user: 'none',
    fields: 'none',
    basis: 'none',
    transferred_at: 'none',
  },
});
