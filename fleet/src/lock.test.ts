import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lock-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('of many that want the lock at once exactly one gets it, and the next after its release', async () => {
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)));
  const won = results.filter((result) => result.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await won[0]?.value.release();
  await (await lockFolder(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['a process that is gone', { pid: 2 ** 22 + 1, identity: '1' }],
  ['another process with the same number', { pid: process.pid, identity: 'long ago' }],
])('a lock of %s is taken over', async (_what, holder) => {
  await writeFile(path.join(folder, 'fleet.lock'), JSON.stringify(holder));
  await (await lockFolder(folder)).release();
});

test('a damaged lock is taken over', async () => {
  await writeFile(path.join(folder, 'fleet.lock'), '{"pid":');
  await (await lockFolder(folder)).release();
});
