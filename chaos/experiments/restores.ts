import { createBackups } from '../runner/backups.ts';
import type { Experiment } from '../runner/experiment.ts';
import { SOURCE } from '../runner/scene.ts';

/** The database of a cell is lost, and an older one is put in its place. */
export const restoredSource: Experiment = {
  name: 'restore-source',
  hypothesis:
    'A cell that comes back on a backup of its database has every order that it sold after the backup, once, and gives no position out twice.',
  method:
    'A backup of the source is taken, it sells on, gets SIGKILL, and is started on the backup; shoppers buy there again.',
  stage: 'plain',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 4,
  async run(scene) {
    const backups = createBackups(scene.fleet);
    await scene.awaitOrders(5);
    await backups.take(SOURCE);
    await scene.parts.awaitReady(`cell ${SOURCE}`);
    await scene.awaitOrders(20);
    await backups.restore(SOURCE);
    const startedAt = performance.now();
    await scene.parts.awaitReady(`cell ${SOURCE}`);
    const tookMs = Math.round(performance.now() - startedAt);
    scene.say(`     the restored cell was ready after ${tookMs} ms`);
    await scene.awaitOrders(20);
  },
};
