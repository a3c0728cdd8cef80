import { type CellId, type Partition, slotOf } from '@commerce/contracts/ids';
import type { PartitionPoint } from '@commerce/contracts/partition-control';
import { CUT_CHAIN_DIGITS, placementOf } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import {
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '@commerce/engines/directory/dynamodb/local-dynamodb';
import type { Sql } from '@commerce/engines/sql/sql';
import { createLogger } from '@commerce/service/logger';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecords } from '../change-log.ts';
import { createApplier } from '../copies/apply.ts';
import { createOwnership, type Ownership } from '../ownership.ts';
import {
  CELL,
  OTHER_CELL,
  partition,
  placements,
  readKeys,
  readState,
  REALM,
  startPartitions,
  type TestPartitions,
  verifyChain,
  writeSomething,
} from '../partitions.fixture.ts';
import { createPlacementFollower } from '../placement-follower.ts';
import { idempotencyRecords } from '../tables.ts';

/**
 * Two cells on two databases and a directory, moved about by a runner whose calls are lost, repeated and
 * cut off, while shoppers write into both.
 */

const log = createLogger('test', 'silent');
const PARTITIONS = [partition(7), partition(8)] as const;
const PLAN = 'evac_random';

/** One run of a cell; another one on the same database is a restart. */
interface Run {
  readonly ownership: Ownership;
  refresh(): Promise<unknown>;
}

class Fleet {
  readonly runs = new Map<CellId, Run>();
  /** Writes that were acknowledged. */
  readonly acked: {
    cell: CellId;
    partition: Partition;
    epoch: bigint;
    version: bigint;
    key: string;
  }[] = [];
  /** Cuts as the runner heard them; it may have forgotten them, or hold old ones. */
  readonly cuts = new Map<Partition, PartitionPoint>();
  #writes = 0;
  readonly #cells: ReadonlyMap<CellId, TestPartitions>;
  readonly #directory: Directory;

  constructor(cells: ReadonlyMap<CellId, TestPartitions>, directory: Directory) {
    this.#cells = cells;
    this.#directory = directory;
  }
  cell(id: CellId): TestPartitions {
    return this.#cells.get(id) as TestPartitions;
  }
  run(id: CellId): Run {
    return this.runs.get(id) as Run;
  }
  async restart(id: CellId): Promise<void> {
    const { sql } = this.cell(id);
    const ownership = createOwnership({ sql, cell: id, realm: REALM });
    await ownership.load();
    const follower = createPlacementFollower({
      directory: this.#directory,
      ownership,
      realm: REALM,
      log,
    });
    this.runs.set(id, { ownership, refresh: follower.refresh });
  }
  /** What a shopper does: many at once, some of whom come to a cell that is not theirs any more. */
  async write(id: CellId, name: Partition): Promise<void> {
    this.#writes += 1;
    const key = `${id}-${this.#writes}`;
    const { unitOfWork } = this.cell(id);
    try {
      this.run(id).ownership.requireWritable(name);
      const { position } = await unitOfWork.run(name, 'test', (work) => writeSomething(work, key));
      if (position !== undefined) this.acked.push({ cell: id, partition: name, ...position, key });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  /** Past the check in memory, as a request that was inside its handler all the while. */
  async writeLate(id: CellId, name: Partition): Promise<void> {
    this.#writes += 1;
    const key = `${id}-late-${this.#writes}`;
    try {
      const { position } = await this.cell(id).unitOfWork.run(name, 'test', (work) =>
        writeSomething(work, key),
      );
      if (position !== undefined) this.acked.push({ cell: id, partition: name, ...position, key });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  async fence(id: CellId, isHeard: boolean): Promise<void> {
    const target = id === CELL ? OTHER_CELL : CELL;
    const { ownership } = this.run(id);
    const { cuts } = await ownership.fence({ plan: PLAN, target, partitions: [...PARTITIONS] });
    if (!isHeard) return;
    for (const cut of cuts) this.cuts.set(cut.partition as Partition, cut);
  }
  async replicate(from: CellId, to: CellId): Promise<void> {
    const [source, target] = [this.cell(from), this.cell(to)];
    const applier = createApplier(target.sql, [idempotencyRecords]);
    for (const name of PARTITIONS) {
      const { version } = await readState(target.sql, name);
      const records = await readRecords(source.sql, name, version, 1_000);
      if (records.length > 0) await applier.apply(records);
    }
  }
  /** The runner's one conditional write: it moves a partition on, or burns an epoch for its primary. */
  async flip(name: Partition, to: CellId): Promise<void> {
    const cut = this.cuts.get(name);
    const table = await this.#directory.readPlacements(REALM);
    if (cut === undefined || table === undefined) return;
    const placed = placementOf(table, name);
    if (placed.epoch !== cut.epoch) return;
    const next = [...table.placements];
    next[slotOf(name)] = {
      primary: to,
      standby: to === CELL ? OTHER_CELL : CELL,
      epoch: cut.epoch + 1,
      cut: {
        plan: PLAN,
        mode: 'planned',
        version: BigInt(cut.version),
        chain: cut.chain.slice(0, CUT_CHAIN_DIGITS),
      },
    };
    await this.#directory.replacePlacements(
      { ...table, version: table.version + 1, placements: next },
      table.version,
    );
  }
  /** What any runner does in the end: every partition gets a primary that has its history. */
  async settle(): Promise<void> {
    for (const id of [CELL, OTHER_CELL]) {
      await this.run(id).refresh();
      await this.fence(id, true);
    }
    for (let round = 0; round < 3; round += 1) {
      await this.replicate(CELL, OTHER_CELL);
      await this.replicate(OTHER_CELL, CELL);
      for (const id of [CELL, OTHER_CELL]) await this.run(id).refresh();
      for (const name of PARTITIONS) {
        const table = await this.#directory.readPlacements(REALM);
        if (table !== undefined) await this.flip(name, placementOf(table, name).primary);
      }
    }
  }
}

const cellId = fc.constantFrom(CELL, OTHER_CELL);
const slot = fc.constantFrom(...PARTITIONS);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), cell: cellId, slot }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('write late' as const), cell: cellId, slot }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fence' as const),
      cell: cellId,
      isHeard: fc.boolean(),
      during: fc.nat({ max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replicate' as const), cell: cellId }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flip' as const), cell: cellId, slot }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('refresh' as const), cell: cellId }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), cell: cellId }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('show epoch' as const), cell: cellId, slot }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function perform(fleet: Fleet, one: Step, directory: Directory): Promise<void> {
  switch (one.do) {
    case 'write':
      return fleet.write(one.cell, one.slot);
    case 'write late':
      return fleet.writeLate(one.cell, one.slot);
    case 'fence': {
      // Requests that have begun, and the fence that comes between them.
      const writes = Array.from({ length: one.during }, (_, index) =>
        fleet.writeLate(one.cell, PARTITIONS[index % PARTITIONS.length] as Partition),
      );
      await Promise.all([...writes, fleet.fence(one.cell, one.isHeard)]);
      return;
    }
    case 'replicate':
      return fleet.replicate(one.cell, one.cell === CELL ? OTHER_CELL : CELL);
    case 'flip':
      return fleet.flip(one.slot, one.cell);
    case 'refresh':
      await fleet.run(one.cell).refresh();
      return;
    case 'restart':
      return fleet.restart(one.cell);
    case 'show epoch': {
      const table = await directory.readPlacements(REALM);
      const epoch = table === undefined ? 1 : placementOf(table, one.slot).epoch;
      return fleet.run(one.cell).ownership.giveUp(one.slot, epoch);
    }
  }
}

function expectOneWriter({ acked }: Fleet): void {
  const writers = new Map<string, CellId>();
  const versions = new Set<string>();
  for (const { cell, partition: name, epoch, version } of acked) {
    const at = `${name} ${epoch}`;
    expect(writers.get(at) ?? cell, `two cells wrote ${at}`).toBe(cell);
    writers.set(at, cell);
    expect(versions.has(`${name} ${version}`), `${name} has two versions ${version}`).toBe(false);
    versions.add(`${name} ${version}`);
  }
}

describe('I4: of two cells', () => {
  let dynamo: LocalDynamoDb;
  let directory: Directory;
  const stopping: TestPartitions[] = [];
  beforeAll(async () => {
    dynamo = await startLocalDynamoDb();
    directory = createDynamoDirectory({ endpoint: dynamo.endpoint });
    await directory.ensureTables();
  });
  afterAll(async () => {
    for (const cell of stopping) await cell.stop();
    directory.close();
    await dynamo.stop();
  });

  test('at most one commits at any epoch, and no acknowledged write is lost, whatever is lost, repeated or restarted', async () => {
    const here = await startPartitions();
    const there = await startPartitions();
    stopping.push(here, there);
    const cells = new Map([
      [CELL, here],
      [OTHER_CELL, there],
    ]);
    let tableVersion = 0;

    const begin = async (): Promise<Fleet> => {
      await reset(here.sql, 'primary');
      await reset(there.sql, 'standby');
      const table = placements(tableVersion + 1);
      const known = await directory.readPlacements(REALM);
      if (known === undefined) await directory.createPlacements(table);
      else
        await directory.replacePlacements({ ...table, version: known.version + 1 }, known.version);
      tableVersion += 1;
      const fleet = new Fleet(cells, directory);
      for (const id of cells.keys()) {
        await fleet.restart(id);
        await fleet.run(id).refresh();
      }
      return fleet;
    };

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const fleet = await begin();
        for (const one of steps) await perform(fleet, one, directory);
        expectOneWriter(fleet);
        await fleet.settle();
        expectOneWriter(fleet);
        for (const name of PARTITIONS) {
          const states = await Promise.all([...cells.values()].map((c) => readState(c.sql, name)));
          const primary = states.findIndex((state) => state.role === 'primary');
          expect(states.filter((state) => state.role === 'primary')).toHaveLength(1);
          const { sql } = [...cells.values()][primary] as TestPartitions;
          expect(await verifyChain(sql, name)).toBe(Number(states[primary]?.version));
          const kept = await readKeys(sql, name);
          const own = fleet.acked.filter((write) => write.partition === name);
          expect(kept.toSorted()).toEqual(own.map((write) => write.key).toSorted());
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 120_000);
});

/** A cell without a history. */
async function reset(sql: Sql, role: string): Promise<void> {
  await sql.execute(`
    DELETE FROM change_log; DELETE FROM idempotency_records; DELETE FROM partition_copies;
    DELETE FROM partition_fences;
    UPDATE partitions SET role = '${role}', epoch = 1, version = 0, chain = repeat('0', 64);
  `);
}
