import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ImportPage } from '@commerce/contracts/catalog-imports';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { sendJson } from './shopper.ts';

/** A vendor's file, from the command line to the search of every cell, on the real fleet. */

const CELLS = ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'];
const MAIN = fileURLToPath(new URL('../import/main.ts', import.meta.url));
const OPERATOR = { email: 'operator@platform.example', password: 'demo-password-operator' };
/** Products are to be found this long after the import says that it is completed. */
const FOUND_MS_MAX = 5_000;

let fleet: FleetUnderTest;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commerce-importing-'));
  const file = await writeCsv('start.csv', 'startup', 20);
  fleet = await startFleetUnderTest({
    cells: CELLS,
    flags: ['--catalog', file, '--currency', 'EUR'],
  });
}, 180_000);

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

async function writeCsv(name: string, word: string, rows: number): Promise<string> {
  const lines = Array.from(
    { length: rows },
    (_, index) => `${word}-${index},${word} lamp ${index},${word}-${index},${10 + index}.90,5`,
  );
  const file = path.join(folder, name);
  const header = 'URL handle,Title,SKU,Price,Inventory quantity';
  await writeFile(file, `${[header, ...lines].join('\n')}\n`);
  return file;
}

function startImport(...words: readonly string[]) {
  const flags = ['--vendor', 'imported', '--url', fleet.controlPlane, '--currency', 'EUR'];
  const child = spawn(process.execPath, [MAIN, ...words, ...flags], { stdio: 'pipe' });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  return { child, output: async () => (await output).join('') };
}

async function runImport(...words: readonly string[]): Promise<{ code: number; output: string }> {
  const { child, output } = startImport(...words);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: await output() };
}

/** Waits until a cell finds a word, and tells how many of its first hundred products. */
function foundIn(cell: string, word: string, timeoutMs: number): Promise<number> {
  return eventually(async () => {
    const answer = await sendJson(`${fleet.cell(cell)}/v1/search?q=${word}&limit=100`, 'GET');
    const { length } = (answer.body as { items: unknown[] }).items;
    return length > 0 ? length : undefined;
  }, timeoutMs);
}

test('a fleet starts with a file in place of the demo', async () => {
  expect(fleet.output.join('\n')).toContain('Catalogue: 20 products of 20 rows');
  for (const cell of CELLS) expect(await foundIn(cell, 'startup', 20_000)).toBeGreaterThan(0);
});

test('200 rows are found in all cells within seconds, and imported once', async () => {
  const file = await writeCsv('shop.csv', 'zephyrine', 200);
  const dry = await runImport(file, '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.output).toContain('200 would be created');
  const done = await runImport(file);
  expect(done).toMatchObject({ code: 0 });
  expect(done.output).toContain('200 created, 0 updated, 0 unchanged, 0 refused');
  const found = CELLS.map((cell) => foundIn(cell, 'zephyrine', FOUND_MS_MAX));
  for (const count of await Promise.all(found)) expect(count).toBeGreaterThan(0);
  expect((await runImport(file)).output).toContain('0 created, 0 updated, 200 unchanged');
}, 60_000);

test('an import whose control plane is killed goes on after its restart, with no double', async () => {
  const file = await writeCsv('long.csv', 'quillon', 1_500);
  const { child, output } = startImport(file);
  const ending = once(child, 'close');
  const session = () => sendJson(`${fleet.controlPlane}/v1/sessions`, 'POST', { body: OPERATOR });
  const token = (await session()).body.accessToken as string;
  const latest = async () => {
    const url = `${fleet.controlPlane}/v1/catalog/imports?vendor=imported&limit=1`;
    const answer = await sendJson(url, 'GET', { token }).catch(() => undefined);
    return (answer?.body as ImportPage | undefined)?.items?.[0];
  };
  await eventually(async () => {
    const view = await latest();
    return view?.fileName === 'long.csv' && view.rows > 0 ? view : undefined;
  });
  await fleet.signal('control plane', 'SIGKILL');
  const done = await eventually(async () => {
    const view = await latest();
    return view?.state === 'completed' ? view : undefined;
  }, 90_000);
  expect(done).toMatchObject({ rows: 1_500, created: 1_500, updated: 0, failed: 0 });
  // The command has waited for its control plane and tells the end.
  expect(await ending).toEqual([0, null]);
  expect(await output()).toContain('1500 created, 0 updated, 0 unchanged, 0 refused');
}, 180_000);

test('a broken file says where, and changes nothing', async () => {
  const file = path.join(folder, 'broken.csv');
  await writeFile(file, Buffer.from('Handle,Title,Variant Price\nx,Gr\xf6\xdfe,1.00\n', 'latin1'));
  const { code, output } = await runImport(file, '--dry-run');
  expect(code).toBe(1);
  expect(output).toContain('Line 2 is not UTF-8');
});
