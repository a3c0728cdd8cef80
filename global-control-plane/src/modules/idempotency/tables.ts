import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  {
    name: 'idempotent_answers',
    columns: {
      key_hash: 'none',
      request_hash: 'none',
      state: 'none',
      started_at: 'none',
      status: 'none',
      answer: 'credential',
    },
  },
];
