import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  {
    name: 'audit_entries',
    columns: {
      seq: 'none',
      id: 'none',
      at: 'none',
      // The name of a person who works for the platform.
      operator: 'personal',
      action: 'none',
      subject: 'none',
      outcome: 'none',
      // What was asked for; a reason may name people.
      detail: 'personal',
      received_at: 'none',
      hash: 'none',
    },
  },
  { name: 'audit_head', columns: { id: 'none', seq: 'none', hash: 'none' } },
];
