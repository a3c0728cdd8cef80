import { fileURLToPath } from 'node:url';
import { searchIndexTables } from '@commerce/engines/search/postgres/tables';
import { type Migration, readMigrations } from '@commerce/engines/sql/migrations';
import { cartLines, carts } from './modules/carts/index.ts';
import { catalogTables } from './modules/catalog/index.ts';
import { customersTable } from './modules/customers/index.ts';
import { credentialsTable, sessionsTable } from './modules/identity/index.ts';
import { shipments } from './modules/fulfilment/index.ts';
import { inventoryCellTables, stockReservations } from './modules/inventory/index.ts';
import { mediaTables } from './modules/media/index.ts';
import { orderChanges } from './modules/order-changes/index.ts';
import { orderGroups, orderLines, orders } from './modules/orders/index.ts';
import {
  paymentAllocations,
  paymentAttempts,
  paymentMoves,
  payments,
} from './modules/payments/index.ts';
import { pricingTables } from './modules/pricing/index.ts';
import { searchTables } from './modules/search/index.ts';
import { shippingTables } from './modules/shipping/index.ts';
import { dataTransfers } from './modules/transfers/index.ts';
import {
  type CellTable,
  idempotencyRecords,
  partitionBookkeepingTables,
  type PartitionTable,
} from './partitions/tables.ts';

/** What a cell's database holds: its migrations in their order, and every table with its classes. */

const MIGRATED = [
  'partitions',
  'modules/catalog',
  'modules/pricing',
  'modules/shipping',
  'modules/media',
  'modules/search',
  'modules/inventory',
  'modules/customers',
  'modules/identity',
  'modules/carts',
  'modules/orders',
  'modules/payments',
  'modules/order-changes',
  'modules/fulfilment',
  'modules/transfers',
] as const;

/** All migrations of a cell, in the order in which they are applied. */
export async function cellMigrations(): Promise<Migration[]> {
  const lists = await Promise.all(
    MIGRATED.map((folder) =>
      readMigrations(
        folder.replace('modules/', ''),
        fileURLToPath(new URL(`./${folder}/migrations`, import.meta.url)),
      ),
    ),
  );
  return lists.flat();
}

/** Tables of customer-owned data: written through the unit of work only, and replicated. */
export const partitionTables: readonly PartitionTable[] = [
  idempotencyRecords,
  customersTable,
  credentialsTable,
  sessionsTable,
  carts,
  cartLines,
  orderGroups,
  orders,
  orderLines,
  payments,
  paymentAttempts,
  paymentAllocations,
  paymentMoves,
  orderChanges,
  shipments,
  dataTransfers,
  stockReservations,
];

/** Tables of the migrations themselves. */
const migrationTables: readonly CellTable[] = [
  { name: 'schema_migrations', columns: { id: 'none', hash: 'none', applied_at: 'none' } },
  { name: 'schema_lock', columns: { id: 'none' } },
];

/** Tables that belong to the cell itself. */
export const cellTables: readonly CellTable[] = [
  ...migrationTables,
  ...partitionBookkeepingTables,
  ...catalogTables,
  ...pricingTables,
  ...shippingTables,
  ...mediaTables,
  ...searchTables,
  ...searchIndexTables,
  ...inventoryCellTables,
];
