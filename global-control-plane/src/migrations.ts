import { fileURLToPath } from 'node:url';
import { type Migration, readMigrations } from '@commerce/engines/sql/migrations';

/** Modules that own tables, in the order in which their migrations are applied. */
const MODULES = [
  'idempotency',
  'identity',
  'vendors',
  'catalog',
  'stock',
  'orders',
  'audit',
] as const;

/** All migrations of the control plane, in order. */
export async function readAllMigrations(): Promise<Migration[]> {
  const folders = MODULES.map((module) =>
    readMigrations(
      module,
      fileURLToPath(new URL(`./modules/${module}/migrations`, import.meta.url)),
    ),
  );
  return (await Promise.all(folders)).flat();
}
