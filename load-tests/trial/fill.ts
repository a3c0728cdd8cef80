import { setTimeout as sleep } from 'node:timers/promises';
import { startShoppers } from '../harness/shoppers.ts';
import type { OwnFleet } from '../harness/whole-fleet.ts';

/** What comes before a measurement: some real orders, and a cell that knows what was written past it. */

const FIRST_ORDERS = 5;
const POLL_MS = 250;

/** The cell reads its log anew: what was written past it is unknown to it until then. */
export async function restartCell(fleet: OwnFleet, cell: string): Promise<void> {
  const pid = await fleet.pidOf(`cell ${cell}`);
  process.kill(pid, 'SIGKILL');
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    await sleep(POLL_MS);
    const isBack = (await fleet.pidOf(`cell ${cell}`).catch(() => pid)) !== pid;
    const ready = await fetch(`${fleet.cellUrl(cell)}/health/ready`).catch(() => undefined);
    if (isBack && ready?.status === 200) return;
  }
  throw new Error(`${cell} did not come back`);
}

/** Lets shoppers buy until the cell has some orders, of which copies can be made. */
export async function buySome(
  fleet: OwnFleet,
  variantIds: readonly string[],
  cell: string,
): Promise<void> {
  const shoppers = startShoppers({
    routerPort: fleet.routerPort,
    count: 1,
    country: 'DE',
    variantIds,
  });
  // Shoppers land in any cell of their jurisdiction: what matters are those of this one.
  do await shoppers.awaitOrders(FIRST_ORDERS);
  while (!shoppers.journal.some((line) => line.kind === 'acknowledged' && line.cell === cell));
  await shoppers.stop();
}
