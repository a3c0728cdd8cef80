import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../runner/experiment.ts';
import { SOURCE } from '../runner/scene.ts';

/** Nothing is broken, or only time stands still. */

const planned: Experiment = {
  name: 'planned',
  hypothesis: 'A planned evacuation and its rollback fail no request of any shopper.',
  method: 'The source is evacuated to its standby and brought back, while shoppers buy.',
  stage: 'plain',
  shoppersMaySee: 'nothing',
  isShort: true,
  async run(scene) {
    const run = await scene.evacuateUntil('begun', 'whole');
    const end = await run.ended;
    if (end.code !== 0) throw new Error(`it ended with ${end.code}: ${end.complaint}`);
    await scene.awaitOrders(10);
    await scene.rollBack();
  },
};

const FROZEN_MS = 4_000;

const frozenSource: Experiment = {
  name: 'freeze-source',
  hypothesis:
    'A source whose time stands still, and goes on later with what it believed, writes nothing that is lost.',
  method: `When half of the partitions have moved, the source is stopped for ${FROZEN_MS} ms and goes on; then the evacuation is resumed.`,
  stage: 'plain',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 4,
  async run(scene) {
    const run = await scene.evacuateUntil('halfway');
    await scene.parts.freeze(`cell ${SOURCE}`);
    await sleep(FROZEN_MS);
    await scene.parts.thaw(`cell ${SOURCE}`);
    await run.ended;
    await scene.finish();
  },
};

export const moves: readonly Experiment[] = [planned, frozenSource];
