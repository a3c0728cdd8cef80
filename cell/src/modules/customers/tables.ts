import { partitionTable } from '../../partitions/tables.ts';

export const customersTable = partitionTable({
  name: 'customers',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    email: 'personal',
    name: 'personal',
    language: 'personal',
    created_at: 'personal',
    updated_at: 'personal',
  },
});
