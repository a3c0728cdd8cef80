import { randomUUID } from 'node:crypto';
import type { Partition } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterEach, describe, expect, it } from 'vitest';
import {
  partition,
  readKeys,
  readState,
  verifyChain,
  writeSomething,
} from '../partitions.fixture.ts';
import { isInStep, readCopy, startPair, type TestPair } from './replication.fixture.ts';

let pair: TestPair;
afterEach(() => pair.stop());

const [first, second] = [partition(0), partition(700)];
const soon = { timeout: 10_000, interval: 10 } as const;

const write = (name: Partition, key: string = randomUUID()) =>
  pair.primary.unitOfWork.run(name, 'test', (work) => writeSomething(work, key));
const inStep = (name: Partition) => expect.poll(() => isInStep(pair, name), soon).toBe(true);

describe('a standby that follows its primary', () => {
  it('has every commit in order, rows and log, from the beginning on', async () => {
    pair = await startPair();
    for (const key of ['a', 'b', 'c']) await write(first, key);
    await write(second, 'z');
    await inStep(first);
    await inStep(second);
    expect(await readKeys(pair.standby.sql, first)).toEqual(['a', 'b', 'c']);
    expect(await readKeys(pair.standby.sql, second)).toEqual(['z']);
    expect(await verifyChain(pair.standby.sql, first)).toBe(3);
    expect((await readState(pair.standby.sql, first)).role).toBe('standby');
  });

  it('acknowledges what it has durably, and says how far it is', async () => {
    pair = await startPair();
    await write(first);
    await write(first);
    await expect
      .poll(() => pair.primary.feed.acknowledged('eu-fr-1' as never, first), soon)
      .toBe(2n);
    expect(pair.primary.feed.lagOf('eu-fr-1' as never)).toBe(0n);
    const copy = { partition: first, version: 2n, follows: 'eu-de-1' as never };
    expect(pair.replicator().lagOf(copy)).toMatchObject({ versions: 0n });
  });

  it('is told of a commit at once, and not by looking again and again', async () => {
    pair = await startPair({ scanIntervalMs: 60_000 });
    await write(first);
    await inStep(first);
    const startedAtMs = performance.now();
    for (let count = 0; count < 20; count += 1) {
      const { position } = await write(first);
      await expect
        .poll(() => pair.primary.feed.acknowledged('eu-fr-1' as never, first), {
          timeout: 5_000,
          interval: 1,
        })
        .toBe(position?.version);
    }
    expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  });

  it('misses nothing and repeats nothing through kills of either side and cuts of the network', async () => {
    pair = await startPair();
    const names = [first, second, partition(5), partition(6)];
    const disturb = [
      () => pair.gate.cut(),
      () => pair.gate.mend(),
      () => pair.restartStandby(),
      () => pair.restartPrimary(),
      async () => pair.gate.holdAnswers(),
      async () => pair.gate.passAnswers(),
      () => pair.gate.cut(),
      () => pair.gate.mend(),
    ];
    const keys = new Map<Partition, string[]>(names.map((name) => [name, []]));
    for (const step of disturb) {
      const disturbed = step();
      for (let count = 0; count < 15; count += 1) {
        await Promise.all(
          names.map(async (name) => {
            const key = randomUUID();
            await write(name, key);
            keys.get(name)?.push(key);
          }),
        );
      }
      await disturbed;
    }
    for (const name of names) {
      await inStep(name);
      expect(await verifyChain(pair.standby.sql, name)).toBe(15 * disturb.length);
      const copied = await readKeys(pair.standby.sql, name);
      expect(copied.toSorted()).toEqual(keys.get(name)?.toSorted());
    }
    expect(await pair.standby.digests.read(names)).toEqual(await pair.primary.digests.read(names));
  }, 40_000);

  it('is no brake: the primary commits as before while it is down', async () => {
    pair = await startPair();
    await pair.gate.cut();
    for (let count = 0; count < 50; count += 1) await write(first);
    expect((await readState(pair.primary.sql, first)).version).toBe(50n);
    await pair.gate.mend();
    await inStep(first);
  });
});

const trimBelow = statement(
  'test.trim-below',
  'DELETE FROM change_log WHERE partition = $1 AND version < $2',
);
const spoil = statement(
  'test.spoil',
  `UPDATE partitions SET chain = repeat('f', 64) WHERE partition = $1`,
);
const setRecordSchema = statement(
  'test.set-record-schema',
  'UPDATE change_log SET schema = 99 WHERE partition = $1',
);

it('gives a standby in step what was committed, and does not read it back', async () => {
  pair = await startPair();
  await write(first, 'a');
  await inStep(first);
  await pair.gate.cut();
  await write(first, 'b');
  // Whoever reads the log back finds what no standby takes.
  await pair.primary.sql.query(setRecordSchema, [first]);
  await pair.gate.mend();
  await inStep(first);
  expect(await readKeys(pair.standby.sql, first)).toEqual(['a', 'b']);
});

describe('a copy that can not go on', () => {
  it('is seeded anew where the log does not reach back to it, and follows then', async () => {
    pair = await startPair();
    await write(first, 'a');
    await inStep(first);
    await pair.gate.cut();
    for (const key of ['b', 'c', 'd', 'e']) await write(first, key);
    await pair.primary.sql.query(trimBelow, [first, 4n]);
    await pair.gate.mend();
    await inStep(first);
    expect(await readKeys(pair.standby.sql, first)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await readCopy(pair.standby.sql, first)).toMatchObject({ state: 'following' });
    await write(first, 'f');
    await inStep(first);
    expect(await readKeys(pair.standby.sql, first)).toContain('f');
  });

  it('says so where its history is another one, and is left as it is', async () => {
    pair = await startPair();
    await write(first, 'a');
    await write(second, 'y');
    await inStep(first);
    await inStep(second);
    await pair.gate.cut();
    await pair.standby.sql.query(spoil, [first]);
    await write(first, 'b');
    await pair.gate.mend();
    await expect
      .poll(() => readCopy(pair.standby.sql, first), soon)
      .toMatchObject({ state: 'diverged', problem: expect.stringContaining('diverged') });
    await write(second, 'z');
    await inStep(second);
    expect(await readKeys(pair.standby.sql, first)).toEqual(['a']);
  });

  it('refuses records of a newer schema, keeps its position and says so', async () => {
    pair = await startPair();
    await write(first, 'a');
    await inStep(first);
    await pair.gate.cut();
    await write(first, 'b');
    await pair.primary.sql.query(setRecordSchema, [first]);
    // What it has at hand is what it has committed itself.
    await pair.restartPrimary();
    await pair.gate.mend();
    await expect
      .poll(() => readCopy(pair.standby.sql, first), soon)
      .toMatchObject({ state: 'refused' });
    expect((await readState(pair.standby.sql, first)).version).toBe(1n);
  });
});
