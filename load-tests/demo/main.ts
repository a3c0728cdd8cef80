import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkBooks } from '../books/check-books.ts';
import { acknowledgementsOf } from '../books/journal.ts';
import { type Shoppers, startShoppers } from '../harness/shoppers.ts';
import { listVariants } from '../harness/variants.ts';
import { attachFleet, startWholeFleet, type WholeFleet } from '../harness/whole-fleet.ts';
import { type Move, measureMove, runCellctl } from '../trial/measure.ts';

/**
 * `npm run demo:evacuate`: a cell is emptied to its standbys and brought back while shoppers buy,
 * explained as it goes. It uses the fleet that runs in this folder, or starts one of its own.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = 'eu-de-1';
const SHOPPERS = 4;
const FIRST_ORDERS = 10;
const MORE_ORDERS = 5;
/** Purchases that began elsewhere come to their end. */
const SETTLE_MS = 3_000;

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

interface Stage {
  readonly fleet: WholeFleet;
  readonly close: () => Promise<void>;
}

async function findFleet(): Promise<Stage> {
  const router = 'http://127.0.0.1:8080';
  const isUp = await fetch(`${router}/router/whoami`, { signal: AbortSignal.timeout(1_000) }).then(
    () => true,
    () => false,
  );
  if (isUp) {
    say(`A fleet runs at ${router}: the demo uses it, and leaves its orders there.`);
    const fleet = await attachFleet(router, path.join(ROOT, '.data'));
    return { fleet, close: () => Promise.resolve() };
  }
  say('No fleet runs here: starting one with two cells in the EU. It is removed afterwards.');
  const fleet = await startWholeFleet({ cells: [SOURCE, 'eu-fr-1'], products: 200 });
  return { fleet, close: () => fleet.remove() };
}

function countCells(shoppers: Shoppers, since: number): string {
  const groups = Map.groupBy(acknowledgementsOf(shoppers.journal).slice(since), ({ cell }) => cell);
  return [...groups].map(([cell, orders]) => `${orders.length} in ${cell}`).join(', ') || 'none';
}

function describeMove(move: Move): void {
  if (move.code !== 0) throw new Error(`cellctl ended with ${move.code}: ${move.complaint}`);
  say(`  partitions moved     ${move.partitions}`);
  say(`  took                 ${(move.tookMs / 1_000).toFixed(1)} s, cellctl's own start included`);
  say(`  pause of a partition 99 % below ${move.pauseP99Ms} ms, longest ${move.pauseMaxMs} ms`);
  say(`  orders meanwhile     ${move.orders}`);
  say(`  failed requests      ${move.failedRequests}`);
  say(`  slowest request      ${Math.round(move.slowestRequestMs)} ms`);
  const phases = Object.entries(move.phasesMs).map(([phase, ms]) => `${phase} ${ms} ms`);
  say(`  time by phase        ${phases.join(', ')}`);
}

async function play({ fleet }: Stage): Promise<boolean> {
  const [, ...others] = fleet.cells;
  say();
  say(`1. ${SHOPPERS} shoppers from Germany buy again and again, each purchase as somebody new.`);
  const shoppers = startShoppers({
    routerPort: fleet.routerPort,
    count: SHOPPERS,
    country: 'DE',
    variantIds: await listVariants(fleet.routerPort, 'DE'),
  });
  try {
    await shoppers.awaitOrders(FIRST_ORDERS);
    say(`   Orders so far: ${countCells(shoppers, 0)}.`);
    say();
    say(`2. Evacuating ${SOURCE}: each of its partitions goes to the cell that holds its copy.`);
    say('   For a batch of partitions: all rows are compared, writes are stopped at the source');
    say('   (the fence), the copy gets the last of them, the directory names the new primary, and');
    say('   the requests that waited are handed on. No shopper sees a failure.');
    describeMove(
      await measureMove(fleet, shoppers, 'there', ['evacuate', 'run', SOURCE, '--reason', 'demo']),
    );
    let since = acknowledgementsOf(shoppers.journal).length;
    await shoppers.awaitOrders(MORE_ORDERS);
    say(`   Orders since: ${countCells(shoppers, since)}.`);
    say();
    say(`3. And back: the old primary had become the standby, so the way back is the same one.`);
    describeMove(await measureMove(fleet, shoppers, 'back', ['evacuate', 'rollback']));
    await sleep(SETTLE_MS);
    since = acknowledgementsOf(shoppers.journal).length;
    await shoppers.awaitOrders(MORE_ORDERS);
    say(`   Orders since: ${countCells(shoppers, since)}.`);
  } finally {
    await shoppers.stop();
  }
  say();
  say('4. What the shoppers were told is compared with the books of every cell, the gateway and');
  say('   the control plane: orders lost or doubled, money, stock, and who wrote at which epoch.');
  const { verdict, results, unread } = await checkBooks(fleet, {
    lines: shoppers.journal,
    unreadable: 0,
  });
  for (const { invariant, what, verdict: found, looked } of results) {
    say(`   ${invariant}  ${found.padEnd(7)} ${what} (${looked} looked at)`);
  }
  for (const store of unread) say(`   could not be read: ${store}`);
  say();
  say(`Look for yourself: npx cellctl cells list; the other cells are ${others.join(', ')}.`);
  return verdict === 'holds';
}

const stage = await findFleet();
try {
  if (!(await play(stage))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  // What was begun is brought back: the demo must not leave a cell half empty.
  await runCellctl(stage.fleet, ['evacuate', 'rollback']).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await sleep(100);
  await stage.close();
}
