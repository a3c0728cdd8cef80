/**
 * What the rows of a table are about, in the words of a record of processing activities. A table of
 * customers' data that is missing here shows in the report as one whose purpose nobody has stated.
 */
const CATEGORIES: Readonly<Record<string, string>> = {
  customers: 'identity and contact of customers',
  credentials: 'sign-in of customers',
  sessions: 'sign-in of customers',
  carts: 'shopping carts, with contact and address once given',
  cart_lines: 'shopping carts, with contact and address once given',
  order_groups: 'orders, with contact and address',
  orders: 'orders, with contact and address',
  order_lines: 'orders, with contact and address',
  order_changes: 'orders, with contact and address',
  shipments: 'orders, with contact and address',
  payments: 'payments',
  payment_attempts: 'payments',
  payment_allocations: 'payments',
  payment_moves: 'payments',
  data_transfers: 'record of who was given personal data',
  stock_reservations: 'stock',
  idempotency_records: 'answers kept for repeated requests',
  change_log: 'log of all changes, from which copies are made',
  partitions: 'bookkeeping of partitions and copies',
  feed_cursors: 'bookkeeping of partitions and copies',
  partition_copies: 'bookkeeping of partitions and copies',
  partition_fences: 'bookkeeping of partitions and copies',
  cell_incarnations: 'bookkeeping of partitions and copies',
  standby_positions: 'bookkeeping of partitions and copies',
};

/** Prefixes of tables that belong to the cell and name nobody. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ['catalog_', 'catalogue'],
  ['pricing_', 'catalogue'],
  ['shipping_', 'catalogue'],
  ['media_', 'catalogue'],
  ['search_', 'catalogue'],
  ['stock_', 'stock'],
  ['schema_', 'bookkeeping of migrations'],
];

/** The category of a table; undefined where nobody has stated it. */
export function categoryOf(table: string): string | undefined {
  return CATEGORIES[table] ?? PREFIXES.find(([prefix]) => table.startsWith(prefix))?.[1];
}
