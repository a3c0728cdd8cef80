import { createManualClock } from '@commerce/service/clock';
import { createLogger } from '@commerce/service/logger';
import { statement } from '@commerce/engines/sql/sql';
import type { Partition } from '@commerce/contracts/ids';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecords } from './change-log.ts';
import { createEventRelay } from './event-relay.ts';
import { recordIdempotency } from './idempotency.ts';
import {
  CELL,
  OTHER_CELL,
  partition,
  readKeys,
  readState,
  REALM,
  setRole,
  startPartitions,
  type TestPartitions,
  writeSomething,
} from './partitions.fixture.ts';
import {
  createStandbyPositionsJob,
  readStandbyPositions,
  type StandbyCaps,
} from './replication/standby-positions.ts';
import type { StandbyFeed } from './replication/feed.ts';
import { createRetentionJob } from './retention.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The database dates log records by its own clock, so the test's clock begins there too. */
const START_MS = Date.now();
const [first, second] = [partition(1), partition(2)];

let cell: TestPartitions;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  cell = await startPartitions();
  clock = createManualClock(START_MS);
});
afterEach(() => cell.stop());

/** Runs the job until it finds no more. @returns how many runs that took */
async function tidyUp(caps?: StandbyCaps): Promise<number> {
  const { sql, unitOfWork } = cell;
  const job = createRetentionJob({
    sql,
    unitOfWork,
    clock,
    log: createLogger('test', 'silent'),
    ...(caps !== undefined && { caps }),
  });
  for (let runs = 1; runs < 100; runs += 1) {
    if (!(await job.run(new AbortController().signal))) return runs;
  }
  throw new Error('it never ends');
}

const write = (name: Partition, key: string, ageMs = 0) =>
  cell.unitOfWork.run(name, 'test', (work) =>
    writeSomething(work, key, new Date(START_MS - ageMs)),
  );
const versionsOf = async (name: Partition): Promise<number[]> =>
  (await readRecords(cell.sql, name, 0n, 10_000)).map((record) => Number(record.version));

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const setLoggedAt = statement(
  'test.set-logged-at',
  'UPDATE change_log SET logged_at = $3 WHERE partition = $1 AND version = $2',
);

describe('answers that were kept for retries', () => {
  it('are forgotten after 72 hours, in the log of their partition', async () => {
    await write(first, 'old', 73 * HOUR_MS);
    await write(first, 'young', 71 * HOUR_MS);
    await write(second, 'other', 100 * HOUR_MS);
    await tidyUp();
    expect(await readKeys(cell.sql, first)).toEqual(['young']);
    expect(await readKeys(cell.sql, second)).toEqual([]);
    const [, , record] = await readRecords(cell.sql, first, 0n, 10);
    expect(JSON.parse(record?.changes ?? '')).toEqual([
      expect.objectContaining({ op: 'delete', row: expect.objectContaining({ key_hash: 'old' }) }),
    ]);
  });

  it('are forgotten in batches, however many there are', async () => {
    await cell.unitOfWork.run(first, 'test', async (work) => {
      for (let index = 0; index < 1_200; index += 1) {
        await writeSomething(work, `old-${index}`, new Date(START_MS - 4 * DAY_MS));
      }
    });
    await tidyUp();
    expect(await readKeys(cell.sql, first)).toEqual([]);
    // Its own write, and three batches.
    expect((await readState(cell.sql, first)).version).toBe(4n);
  });

  it('stay while the request has no answer yet', async () => {
    await cell.unitOfWork.run(first, 'test', async (work) => {
      const at = new Date(START_MS - 10 * DAY_MS);
      recordIdempotency(work, { keyHash: 'pending', fingerprint: 'f' }, { resource: 'grp_1', at });
    });
    expect(await tidyUp()).toBe(1);
    expect(await readKeys(cell.sql, first)).toEqual(['pending']);
  });

  it('stay where another cell is the primary', async () => {
    for (const role of ['standby', 'fenced', 'absent']) {
      await setRole(cell.sql, first, 'primary');
      await write(first, `old-${role}`, 4 * DAY_MS);
      await setRole(cell.sql, first, role);
      expect(await tidyUp()).toBe(1);
      expect(await readKeys(cell.sql, first)).toContain(`old-${role}`);
    }
  });
});

describe('log records', () => {
  it('are kept for a week, and the newest for ever', async () => {
    for (const key of ['a', 'b', 'c']) await write(first, key);
    clock.advance(7 * DAY_MS - HOUR_MS);
    // By then the answers have been forgotten, which is a record of its own.
    await tidyUp();
    expect(await versionsOf(first)).toEqual([1, 2, 3, 4]);
    clock.advance(2 * HOUR_MS);
    await tidyUp();
    expect(await versionsOf(first)).toEqual([4]);
    clock.advance(100 * DAY_MS);
    expect(await tidyUp()).toBe(1);
    await write(first, 'next');
    expect(await versionsOf(first)).toEqual([4, 5]);
  });

  it('stay until every consumer has acknowledged them', async () => {
    const relay = createEventRelay({ sql: cell.sql, cell: CELL, realm: REALM });
    const follow = (consumer: string) =>
      relay.pull({ consumer, streams: ['order'], limit: 100, waitMs: 0, ack: null });
    for (const key of ['a', 'b', 'c']) await write(first, key);
    await follow('quick');
    await follow('slow');
    for (const key of ['d', 'e']) await write(first, key);
    await write(second, 'z');
    await write(second, 'y');
    await follow('quick');
    clock.advance(8 * DAY_MS);
    await tidyUp();
    // The slow one has versions 1 to 3 of the first partition and knows nothing of the second.
    expect((await versionsOf(first))[0]).toBe(4);
    expect((await versionsOf(second))[0]).toBe(1);
    await follow('slow');
    await follow('quick');
    await tidyUp();
    expect(await versionsOf(first)).toEqual([6]);
    expect(await versionsOf(second)).toEqual([3]);
  });

  it('are trimmed in batches, and never so that the log gets a hole', async () => {
    for (let index = 0; index < 8; index += 1) await write(first, `k-${index}`);
    for (const version of numbers(8)) {
      // The fourth began before the third was over: it is younger by its version, not by its time.
      const ageDays = version === 3 ? 1 : 9;
      const at = new Date(START_MS - ageDays * DAY_MS);
      await cell.sql.query(setLoggedAt, [first, version, at]);
    }
    expect(await tidyUp()).toBe(2);
    expect(await versionsOf(first)).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('are kept for two weeks in a copy, as its cell may have to deliver them one day', async () => {
    for (const key of ['a', 'b', 'c']) await write(first, key);
    await setRole(cell.sql, first, 'standby');
    clock.advance(13 * DAY_MS);
    expect(await tidyUp()).toBe(1);
    expect(await versionsOf(first)).toEqual([1, 2, 3]);
    clock.advance(2 * DAY_MS);
    await tidyUp();
    expect(await versionsOf(first)).toEqual([3]);
  });
});

describe('the log that a standby has not fetched', () => {
  const acknowledge = async (name: Partition, version: bigint): Promise<void> => {
    const entry = { cell: OTHER_CELL, partition: name, epoch: 1n, version };
    const feed = { acknowledgements: () => [entry] } as unknown as StandbyFeed;
    const job = createStandbyPositionsJob({ sql: cell.sql, feed, clock });
    await job.run(new AbortController().signal);
  };
  const known = () => readStandbyPositions(cell.sql, OTHER_CELL);

  it('stays beyond its week until the standby has it', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await write(first, key);
    await acknowledge(first, 2n);
    clock.advance(8 * DAY_MS);
    await tidyUp();
    expect(await versionsOf(first)).toEqual([3, 4, 5]);
    await acknowledge(first, 5n);
    await tidyUp();
    expect(await versionsOf(first)).toEqual([5]);
  });

  it('is trimmed after two weeks, and the standby is dropped', async () => {
    for (const key of ['a', 'b', 'c']) await write(first, key);
    await acknowledge(first, 1n);
    clock.advance(13 * DAY_MS);
    await tidyUp();
    expect(await known()).toEqual([{ partition: first, version: 1n }]);
    clock.advance(2 * DAY_MS);
    await tidyUp();
    expect(await known()).toEqual([]);
    expect((await versionsOf(first)).length).toBe(1);
  });

  it('makes room where it has become too much, and the cell goes on', async () => {
    for (const key of ['a', 'b', 'c']) await write(first, key);
    await acknowledge(first, 1n);
    await tidyUp({ keptBytes: 1_000_000 });
    expect(await versionsOf(first)).toEqual([1, 2, 3]);
    // By the clock of the job the records are of the past.
    clock.advance(60_000);
    await tidyUp({ keptBytes: 10 });
    expect(await known()).toEqual([]);
    expect(await versionsOf(first)).toEqual([3]);
    await write(first, 'd');
    expect(await versionsOf(first)).toEqual([3, 4]);
  });
});
