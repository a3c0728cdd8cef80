import { orderStateChanged } from '@commerce/contracts/events';
import { newGlobalId, newPartitionId, type Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_EVENTS, readRecords } from './change-log.ts';
import {
  partition,
  readKeys,
  readState,
  setRole,
  startPartitions,
  type TestPartitions,
  verifyChain,
  writeSomething,
} from './partitions.fixture.ts';
import { createUnitOfWork, type PartitionWork } from './unit-of-work.ts';

let cell: TestPartitions;
beforeAll(async () => {
  cell = await startPartitions();
});
afterAll(() => cell?.stop());

let slotCount = 0;
/** Each test has partitions of its own. */
const fresh = (): Partition => partition(slotCount++);
const recordsOf = (name: Partition) => readRecords(cell.sql, name, 0n, 1_000);

const collide = statement(
  'test.collide',
  `DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$`,
);
const touchPool = statement(
  'test.touch-pool',
  `INSERT INTO stock_pool (variant_id, available, received_total, recalled_total, returned_total)
   VALUES ($1, 1, 1, 0, 0)`,
);
const countPool = statement<{ count: bigint }>(
  'test.count-pool',
  'SELECT count(*) AS count FROM stock_pool WHERE variant_id = $1',
);

const emitOrder = (work: PartitionWork, subject: string): void =>
  work.emit(orderStateChanged, subject, {
    orderId: newPartitionId('ord', work.partition),
    vendorId: newGlobalId('ven'),
    from: 'placed',
    to: 'paid',
    at: '2026-01-01T00:00:00.000Z',
  });

describe('a unit of work', () => {
  it('advances its partition by one, and logs the row and its events at that position', async () => {
    const name = fresh();
    const { result, position } = await cell.unitOfWork.run(name, 'test', async (work) => {
      await writeSomething(work, 'a');
      emitOrder(work, 'first');
      emitOrder(work, 'second');
      return 'result';
    });
    expect(result).toBe('result');
    expect(position).toEqual({ epoch: 1n, version: 1n });
    const [record, ...more] = await recordsOf(name);
    expect(more).toEqual([]);
    expect(record).toMatchObject({ epoch: 1n, version: 1n });
    expect(JSON.parse(record?.changes ?? '')).toEqual([
      {
        table: 'idempotency_records',
        op: 'upsert',
        row: expect.objectContaining({ partition: name, key_hash: 'a', status: 201 }),
      },
    ]);
    const events = JSON.parse(record?.events ?? '') as { type: string; subject: string }[];
    expect(events.map((event) => event.subject)).toEqual(['first', 'second']);
    expect(await verifyChain(cell.sql, name)).toBe(1);
  });

  it.each(['standby', 'fenced', 'absent'])(
    'has no effect where the cell is %s, and tells the epoch that it knows',
    async (role) => {
      const name = fresh();
      await cell.sql.execute(
        `UPDATE partitions SET role = '${role}', epoch = 7 WHERE partition = '${name}'`,
      );
      let called = false;
      const refused = cell.unitOfWork.run(name, 'test', async (work) => {
        work.afterCommit(() => {
          called = true;
        });
        await writeSomething(work);
      });
      await expect(refused).rejects.toMatchObject({
        code: 'misdirected',
        status: 421,
        options: { extensions: { partition: name, epoch: 7 } },
      });
      expect(called).toBe(false);
      expect(await readState(cell.sql, name)).toMatchObject({ version: 0n });
      expect(await readKeys(cell.sql, name)).toEqual([]);
      expect(await recordsOf(name)).toEqual([]);
    },
  );

  it('is refused as misdirected where it finds nothing because the data is elsewhere', async () => {
    const name = fresh();
    await setRole(cell.sql, name, 'fenced');
    const refused = cell.unitOfWork.run(name, 'test', async () => {
      throw new AppError('not-found');
    });
    await expect(refused).rejects.toMatchObject({ code: 'misdirected' });
    const failing = cell.unitOfWork.run(name, 'test', async (work) => {
      await work.read(collide);
    });
    await expect(failing).rejects.toMatchObject({ code: 'misdirected' });
    const unknown = cell.unitOfWork.run('us-000' as Partition, 'test', writeSomething);
    await expect(unknown).rejects.toMatchObject({ code: 'misdirected' });
  });

  it('leaves version and log as they were where nothing was changed', async () => {
    const name = fresh();
    let called = false;
    const done = await cell.unitOfWork.run(name, 'test', async (work) => {
      work.afterCommit(() => {
        called = true;
      });
      return 'seen';
    });
    expect(done).toEqual({ result: 'seen', position: undefined });
    expect(called).toBe(false);
    expect(await readState(cell.sql, name)).toMatchObject({ version: 0n });
  });

  it('leaves nothing where its function throws after a write', async () => {
    const name = fresh();
    const fault = new Error('changed my mind');
    const failed = cell.unitOfWork.run(name, 'test', async (work) => {
      await writeSomething(work);
      emitOrder(work, 'never');
      throw fault;
    });
    await expect(failed).rejects.toBe(fault);
    expect(await readState(cell.sql, name)).toMatchObject({ version: 0n });
    expect(await readKeys(cell.sql, name)).toEqual([]);
    expect(await recordsOf(name)).toEqual([]);
  });

  it('changes no row of the cell without a change of its partition', async () => {
    const name = fresh();
    const failed = cell.unitOfWork.run(name, 'test.pool', (work) =>
      work.writeCellOwned(touchPool, ['var_alone']),
    );
    await expect(failed).rejects.toThrow(/test\.pool changed cell-owned rows/);
    expect(await cell.sql.query(countPool, ['var_alone'])).toEqual([{ count: 0n }]);
    await cell.unitOfWork.run(name, 'test.pool', async (work) => {
      await work.writeCellOwned(touchPool, ['var_both']);
      await writeSomething(work);
    });
    expect(await cell.sql.query(countPool, ['var_both'])).toEqual([{ count: 1n }]);
    // The cell's own row is not the partition's: it does not move with it.
    expect((await recordsOf(name))[0]?.changes).not.toContain('var_both');
  });

  it('logs one record, with the last attempt only, where it is run again', async () => {
    const name = fresh();
    let attempts = 0;
    const committed: number[] = [];
    await cell.unitOfWork.run(name, 'test', async (work) => {
      attempts += 1;
      const attempt = attempts;
      await writeSomething(work, `attempt-${attempt}`);
      emitOrder(work, `attempt-${attempt}`);
      work.afterCommit(() => committed.push(attempt));
      if (attempt < 3) await work.read(collide);
    });
    expect(attempts).toBe(3);
    expect(committed).toEqual([3]);
    const records = await recordsOf(name);
    expect(records).toHaveLength(1);
    expect(records[0]?.changes).not.toContain('attempt-2');
    expect(records[0]?.events).not.toContain('attempt-2');
    expect(await readKeys(cell.sql, name)).toEqual(['attempt-3']);
  });
});

describe('units of work at once', () => {
  it('give a partition versions without a gap, and one chain over all of them', async () => {
    const name = fresh();
    const done = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        cell.unitOfWork.run(name, 'test', (work) => writeSomething(work, `w-${index}`)),
      ),
    );
    const versions = done
      .map(({ position }) => Number(position?.version))
      .toSorted((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await verifyChain(cell.sql, name)).toBe(100);
    expect(await readKeys(cell.sql, name)).toHaveLength(100);
  });

  it('do not wait for those of other partitions', async () => {
    const [busy, free] = [fresh(), fresh()];
    const order: string[] = [];
    await cell.unitOfWork.run(busy, 'test', async (work) => {
      await writeSomething(work);
      // The first still holds its partition while all of these commit.
      for (let count = 0; count < 20; count += 1)
        await cell.unitOfWork.run(free, 'test', writeSomething);
      order.push('free');
    });
    order.push('busy');
    expect(order).toEqual(['free', 'busy']);
    expect(await readState(cell.sql, free)).toMatchObject({ version: 20n });
  });

  it('stop at a fence: what runs commits before it, what comes later is refused', async () => {
    const name = fresh();
    let fenced: Promise<void> | undefined;
    await cell.unitOfWork.run(name, 'test', async (work) => {
      await writeSomething(work, 'before');
      fenced = setRole(cell.sql, name, 'fenced');
    });
    await fenced;
    const late = cell.unitOfWork.run(name, 'test', (work) => writeSomething(work, 'after'));
    await expect(late).rejects.toMatchObject({ code: 'misdirected' });
    expect(await readKeys(cell.sql, name)).toEqual(['before']);
    expect(await readState(cell.sql, name)).toMatchObject({ role: 'fenced', version: 1n });
    expect(await verifyChain(cell.sql, name)).toBe(1);
  });

  it('call back after the commit, when others can see it, and tell of it once', async () => {
    const name = fresh();
    const told: unknown[] = [];
    const unitOfWork = createUnitOfWork({
      sql: cell.sql,
      onCommitted: (record) => told.push(record),
    });
    let seen: Promise<string[]> | undefined;
    await unitOfWork.run(name, 'test', async (work) => {
      await writeSomething(work, 'mine');
      expect(await readKeys(cell.sql, name)).toEqual([]);
      work.afterCommit(() => {
        seen = readKeys(cell.sql, name);
      });
    });
    expect(await seen).toEqual(['mine']);
    await unitOfWork.run(name, 'test', async (work) => emitOrder(work, 'event'));
    expect(told).toMatchObject([
      { partition: name, epoch: 1n, version: 1n, events: NO_EVENTS },
      { partition: name, epoch: 1n, version: 2n },
    ]);
    // What is told is what a follower would read.
    expect(told).toEqual(await readRecords(cell.sql, name, 0n, 10));
  });
});
