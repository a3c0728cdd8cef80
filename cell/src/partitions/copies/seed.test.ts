import type { Partition } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CELL,
  partition,
  placements,
  readKeys,
  readState,
  setRole,
  writeSomething,
} from '../partitions.fixture.ts';
import {
  isInStep,
  readCopy,
  startPair,
  TABLES,
  type TestPair,
} from '../replication/replication.fixture.ts';
import { idempotencyRecords, partitionTable } from '../tables.ts';
import { setCopyState } from './copy-store.ts';
import { SnapshotError } from './read-frames.ts';
import { createSeeder } from './seed.ts';
import { createVerifier } from './verify.ts';

let pair: TestPair;
afterEach(() => pair.stop());

const soon = { timeout: 40_000, interval: 10 } as const;
const [first, second] = [partition(0), partition(1)];
/** Slots that this cell is no standby of by the directory's word. */
const OTHER_STANDBY = placements(1, { 0: { standby: undefined }, 1: { standby: undefined } });

async function fill(name: Partition, rows: number): Promise<void> {
  await pair.primary.unitOfWork.run(name, 'test', async (work) => {
    for (let index = 0; index < rows; index += 1) {
      await writeSomething(work, `${name}-${String(index).padStart(5, '0')}`, new Date(index));
    }
  });
}

const seed = (partitions: readonly Partition[]) =>
  pair.replicator().requestSeeds({ partitions, from: CELL, plan: 'evac_test' });
const following = (name: Partition) => expect.poll(() => isInStep(pair, name), soon).toBe(true);

describe('a partition that is seeded', { timeout: 60_000 }, () => {
  it('is copied whole at one position, over many pages, and follows then', async () => {
    pair = await startPair({ table: OTHER_STANDBY });
    await fill(first, 1_234);
    await fill(second, 3);
    expect((await readState(pair.standby.sql, first)).role).toBe('absent');
    expect(await seed([first, second])).toEqual([first, second]);
    await following(first);
    await following(second);
    expect(await readKeys(pair.standby.sql, first)).toHaveLength(1_234);
    await fill(second, 0);
    await pair.primary.unitOfWork.run(second, 'test', (work) => writeSomething(work, 'later'));
    await following(second);
    expect(await readKeys(pair.standby.sql, second)).toContain('later');
    const names = [first, second];
    expect(await pair.standby.digests.read(names)).toEqual(await pair.primary.digests.read(names));
  });

  it('may be asked for again and again, and is copied once', async () => {
    pair = await startPair({ table: OTHER_STANDBY });
    await fill(first, 10);
    await seed([first]);
    await following(first);
    const rows = pair.replicator().seededRows();
    await seed([first]);
    await seed([first]);
    expect(await readCopy(pair.standby.sql, first)).toMatchObject({ state: 'following' });
    expect(pair.replicator().seededRows()).toBe(rows);
  });

  it('is not taken where this cell is its primary', async () => {
    pair = await startPair({ table: OTHER_STANDBY });
    await setRole(pair.standby.sql, first, 'primary');
    expect(await seed([first])).toEqual([]);
  });

  it('is whole or not there at all, whatever cuts the copying off', async () => {
    pair = await startPair({ table: OTHER_STANDBY });
    await fill(first, 1_600);
    await pair.gate.cut();
    await seed([first]);
    const chunks: Buffer[] = [];
    await pair.gate.mend();
    const stopping = new AbortController();
    for await (const chunk of await pair.client.snapshot(CELL, [first], stopping.signal)) {
      chunks.push(chunk);
    }
    await following(first);
    // The same bytes, broken off at several places, on a copy that is wanted anew.
    const bytes = Buffer.concat(chunks);
    const seeder = createSeeder(pair.standby.sql, TABLES);
    await pair.replicator().stop();
    for (const share of [0.01, 0.3, 0.9, 0.9999]) {
      await setCopyState(pair.standby.sql, [first], 'seeding', null, new Date());
      const part = bytes.subarray(0, Math.floor(bytes.length * share));
      const stream = (async function* () {
        yield part;
      })();
      await expect(seeder.seed([first], stream)).rejects.toThrow(SnapshotError);
      expect(await readKeys(pair.standby.sql, first)).toHaveLength(1_600);
      expect(await isInStep(pair, first)).toBe(true);
    }
  });
});

const plant = statement(
  'test.plant',
  `UPDATE idempotency_records SET answer = '{"planted":true}' WHERE partition = $1 AND key_hash = $2`,
);
const lose = statement(
  'test.lose',
  'DELETE FROM idempotency_records WHERE partition = $1 AND key_hash = $2',
);

describe('a copy that was changed by something else than its log', () => {
  it('is found by its digest, told with the table, and mended', async () => {
    pair = await startPair();
    const names = [first, second, partition(2)];
    for (const name of names) {
      await fill(name, 20);
      await following(name);
    }
    const verifier = createVerifier({
      sql: pair.standby.sql,
      digests: pair.standby.digests,
      digestAt: (source, partitions) =>
        pair.client.digest(source, partitions, new AbortController().signal),
      clock: { nowMs: Date.now, now: () => new Date() },
      onSeedsWanted: () => pair.replicator().reconcile(),
    });
    expect(await verifier.verify(names, true)).toMatchObject({ same: names, differing: [] });
    await pair.standby.sql.query(plant, [first, `${first}-00007`]);
    await pair.standby.sql.query(lose, [second, `${second}-00003`]);
    const found = await verifier.verify(names, false);
    expect(found).toEqual({
      same: [partition(2)],
      differing: [first, second].map((name) => ({
        partition: name,
        tables: ['idempotency_records'],
      })),
      unknown: [],
    });
    await verifier.verify(names, true);
    await expect.poll(async () => (await verifier.verify(names, false)).same, soon).toEqual(names);
    expect(await verifier.verify([partition(9)], true)).toMatchObject({ same: [partition(9)] });
  });
});

describe('a copy in a cell of an older version', () => {
  /** The same table as an older version knows it. */
  const { answer: _unknown, ...olderColumns } = idempotencyRecords.columns;
  const older = [partitionTable({ ...idempotencyRecords, columns: olderColumns })];

  it('is refused where the primary has a column that it does not know, and says so', async () => {
    pair = await startPair();
    await pair.restartStandby(older);
    await fill(first, 1);
    await expect
      .poll(() => readCopy(pair.standby.sql, first), soon)
      .toMatchObject({ state: 'refused', problem: expect.stringContaining('.answer') });
    expect(await readKeys(pair.standby.sql, first)).toEqual([]);
    // Of the newer version it goes on where it was.
    await pair.restartStandby();
    await following(first);
    expect(await readKeys(pair.standby.sql, first)).toHaveLength(1);
  });

  it('leaves out what the primary declares as an expansion, says so, and gets it once it is newer', async () => {
    const newer = partitionTable({ ...idempotencyRecords, expansions: ['answer'] });
    pair = await startPair({ tables: [newer] });
    await pair.restartStandby(older);
    await fill(first, 1);
    await following(first);
    await expect
      .poll(() => readCopy(pair.standby.sql, first), soon)
      .toMatchObject({ state: 'following', problem: 'left-out: idempotency_records.answer' });
    const [ours] = await pair.standby.digests.read([first]);
    const [theirs] = await pair.primary.digests.read([first]);
    expect(ours?.tables).not.toEqual(theirs?.tables);
    // Of the newer version it knows what it lacks.
    await pair.restartStandby();
    await expect.poll(() => pair.standby.digests.read([first]), soon).toEqual([theirs]);
    expect(await readCopy(pair.standby.sql, first)).toMatchObject({ problem: null });
  });
});
