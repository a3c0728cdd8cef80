import { partitionTable } from '../../partitions/tables.ts';

export const credentialsTable = partitionTable({
  name: 'credentials',
  key: ['partition', 'customer_id'],
  columns: {
    partition: 'none',
    customer_id: 'none',
    // Pseudonymous, and still personal: whoever holds the key can test an email against it.
    email_hash: 'personal',
    claim_state: 'none',
    password_hash: 'credential',
    failed_attempts: 'personal',
    last_failed_at: 'personal',
    locked_until: 'personal',
    created_at: 'personal',
  },
});

export const sessionsTable = partitionTable({
  name: 'sessions',
  key: ['partition', 'id'],
  columns: {
    partition: 'none',
    id: 'none',
    customer_id: 'none',
    token_seed: 'credential',
    generation: 'none',
    created_at: 'personal',
    expires_at: 'personal',
    revoked_at: 'personal',
    revoked_reason: 'personal',
  },
});
