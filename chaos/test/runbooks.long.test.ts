import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startShoppers } from '@commerce/load-tests/harness/shoppers';
import { listVariants } from '@commerce/load-tests/harness/variants';
import { type OwnFleet, startWholeFleet } from '@commerce/load-tests/harness/whole-fleet';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handleParts, type Parts } from '../runner/parts.ts';
import { openRunbookShell, readRunbook, runDrill } from '../runner/runbook.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RUNBOOKS = path.join(ROOT, 'runbooks');
const PAGES = readdirSync(RUNBOOKS).filter((file) => file.endsWith('.md') && file !== 'README.md');
const CELLS = ['eu-de-1', 'eu-fr-1'];

let fleet: OwnFleet;
let parts: Parts;
let folder: string;
let variables: Record<string, string>;

/** What a reader would fill in: a variant that was sold, its vendor and its name with them. */
async function readSold(): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: fleet.databaseUrl('eu-de-1') });
  await client.connect();
  const { rows } = await client.query<{ variant: string; vendor: string; sku: string }>(
    `SELECT l.variant_id AS variant, o.vendor_id AS vendor, l.sku
     FROM order_lines l JOIN orders o ON o.partition = l.partition AND o.id = l.order_id LIMIT 1`,
  );
  await client.end();
  return { ...rows[0] };
}

/** Lets a shopper who lives where the cell stands buy. */
async function sell(part: string): Promise<void> {
  const country = part === 'cell eu-fr-1' ? 'FR' : 'DE';
  const shoppers = startShoppers({
    routerPort: fleet.routerPort,
    count: 2,
    country,
    variantIds: await listVariants(fleet.routerPort, country),
  });
  await shoppers.awaitOrders(4);
  await shoppers.stop();
}

beforeAll(async () => {
  // A page takes it for lost, and revives it later: the launcher must not do that before.
  const flags = ['--no-restart', 'cell eu-fr-1'];
  fleet = await startWholeFleet({ cells: CELLS, products: 60, flags });
  parts = handleParts(fleet);
  folder = await mkdtemp(path.join(tmpdir(), 'runbooks-'));
  await symlink(fleet.dataDir, path.join(folder, '.data'));
  await sell('cell eu-de-1');
  variables = await readSold();
}, 300_000);

afterAll(async () => {
  parts.tidyUp();
  await fleet.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('the commands of a runbook do what the page says', () => {
  test.each(PAGES)(
    '%s',
    async (page) => {
      const steps = readRunbook(readFileSync(path.join(RUNBOOKS, page), 'utf8'));
      expect(steps.filter(({ kind }) => kind === 'commands').length).toBeGreaterThan(0);
      const config = path.join(fleet.dataDir, 'cellctl.json');
      const shell = openRunbookShell({
        folder,
        replace: [
          ['127.0.0.1:8080', `127.0.0.1:${fleet.routerPort}`],
          ['127.0.0.1:8081', `127.0.0.1:${fleet.routerPort + 1}`],
          ['127.0.0.1:8082', `127.0.0.1:${fleet.routerPort + 2}`],
          ['127.0.0.1:8090', `127.0.0.1:${fleet.routerPort + 10}`],
          ['127.0.0.1:8110', `127.0.0.1:${fleet.routerPort + 30}`],
          ['127.0.0.1:8181', `127.0.0.1:${fleet.cellPort('eu-de-1')}`],
          ['127.0.0.1:8182', `127.0.0.1:${fleet.cellPort('eu-fr-1')}`],
        ],
        variables,
        cellctl: [
          process.execPath,
          path.join(ROOT, 'global-control-plane/src/cellctl/main.ts'),
          '--config',
          config,
          '--yes',
        ],
      });
      try {
        for (const step of steps) {
          const where = `${page}:${step.line}`;
          if (step.kind === 'drill') await runDrill({ ...parts, sell }, step.verb, step.part);
          else {
            await shell.run(step.text).catch((error: unknown) => {
              throw new Error(`${where}\n${step.text}\n${(error as Error).message}`);
            });
          }
        }
      } finally {
        shell.close();
      }
    },
    600_000,
  );
});

describe('a runbook', () => {
  test('is read as its blocks and drills, in their order', () => {
    const page = [
      '<!-- drill: freeze cell eu-de-1 -->',
      '1. Look:',
      '   ```sh',
      '   cellctl status',
      '   ```',
      '```sh by-hand',
      'npm start',
      '```',
      '```text',
      'nothing',
      '```',
    ].join('\n');
    expect(readRunbook(page)).toEqual([
      { kind: 'drill', line: 1, verb: 'freeze', part: 'cell eu-de-1' },
      { kind: 'commands', line: 3, text: 'cellctl status' },
    ]);
    expect(() => readRunbook('<!-- drill: explode router -->')).toThrow(/no drill "explode"/);
  });
});
