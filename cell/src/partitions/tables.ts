import type { DataClass } from '@commerce/contracts/data-classes';

/**
 * Tables of customer-owned data. Their key begins with the partition; every row change goes through
 * the unit of work and so into the partition's log, from which a standby is built. A table that is
 * not declared here can't be written by it.
 */
export interface PartitionTable {
  readonly name: string;
  /** Columns of the primary key; the first is `partition`. */
  readonly key: readonly string[];
  /** Every column, in any order, with its data class. */
  readonly columns: Readonly<Record<string, DataClass>>;
  /**
   * Columns that a standby of an older version may leave out for the time of a roll-out: new ones
   * which the older version could not have written. It says that it leaves them out, and gets them by
   * a repair once it is of the newer version.
   */
  readonly expansions?: readonly string[];
}

/** `table.column` of everything that a standby of an older version may leave out. */
export function listExpansions(tables: readonly PartitionTable[]): string[] {
  return tables.flatMap(({ name, expansions = [] }) =>
    expansions.map((column) => `${name}.${column}`),
  );
}

/** A table that belongs to the cell and not to a partition: it is rebuilt, not replicated. */
export interface CellTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, DataClass>>;
}

/** @throws TypeError where the key does not begin with the partition or names no column */
export function partitionTable(table: PartitionTable): PartitionTable {
  if (table.key[0] !== 'partition' || table.key.some((column) => !(column in table.columns))) {
    throw new TypeError(`the key of ${table.name} must begin with its partition`);
  }
  const unknown = table.expansions?.find(
    (column) => !(column in table.columns) || table.key.includes(column),
  );
  if (unknown !== undefined) {
    throw new TypeError(`${table.name}.${unknown} is no column that can be left out`);
  }
  return Object.freeze(table);
}

export const idempotencyRecords = partitionTable({
  name: 'idempotency_records',
  key: ['partition', 'key_hash'],
  columns: {
    partition: 'none',
    key_hash: 'none',
    fingerprint: 'none',
    resource: 'none',
    status: 'none',
    // The answer that was given: it may hold an address.
    answer: 'personal',
    created_at: 'none',
  },
});

/** Bookkeeping of the partitions themselves: neither logged nor replayed. */
export const partitionBookkeepingTables: readonly CellTable[] = [
  {
    name: 'partitions',
    columns: { partition: 'none', role: 'none', epoch: 'none', version: 'none', chain: 'none' },
  },
  {
    name: 'change_log',
    columns: {
      partition: 'none',
      epoch: 'none',
      version: 'none',
      chain: 'none',
      schema: 'none',
      // Images of customers' rows, whatever their class; the strictest one that is stored.
      changes: 'credential',
      events: 'personal',
      logged_at: 'none',
    },
  },
  {
    name: 'feed_cursors',
    columns: { consumer: 'none', partition: 'none', epoch: 'none', version: 'none' },
  },
  {
    name: 'partition_copies',
    columns: {
      partition: 'none',
      follows: 'none',
      state: 'none',
      problem: 'none',
      plan: 'none',
      changed_at: 'none',
    },
  },
  {
    name: 'partition_divergences',
    columns: {
      id: 'none',
      partition: 'none',
      epoch: 'none',
      after_version: 'none',
      to_version: 'none',
      new_primary: 'none',
      new_epoch: 'none',
      records: 'none',
      payments: 'none',
      captured: 'none',
      files: 'none',
      found_at: 'none',
    },
  },
  {
    name: 'partition_fences',
    columns: { partition: 'none', plan: 'none', target: 'none', fenced_at: 'none' },
  },
  {
    name: 'cell_incarnations',
    columns: {
      incarnation: 'none',
      made_at: 'none',
      beats: 'none',
      admitted_at: 'none',
      cause: 'none',
    },
  },
  {
    name: 'standby_positions',
    columns: {
      partition: 'none',
      cell: 'none',
      epoch: 'none',
      version: 'none',
      acknowledged_at: 'none',
    },
  },
];
