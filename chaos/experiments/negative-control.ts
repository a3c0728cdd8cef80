import type { Experiment } from '../runner/experiment.ts';
import { SOURCE } from '../runner/scene.ts';

/** Proves that the experiments can fail: without a fence the very same move has to be caught. */

const MOVED_TIMES = 3;

export const withoutFence: Experiment = {
  name: 'without-fence',
  hypothesis: 'Where the fence is switched off, the check of the books finds it.',
  method: 'A cell that fences nothing is emptied while shoppers stay in the partitions that move.',
  stage: 'unfenced',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 8,
  mustBeCaught: true,
  isShort: true,
  async run(scene) {
    // Partitions that took a write past their cut stay where they are; the others are moved again.
    for (let time = 1; time <= MOVED_TIMES; time += 1) {
      const partitions = scene.busyPartitions().join(',');
      const end = await scene.cellctl('evacuate', 'run', SOURCE, '--partitions', partitions);
      scene.say(`     moved ${time}: ended with ${end.code}`);
      if (end.code !== 0) return;
      await scene.rollBack();
    }
  },
};
