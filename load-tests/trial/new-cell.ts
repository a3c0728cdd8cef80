import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics } from '../bench/cell-metrics.ts';
import { type OwnFleet, startWholeFleet } from '../harness/whole-fleet.ts';
import { loadBulk } from './bulk-load.ts';
import { buySome, restartCell } from './fill.ts';
import { runCellctl } from './measure.ts';

/** A full cell is emptied to one that has nothing of it: bounded by how fast rows are copied. */

const CELLS = ['eu-de-1', 'eu-fr-1', 'eu-nl-1'] as const;
const [SOURCE, , TARGET] = CELLS;
const PRODUCTS = 500;
const POLL_MS = 100;
const SEEDED = 'standby_seeded_rows';

/** When the first and the last row came, as the target's own figure tells. */
async function watchSeeding(
  port: number,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly tookMs: number }> {
  const startRows = (await readMetrics(port)).sum(SEEDED);
  let rows = startRows;
  let firstMs: number | undefined;
  let lastMs = 0;
  while (!signal.aborted) {
    const nowMs = performance.now();
    const now = (await readMetrics(port)).sum(SEEDED);
    if (now > rows) {
      firstMs ??= nowMs - POLL_MS;
      lastMs = nowMs;
      rows = now;
    }
    await sleep(POLL_MS);
  }
  return { rows: rows - startRows, tookMs: firstMs === undefined ? 0 : lastMs - firstMs };
}

const portOf = (fleet: OwnFleet, cell: string): number => Number(new URL(fleet.cellUrl(cell)).port);

/** @returns what was copied how fast, in a sentence */
export async function runNewCellTrial(
  wanted: { readonly customers: number; readonly orders: number },
  listVariants: (port: number) => Promise<readonly string[]>,
): Promise<string> {
  const fleet = await startWholeFleet({ cells: CELLS, products: PRODUCTS });
  try {
    await buySome(fleet, await listVariants(fleet.routerPort), SOURCE);
    const load = await loadBulk(fleet.databaseUrl(SOURCE), wanted);
    await restartCell(fleet, SOURCE);
    const over = new AbortController();
    const watching = watchSeeding(portOf(fleet, TARGET), over.signal);
    const { code, complaint, tookMs } = await runCellctl(fleet, [
      'evacuate',
      'run',
      SOURCE,
      '--to',
      TARGET,
    ]);
    over.abort();
    const seeded = await watching;
    if (code !== 0) throw new Error(`the evacuation ended with ${code}: ${complaint}`);
    const rate = Math.round(seeded.rows / (seeded.tookMs / 1_000));
    return `${wanted.orders} orders and ${wanted.customers} customers (${load.rows} rows) to ${TARGET}, which was the standby of half of them: ${seeded.rows} rows copied in ${(seeded.tookMs / 1_000).toFixed(1)} s (${rate} rows/s), the whole evacuation in ${(tookMs / 1_000).toFixed(1)} s`;
  } finally {
    await fleet.remove();
  }
}
