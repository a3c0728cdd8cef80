import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkBooks } from '../../load-tests/books/check-books.ts';
import { type Shoppers, startShoppers } from '../../load-tests/harness/shoppers.ts';
import { listVariants } from '../../load-tests/harness/variants.ts';
import {
  attachFleet,
  type OwnFleet,
  startWholeFleet,
} from '../../load-tests/harness/whole-fleet.ts';
import { BROKEN_RELEASE } from '../src/operations/local-target.ts';

/**
 * The rehearsal: the operations of the cloud, on a fleet on this machine, while shoppers buy. No request of theirs
 * may fail, and afterwards every book has to agree with what they were told.
 */
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CELLS = ['eu-de-1', 'eu-fr-1'];
const NEW_CELL = 'eu-nl-1';
const BAKE_SECONDS = '5';

let fleet: OwnFleet;
let shoppers: Shoppers;

beforeAll(async () => {
  fleet = await startWholeFleet({ cells: CELLS, products: 100 });
  shoppers = startShoppers({
    routerPort: fleet.routerPort,
    count: 2,
    country: 'DE',
    variantIds: await listVariants(fleet.routerPort, 'DE'),
  });
  await shoppers.awaitOrders(3);
}, 240_000);

afterAll(async () => {
  await shoppers?.stop();
  await fleet?.remove();
}, 60_000);

function infra(...words: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, ...words, '--data', fleet.dataDir], { cwd: ROOT });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

function failures(): readonly unknown[] {
  return shoppers.journal.filter(({ kind }) => kind === 'failed');
}

test('a release goes to the canary, is watched, and goes on; nobody notices', {
  timeout: 600_000,
}, async () => {
  const before = await Promise.all(CELLS.map((cell) => fleet.pidOf(`cell ${cell}`)));
  const { code, output } = await infra(
    ...['deploy', 'local', '--version', 'v1.1.0', '--previous', 'v1.0.0'],
    ...['--cells', 'eu-fr-1,eu-de-1', '--bake', BAKE_SECONDS],
  );
  expect(output).toContain('v1.1.0 runs in 2 cells');
  expect(code).toBe(0);
  const after = await Promise.all(CELLS.map((cell) => fleet.pidOf(`cell ${cell}`)));
  for (const [index, pid] of after.entries()) expect(pid).not.toBe(before[index]);
  await shoppers.awaitOrders(3);
  expect(failures()).toEqual([]);
});

test('a release that does not start ends at the canary and is rolled back by itself', {
  timeout: 600_000,
}, async () => {
  const other = await fleet.pidOf('cell eu-de-1');
  const { code, output } = await infra(
    ...['deploy', 'local', '--version', BROKEN_RELEASE, '--previous', 'v1.1.0'],
    ...['--cells', 'eu-fr-1,eu-de-1', '--bake', BAKE_SECONDS],
  );
  expect(output).toContain('rolling back to v1.1.0: eu-fr-1: it was not ready within 3 s');
  expect(code).toBe(4);
  // The second wave was never begun.
  expect(await fleet.pidOf('cell eu-de-1')).toBe(other);
  await shoppers.awaitOrders(3);
  expect(failures()).toEqual([]);
});

test('a cell that did not exist takes new shoppers, and all books agree', {
  timeout: 600_000,
}, async () => {
  const { code, output } = await infra(
    ...[
      'new-cell',
      'local',
      NEW_CELL,
      '--donor',
      'eu-de-1',
      '--partitions',
      await donatedPartitions(),
    ],
  );
  expect(output).toContain(`${NEW_CELL}: looking at it`);
  expect(code).toBe(0);
  await expect.poll(() => cellOfNewShopper('NL'), { timeout: 60_000 }).toBe(NEW_CELL);
  await shoppers.awaitOrders(3);
  await shoppers.stop();
  expect(failures()).toEqual([]);
  // With the books of the cell that came along.
  const whole = await attachFleet(fleet.routerUrl, fleet.dataDir);
  expect(whole.cells).toContain(NEW_CELL);
  const { verdict, results } = await checkBooks(whole, { lines: shoppers.journal, unreadable: 0 });
  expect(results.filter((each) => each.verdict !== 'holds')).toEqual([]);
  expect(verdict).toBe('holds');
});

/** A few partitions of which eu-de-1 is primary. */
async function donatedPartitions(): Promise<string> {
  const config = path.join(fleet.dataDir, 'cellctl.json');
  expect(JSON.parse(await readFile(config, 'utf8'))).toHaveProperty('supervisor');
  const child = spawn(
    process.execPath,
    ['global-control-plane/src/cellctl/main.ts', '--config', config, '--json'].concat([
      'partitions',
      'list',
      '--cell',
      'eu-de-1',
      '--role',
      'primary',
    ]),
    { cwd: ROOT },
  );
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const { partitions } = JSON.parse(printed) as { partitions: { partition: string }[] };
  return partitions
    .slice(0, 4)
    .map(({ partition }) => partition)
    .join(',');
}

async function cellOfNewShopper(country: string): Promise<string> {
  const answer = await fetch(`${fleet.routerUrl}/router/whoami`, {
    headers: { 'x-client-country': country },
  });
  return ((await answer.json()) as { cell: string }).cell;
}
