import type { DeclaredTable } from './declared-table.ts';
import { tables as audit } from './modules/audit/index.ts';
import { tables as catalog } from './modules/catalog/index.ts';
import { tables as idempotency } from './modules/idempotency/index.ts';
import { tables as identity } from './modules/identity/index.ts';
import { tables as orders } from './modules/orders/index.ts';
import { tables as stock } from './modules/stock/index.ts';
import { tables as vendors } from './modules/vendors/index.ts';

/** Tables of the migrations themselves. */
const migrations: readonly DeclaredTable[] = [
  { name: 'schema_migrations', columns: { id: 'none', hash: 'none', applied_at: 'none' } },
  { name: 'schema_lock', columns: { id: 'none' } },
];

/** Every table of the control plane's database, with the data class of every column. */
export const declaredTables: readonly DeclaredTable[] = [
  ...migrations,
  ...idempotency,
  ...identity,
  ...vendors,
  ...catalog,
  ...stock,
  ...orders,
  ...audit,
];
