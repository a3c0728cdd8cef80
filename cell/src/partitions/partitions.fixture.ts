import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  type CellId,
  type Partition,
  partitionAt,
  type Realm,
  SLOTS_PER_REALM,
} from '@commerce/contracts/ids';
import type { Placement, PlacementTable } from '@commerce/contracts/placements';
import {
  createTestDatabase,
  ensureTemplateDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate, readMigrations } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import type { ChangeRecord } from './change-log.ts';
import { nextChain, readRecords, GENESIS_CHAIN } from './change-log.ts';
import { createOwnership, type Ownership } from './ownership.ts';
import { idempotencyRecords } from './tables.ts';
import { createUnitOfWork, type PartitionWork, type UnitOfWork } from './unit-of-work.ts';
import { writeStatement } from './write-statement.ts';

/** Partitions of a cell on a real database, and the stock that stands on them. */

export const REALM = 'eu' as Realm;
export const CELL = 'eu-de-1' as CellId;
export const OTHER_CELL = 'eu-fr-1' as CellId;
export const partition = (slot: number): Partition => partitionAt(REALM, slot);

/** A table in which every slot is this cell's, but for the slots given. */
export function placements(
  version: number,
  others: Readonly<Record<number, Partial<Placement>>> = {},
): PlacementTable {
  const here: Placement = { primary: CELL, standby: OTHER_CELL, epoch: 1 };
  return {
    realm: REALM,
    version,
    placements: Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
      ...here,
      ...others[slot],
    })),
  };
}

const MIGRATED = ['partitions', 'modules/inventory'] as const;

async function makeTemplate(): Promise<string> {
  const lists = await Promise.all(
    MIGRATED.map((folder) => {
      const path = fileURLToPath(new URL(`../${folder}/migrations`, import.meta.url));
      return readMigrations(folder.replace('modules/', ''), path);
    }),
  );
  return ensureTemplateDatabase('cell_partitions', async (url) => {
    const sql = openPostgres({
      connectionString: url,
      statementTimeoutMs: 0,
      applicationName: 'test',
    });
    await migrate(sql, lists.flat());
    await sql.close();
  });
}

export interface TestPartitions {
  readonly sql: Sql;
  readonly url: string;
  readonly ownership: Ownership;
  readonly unitOfWork: UnitOfWork;
  onCommitted(listener: (record: ChangeRecord) => void): void;
  /** Another run of the same cell on the same database. */
  restart(): Promise<Ownership>;
  stop(): Promise<void>;
}

/** Makes the partitions of a cell; all are its own where no table is given. */
export async function startPartitions(
  table: PlacementTable = placements(1),
  cell: CellId = CELL,
): Promise<TestPartitions> {
  const database = await createTestDatabase({ template: await makeTemplate() });
  const sql = openPostgres({
    connectionString: database.url,
    statementTimeoutMs: 5_000,
    applicationName: 'test',
  });
  const restart = async (): Promise<Ownership> => {
    const ownership = createOwnership({ sql, cell, realm: REALM });
    await ownership.load();
    return ownership;
  };
  const ownership = await restart();
  await ownership.confirm(table);
  const committed = new Set<(record: ChangeRecord) => void>();
  return {
    sql,
    url: database.url,
    ownership,
    unitOfWork: createUnitOfWork({
      sql,
      onCommitted: (record) => {
        for (const listener of committed) listener(record);
      },
    }),
    onCommitted: (listener) => void committed.add(listener),
    restart,
    async stop() {
      await sql.close();
      await database.drop();
    },
  };
}

const insertSomething = writeStatement(
  idempotencyRecords,
  'test.insert-something',
  `INSERT INTO idempotency_records AS t
     (partition, key_hash, fingerprint, resource, status, answer, created_at)
   VALUES ($1, $2, 'f', NULL, 201, '{}', $3)`,
);

/** Writes one row of customer-owned data under a key of its own. */
export async function writeSomething(
  work: PartitionWork,
  key: string = randomUUID(),
  at: Date = new Date(),
): Promise<void> {
  await work.write(insertSomething, [work.partition, key, at]);
}

const stateOf = statement<{ role: string; epoch: bigint; version: bigint; chain: string }>(
  'test.state-of',
  'SELECT role, epoch, version, chain FROM partitions WHERE partition = $1',
);
const keysOf = statement<{ key_hash: string }>(
  'test.keys-of',
  'SELECT key_hash FROM idempotency_records WHERE partition = $1 ORDER BY created_at, key_hash',
);
const moveRole = statement(
  'test.move-role',
  'UPDATE partitions SET role = $2 WHERE partition = $1',
);

/** What the storage holds of a partition. */
export async function readState(sql: Sql, name: Partition) {
  const [state] = await sql.query(stateOf, [name]);
  if (state === undefined) throw new Error(`there is no partition ${name}`);
  return state;
}

/** Keys of the rows that `writeSomething` wrote. */
export async function readKeys(sql: Sql, name: Partition): Promise<string[]> {
  return (await sql.query(keysOf, [name])).map((row) => row.key_hash);
}

/** Changes what the storage says that this cell is to the partition. */
export async function setRole(sql: Sql, name: Partition, role: string): Promise<void> {
  await sql.query(moveRole, [name, role]);
}

/**
 * Recomputes the chain of a partition from its first record.
 * @throws Error where a version is missing or a chain does not fit
 */
export async function verifyChain(sql: Sql, name: Partition): Promise<number> {
  let chain = GENESIS_CHAIN;
  const records = await readRecords(sql, name, 0n, 100_000);
  for (const [index, record] of records.entries()) {
    if (record.version !== BigInt(index + 1)) throw new Error(`version ${index + 1} is missing`);
    chain = nextChain(chain, record);
    if (chain !== record.chain) throw new Error(`the chain breaks at ${record.version}`);
  }
  if ((await readState(sql, name)).chain !== chain)
    throw new Error('the partition has another chain');
  return records.length;
}
