import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CELL, startPartitions, type TestPartitions } from '../partitions.fixture.ts';
import { createFileMark, type DatabaseMark } from './database-mark.ts';
import { gatherEvidence, rememberDatabase } from './evidence.ts';
import { admitIncarnation, beginIncarnation, readIncarnation } from './incarnation-store.ts';

let cell: TestPartitions;
let folder: string;
let mark: DatabaseMark;
let told: string | undefined;

beforeAll(async () => {
  cell = await startPartitions();
  folder = await mkdtemp(join(tmpdir(), 'mark-'));
});
afterAll(async () => {
  await cell.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  mark = createFileMark(join(folder, crypto.randomUUID()));
  told = undefined;
});

const deps = () => ({
  sql: cell.sql,
  cell: CELL,
  mark,
  directory: {
    readCell: async () => ({
      cell: { id: CELL, incarnation: told } as CellDescriptor,
      version: 1,
    }),
    putCell: async () => 'written' as const,
  },
});

test('a database that nobody knows yet is the first of its cell', async () => {
  expect(await gatherEvidence(deps())).toMatchObject({ cause: undefined, isConfirmed: true });
});

test('a database is known again by what is remembered beside it', async () => {
  for (let beat = 0; beat < 3; beat += 1) await rememberDatabase(deps());
  const { incarnation, beats } = await readIncarnation(cell.sql);
  expect(await mark.read()).toEqual({ incarnation, beats });
  told = incarnation;
  expect(await gatherEvidence(deps())).toMatchObject({ cause: undefined, isConfirmed: true });
});

test('one that has said less often that it is there than is remembered was restored', async () => {
  await rememberDatabase(deps());
  const { incarnation, beats } = await readIncarnation(cell.sql);
  await mark.write({ incarnation, beats: beats + 7n });
  const { cause } = await gatherEvidence(deps());
  expect(cause).toBe('it is 7 signs of life behind what the cell remembers');
});

test('another one than the cell or the directory knows was put in its place', async () => {
  told = 'another';
  expect((await gatherEvidence(deps())).cause).toBe('the directory knows the database another');
  await mark.write({ incarnation: crypto.randomUUID(), beats: 0n });
  expect((await gatherEvidence(deps())).cause).toContain('the cell last ran on the database');
});

test('where the mark is lost, the standbys are asked whatever the directory says', async () => {
  told = (await readIncarnation(cell.sql)).incarnation;
  expect(await gatherEvidence(deps())).toMatchObject({ cause: undefined, isConfirmed: false });
  const path = join(folder, 'damaged');
  await writeFile(path, 'half a li');
  mark = createFileMark(path);
  expect(await gatherEvidence(deps())).toMatchObject({ cause: undefined, isConfirmed: false });
});

test('a restored database stays one until its cell was admitted, however often it starts', async () => {
  const { incarnation } = await beginIncarnation(cell.sql, 'its standby is ahead');
  expect((await gatherEvidence(deps())).cause).toBe('its standby is ahead');
  await admitIncarnation(cell.sql, incarnation);
  await rememberDatabase(deps());
  expect((await gatherEvidence(deps())).cause).toBeUndefined();
});
