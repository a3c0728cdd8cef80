import type { UserView } from './schema.ts';
import type { UserRow } from './store.ts';

/** Scope of operators' roles. */
export const PLATFORM = 'platform';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export function toUserView(row: UserRow): UserView {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    roles: row.role === null ? [] : [row.role],
    vendorId: row.scope === null || row.scope === PLATFORM ? null : row.scope,
  };
}
