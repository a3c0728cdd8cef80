import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../runner/experiment.ts';
import { type Scene, SOURCE, TARGET } from '../runner/scene.ts';

/** Lines between the parts are cut during a planned evacuation, and mended after a while. */

/** Longer than a request may wait for its new primary, so that waiting alone does not help. */
const CUT_MS = 3_000;
/** Shorter than that: an answer comes, and late. */
const HELD_MS = 1_200;

async function cutAndMend(scene: Scene, line: string): Promise<void> {
  const run = await scene.evacuateUntil('halfway');
  await scene.gates.cut(line);
  await sleep(CUT_MS);
  await scene.gates.mend(line);
  await run.ended;
  await scene.finish();
}

const cuts: readonly Experiment[] = [
  { line: `${SOURCE} to directory`, name: 'cut-source-from-directory' },
  { line: `${TARGET} to directory`, name: 'cut-target-from-directory' },
  { line: `anybody to ${SOURCE}`, name: 'cut-source-from-all' },
  { line: `anybody to ${TARGET}`, name: 'cut-target-from-all' },
].map(({ line, name }) => ({
  name,
  hypothesis: `A line that is cut (${line}) loses and doubles no order, and two cells never write one partition.`,
  method: `When half of the partitions have moved, the line "${line}" is cut for ${CUT_MS} ms; then the evacuation is resumed.`,
  stage: 'gated',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 4,
  run: (scene) => cutAndMend(scene, line),
}));

const lostAnswers: Experiment = {
  name: 'lose-answers-of-source',
  hypothesis:
    'Answers of the source that come late or never lose no order: fences are asked again.',
  method: `When half of the partitions have moved, nothing that the source answers arrives for ${HELD_MS} ms.`,
  stage: 'gated',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 4,
  async run(scene) {
    const run = await scene.evacuateUntil('halfway');
    scene.gates.holdAnswers(`anybody to ${SOURCE}`);
    await sleep(HELD_MS);
    scene.gates.passAnswers(`anybody to ${SOURCE}`);
    await run.ended;
    await scene.finish();
  },
};

const staleRouter: Experiment = {
  name: 'stale-router',
  hypothesis:
    'A router that hears nothing of a planned move costs its shoppers a hop and no failed request.',
  method:
    'The router is cut from the directory; the source is evacuated; the line is mended later.',
  stage: 'gated',
  shoppersMaySee: 'nothing',
  async run(scene) {
    await scene.gates.cut('router to directory');
    const run = await scene.evacuateUntil('halfway', 'whole');
    await run.ended;
    await scene.finish();
    await scene.awaitOrders(10);
    await scene.gates.mend('router to directory');
  },
};

export const lines: readonly Experiment[] = [staleRouter, ...cuts, lostAnswers];
