import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile } from './log-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'log-file-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a log keeps the latest lines in at most two files of bounded size', async () => {
  const file = path.join(folder, 'logs', 'part.log');
  for (const session of [1, 2]) {
    const log = openLogFile(file, 1_000);
    for (let count = 0; count < 200; count += 1) log.write(`session ${session} line ${count}\n`);
    log.close();
  }
  expect((await readdir(path.dirname(file))).toSorted()).toEqual(['part.log', 'part.log.1']);
  expect((await stat(file)).size).toBeLessThan(1_100);
  expect((await stat(`${file}.1`)).size).toBeLessThan(1_100);
  expect(await readFile(file, 'utf8')).toMatch(/session 2 line 199\n$/);
});
