import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOwnership } from './ownership.ts';
import {
  CELL,
  OTHER_CELL,
  partition,
  placements,
  REALM,
  readState,
  startPartitions,
  type TestPartitions,
  writeSomething,
} from './partitions.fixture.ts';

const THIRD_CELL = 'eu-nl-1' as CellId;
/** Slot 1 is kept as a standby, slot 2 is elsewhere altogether, slot 3 has moved here before. */
const FIRST_TABLE = placements(1, {
  1: { primary: OTHER_CELL, standby: CELL },
  2: { primary: OTHER_CELL, standby: THIRD_CELL },
  3: { epoch: 4 },
});
const [mine, standby, foreign, moved] = [0, 1, 2, 3].map(partition) as [
  Partition,
  Partition,
  Partition,
  Partition,
];

let cell: TestPartitions;
beforeEach(async () => {
  cell = await startPartitions(FIRST_TABLE);
});
afterEach(() => cell.stop());

const misdirected = (epoch?: number) =>
  expect.objectContaining({
    code: 'misdirected',
    options: { extensions: expect.objectContaining(epoch === undefined ? {} : { epoch }) },
  });

describe("a cell's first start", () => {
  it('makes a row for each slot of its realm, as the directory has it', async () => {
    const { ownership, sql } = cell;
    expect(ownership.counts()).toEqual({ primary: 1_022, standby: 1, fenced: 0, absent: 1 });
    expect(ownership.primaries()).toHaveLength(1_022);
    expect(ownership.of(moved)).toEqual({ role: 'primary', epoch: 4 });
    const row = await readState(sql, partition(1_023));
    expect(row).toEqual({ role: 'primary', epoch: 1n, version: 0n, chain: '0'.repeat(64) });
    expect((await readState(sql, standby)).role).toBe('standby');
    expect((await readState(sql, foreign)).role).toBe('absent');
  });

  it('lets only what it is primary for be read or written', () => {
    const { ownership } = cell;
    expect(ownership.requireWritable(mine)).toEqual({ role: 'primary', epoch: 1 });
    for (const other of [standby, foreign]) {
      expect(() => ownership.requirePrimary(other)).toThrow(misdirected(1));
      expect(() => ownership.requireWritable(other)).toThrow(misdirected(1));
    }
    expect(() => ownership.requirePrimary('us-000' as Partition)).toThrow(misdirected());
    expect(ownership.of('us-000' as Partition)).toBeUndefined();
  });

  it('takes no table of another realm', async () => {
    const table = { ...placements(2), realm: 'us' as Realm };
    await expect(cell.ownership.confirm(table)).rejects.toThrow(TypeError);
    expect(cell.ownership.counts().primary).toBe(1_022);
  });
});

describe('a cell that starts again', () => {
  it('knows what it held, and reads but does not write until the directory confirms it', async () => {
    const again = await cell.restart();
    expect(again.counts()).toEqual(cell.ownership.counts());
    expect(again.isConfirmed()).toBe(false);
    expect(again.requirePrimary(mine)).toEqual({ role: 'primary', epoch: 1 });
    expect(() => again.requireWritable(mine)).toThrow(
      expect.objectContaining({ code: 'quarantined', status: 503 }),
    );
    await again.confirm(FIRST_TABLE);
    expect(again.isConfirmed()).toBe(true);
    expect(again.requireWritable(mine)).toEqual({ role: 'primary', epoch: 1 });
  });

  it('keeps versions and data when the same table is confirmed again', async () => {
    await cell.unitOfWork.run(mine, 'test', (work) => writeSomething(work));
    const again = await cell.restart();
    await again.confirm(FIRST_TABLE);
    expect(await readState(cell.sql, mine)).toMatchObject({ role: 'primary', version: 1n });
  });

  it('gives up what it lost meanwhile, in its storage too', async () => {
    const again = await cell.restart();
    await again.confirm(placements(2, { 0: { primary: OTHER_CELL, standby: CELL, epoch: 2 } }));
    expect(() => again.requirePrimary(mine)).toThrow(misdirected());
    expect(again.primaries()).not.toContain(mine);
    expect((await readState(cell.sql, mine)).role).toBe('fenced');
    await expect(
      cell.unitOfWork.run(mine, 'test', (work) => writeSomething(work)),
    ).rejects.toMatchObject({ code: 'misdirected' });
  });

  it('gives nothing up for a table that knows no newer epoch than its own', async () => {
    await cell.ownership.confirm(placements(1, { 3: { primary: OTHER_CELL, epoch: 4 } }));
    expect(cell.ownership.requireWritable(moved).epoch).toBe(4);
    expect((await readState(cell.sql, moved)).role).toBe('primary');
  });
});

describe('a partition whose newer epoch was shown', () => {
  it('is fenced before anything else happens, and in the storage', async () => {
    const fenced = cell.ownership.giveUp(moved, 5);
    expect(() => cell.ownership.requirePrimary(moved)).toThrow(misdirected(4));
    expect(cell.ownership.primaries()).not.toContain(moved);
    await fenced;
    expect(await readState(cell.sql, moved)).toMatchObject({ role: 'fenced', epoch: 4n });
    await cell.ownership.confirm(FIRST_TABLE);
    expect(cell.ownership.of(moved)?.role).toBe('fenced');
  });

  it('stays as it is where the epoch is not newer, or the partition is not held', async () => {
    const { ownership } = cell;
    await ownership.giveUp(moved, 4);
    await ownership.giveUp(moved, 1);
    await ownership.giveUp(standby, 9);
    await ownership.giveUp('us-000' as Partition, 9);
    expect(ownership.of(moved)?.role).toBe('primary');
    expect(ownership.of(standby)?.role).toBe('standby');
    expect((await readState(cell.sql, moved)).role).toBe('primary');
  });

  it('stays fenced while tables are read again around it', async () => {
    const slots = Array.from({ length: 20 }, (_, index) => partition(100 + index));
    const fences = slots.map((slot) => cell.ownership.giveUp(slot, 2));
    const reads = Array.from({ length: 5 }, () => cell.ownership.load());
    const seen = (): Set<string | undefined> =>
      new Set(slots.map((slot) => cell.ownership.of(slot)?.role));
    for (const read of reads) {
      await read;
      expect(seen()).toEqual(new Set(['fenced']));
    }
    await Promise.all(fences);
    expect(cell.ownership.counts().fenced).toBe(20);
  });

  it('is given up though the storage can not be told, and stays so', async () => {
    const sql = openPostgres({ connectionString: cell.url, applicationName: 'test' });
    const ownership = createOwnership({ sql, cell: CELL, realm: REALM });
    await ownership.load();
    await sql.close();
    await expect(ownership.giveUp(mine, 2)).rejects.toThrow();
    expect(() => ownership.requirePrimary(mine)).toThrow(misdirected(1));
  });
});
