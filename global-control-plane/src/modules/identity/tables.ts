import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  {
    name: 'users',
    columns: {
      id: 'none',
      email: 'personal',
      name: 'personal',
      password_hash: 'credential',
      created_at: 'none',
    },
  },
  { name: 'user_roles', columns: { user_id: 'none', scope: 'none', role: 'none' } },
  {
    name: 'sessions',
    columns: {
      id: 'none',
      user_id: 'none',
      created_at: 'none',
      expires_at: 'none',
      ended_at: 'none',
      end_reason: 'none',
      cookie_hash: 'credential',
      used_at: 'none',
    },
  },
  {
    name: 'refresh_tokens',
    columns: { token_hash: 'credential', session_id: 'none', created_at: 'none', used_at: 'none' },
  },
  {
    name: 'sign_in_attempts',
    columns: {
      email_hash: 'personal',
      failures: 'none',
      last_at: 'none',
      locked_until: 'none',
    },
  },
];
