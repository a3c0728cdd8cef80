import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { describeMachine } from '../bench/report.ts';
import { type BooksVerdict, checkBooks } from '../books/check-books.ts';
import { type Shoppers, startShoppers } from '../harness/shoppers.ts';
import { listVariants } from '../harness/variants.ts';
import { type OwnFleet, startWholeFleet } from '../harness/whole-fleet.ts';
import { loadBulk } from './bulk-load.ts';
import { buySome, restartCell } from './fill.ts';
import { measureMove, type Move, runCellctl } from './measure.ts';
import { runNewCellTrial } from './new-cell.ts';
import { formatTrial, type TrialResult, writeTrial } from './report.ts';

/** `npm run trial [-- flags]`: empties a cell with much in it, while shoppers buy, and measures. */

const CELLS = ['eu-de-1', 'eu-fr-1'] as const;
const [SOURCE, TARGET] = CELLS;
const HELP = `Fills a cell, empties it to its standby and brings it back, again and again with more in it.

  npm run trial -- [flags]

  --orders N      orders of the largest size (50000); a quarter and a sixteenth are measured before
  --customers N   customers of the largest size (20000)
  --shoppers N    who buy all the while (4)
  --to-new-cell   empty it to a cell that has nothing of it instead, and tell how fast rows are copied
  --write         put the results into docs/benchmarks.md
  --help          this text
`;
/** Parts of the largest size: times must not grow with them. */
const SIZES = [1 / 16, 1 / 4, 1] as const;
const PRODUCTS = 500;
const CATCH_UP_TIMEOUT_MS = 600_000;
const POLL_MS = 250;
/** Orders that show that the shop sells, before it is measured. */
const STEADY_ORDERS = 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const VERSIONS = 'SELECT partition, role, version::text FROM partitions';

async function readVersions(url: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ partition: string; version: string }>(VERSIONS);
    return new Map(rows.map(({ partition, version }) => [partition, version]));
  } finally {
    await client.end();
  }
}

/** Waits until both cells have the same version of every partition. @returns how long it took */
async function awaitStandby(fleet: OwnFleet): Promise<number> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < CATCH_UP_TIMEOUT_MS) {
    const source = await readVersions(fleet.databaseUrl(SOURCE));
    const target = await readVersions(fleet.databaseUrl(TARGET));
    const behind = [...source].filter(([name, version]) => target.get(name) !== version);
    if (behind.length === 0) return performance.now() - startedAt;
    await sleep(POLL_MS);
  }
  throw new Error('the standby did not catch up in ten minutes');
}

interface Flags {
  readonly orders: number;
  readonly customers: number;
  readonly shoppers: number;
}

async function moveThereAndBack(
  fleet: OwnFleet,
  shoppers: Shoppers,
  label: string,
): Promise<readonly Move[]> {
  const there = await measureMove(fleet, shoppers, `${label}: to its standby`, [
    'evacuate',
    'run',
    SOURCE,
  ]);
  const back = await measureMove(fleet, shoppers, `${label}: rolled back`, [
    'evacuate',
    'rollback',
  ]);
  await runCellctl(fleet, ['evacuate', 'complete']);
  await runCellctl(fleet, ['cells', 'undrain', SOURCE]);
  return [there, back];
}

async function runTrial(flags: Flags): Promise<TrialResult> {
  say('Starting a fleet of two cells');
  const fleet = await startWholeFleet({ cells: CELLS, products: PRODUCTS });
  try {
    const variantIds = await listVariants(fleet.routerPort, 'DE');
    await buySome(fleet, variantIds, SOURCE);
    const moves: Move[] = [];
    const loads: string[] = [];
    const bulk = new Set<string>();
    const journal: Shoppers['journal'][number][] = [];
    let loaded = { customers: 0, orders: 0 };
    for (const part of SIZES) {
      const wanted = {
        customers: Math.round(flags.customers * part),
        orders: Math.round(flags.orders * part),
      };
      const load = await loadBulk(fleet.databaseUrl(SOURCE), {
        customers: wanted.customers - loaded.customers,
        orders: wanted.orders - loaded.orders,
      });
      for (const id of load.groupIds) bulk.add(id);
      loaded = wanted;
      await restartCell(fleet, SOURCE);
      const caughtUpMs = await awaitStandby(fleet);
      const rate = Math.round(load.rows / (caughtUpMs / 1_000));
      loads.push(
        `${wanted.orders} orders and ${wanted.customers} customers: ${load.rows} rows more, which the standby had applied ${(caughtUpMs / 1_000).toFixed(1)} s after the cell's restart (${rate} rows/s)`,
      );
      say(loads.at(-1) ?? '');
      const shoppers = startShoppers({
        routerPort: fleet.routerPort,
        count: flags.shoppers,
        country: 'DE',
        variantIds,
      });
      await shoppers.awaitOrders(STEADY_ORDERS);
      for (const move of await moveThereAndBack(fleet, shoppers, `${wanted.orders} orders`)) {
        moves.push(move);
        say(
          `${move.name}: ${(move.tookMs / 1_000).toFixed(1)} s, pause p99 ${move.pauseP99Ms} ms, max ${move.pauseMaxMs} ms, ${move.failedRequests} failed, slowest request ${Math.round(move.slowestRequestMs)} ms, exit ${move.code}`,
        );
        if (move.code !== 0) say(move.complaint);
      }
      await shoppers.stop();
      journal.push(...shoppers.journal);
    }
    const books: BooksVerdict = await checkBooks(
      fleet,
      { lines: journal, unreadable: 0 },
      { ignored: bulk },
    );
    return { machine: describeMachine(), loads, moves, books };
  } finally {
    await fleet.remove();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string', default: '50000' },
      customers: { type: 'string', default: '20000' },
      shoppers: { type: 'string', default: '4' },
      'to-new-cell': { type: 'boolean' },
      write: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const wanted = { orders: Number(values.orders), customers: Number(values.customers) };
  if (values['to-new-cell'] === true) {
    say(await runNewCellTrial(wanted, (port) => listVariants(port, 'DE')));
    return;
  }
  const result = await runTrial({ ...wanted, shoppers: Number(values.shoppers) });
  const text = formatTrial(result);
  say(text);
  if (values.write === true) await writeTrial(text);
  if (result.books.verdict !== 'holds') process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
