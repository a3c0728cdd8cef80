import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../runner/experiment.ts';
import { type Scene, SOURCE, TARGET } from '../runner/scene.ts';

/** The source is gone, and its standby takes over with what it has. */

/** From the command on: what an emergency may cost shoppers. */
const BUY_AGAIN_MS_MAX = 10_000;

const ordersOf = ({ shoppers }: Scene): number =>
  shoppers.journal.filter(({ kind }) => kind === 'acknowledged').length;

async function takeOver(scene: Scene): Promise<{ gapVersions: number }> {
  const commandedAt = performance.now();
  const end = await scene.cellctl('evacuate', 'run', SOURCE, '--emergency', '--source-isolated');
  if (end.code !== 0) throw new Error(`the emergency ended with ${end.code}: ${end.complaint}`);
  const phases = JSON.stringify(end.result?.plan?.phasesMs ?? {});
  scene.say(`     the command took ${Math.round(end.tookMs)} ms: ${phases}`);
  const gaps = (end.result?.gaps ?? []) as readonly { readonly versions: string | number }[];
  await scene.awaitOrders(1);
  const tookMs = performance.now() - commandedAt;
  scene.say(`     shoppers bought again ${Math.round(tookMs)} ms after the command`);
  if (tookMs > BUY_AGAIN_MS_MAX) {
    throw new Error(`shoppers bought again only ${Math.round(tookMs)} ms after the command`);
  }
  return { gapVersions: gaps.reduce((sum, { versions }) => sum + Number(versions), 0) };
}

const lostSource: Experiment = {
  name: 'lose-source',
  hypothesis: 'The sudden loss of a cell whose standby is in step loses no acknowledged order.',
  method:
    'The source gets SIGKILL under load and stays down; its standby takes over; later it returns.',
  stage: 'fragile',
  shoppersMaySee: 'faults that pass',
  async run(scene) {
    await scene.parts.kill(`cell ${SOURCE}`);
    await takeOver(scene);
    await scene.awaitOrders(10);
    await scene.parts.revive(`cell ${SOURCE}`);
    await scene.parts.awaitReady(`cell ${SOURCE}`);
  },
};

const returningSource: Experiment = {
  name: 'return-of-source',
  hypothesis:
    'A source that was taken for dead and goes on with what it believed commits nothing more.',
  method:
    'The source is stopped in the midst of requests, its standby takes over, and the source goes on.',
  stage: 'plain',
  shoppersMaySee: 'faults that pass',
  async run(scene) {
    await scene.parts.freeze(`cell ${SOURCE}`);
    await takeOver(scene);
    const before = ordersOf(scene);
    await scene.parts.thaw(`cell ${SOURCE}`);
    await scene.awaitOrders(10);
    scene.say(`     ${ordersOf(scene) - before} orders after its return`);
  },
};

export const emergencies: readonly Experiment[] = [lostSource, returningSource];

const SETTLED_MS = 500;

/** What the standby has once it has applied all that had come to it before its time stood still. */
async function settledVersions(scene: Scene): Promise<ReadonlyMap<string, number>> {
  let before = await scene.appliedVersions();
  for (;;) {
    await sleep(SETTLED_MS);
    const now = await scene.appliedVersions();
    if ([...now].every(([name, version]) => before.get(name) === version)) return now;
    before = now;
  }
}

/** The highest version that shoppers saw, by partition. */
function seenVersions(
  { shoppers }: Scene,
  since: ReadonlyMap<string, number>,
): Map<string, number> {
  const seen = new Map(since);
  for (const { partition, position, cell } of shoppers.requests) {
    if (cell !== SOURCE || position === '') continue;
    const version = Number(position.split('.')[1]);
    seen.set(partition, Math.max(seen.get(partition) ?? 0, version));
  }
  return seen;
}

export const standbyAway: Experiment = {
  name: 'standby-away',
  hypothesis:
    'With the standby away orders say that they are degraded, and after the loss of the source the gap that is printed is the one that shoppers saw.',
  method:
    'The standby is stopped until five orders were degraded; then the source is stopped, the standby goes on and takes over; the gap is compared with the journal; then the source returns.',
  stage: 'plain',
  shoppersMaySee: 'faults that pass',
  loyalShoppers: 3,
  async run(scene) {
    const degraded = (): number =>
      scene.shoppers.journal.filter((line) => line.kind === 'acknowledged' && line.isDegraded)
        .length;
    await scene.parts.freeze(`cell ${TARGET}`);
    await scene.eventually(
      'five orders were acknowledged without a standby',
      () => degraded() >= 5,
    );
    await scene.parts.freeze(`cell ${SOURCE}`);
    await scene.parts.thaw(`cell ${TARGET}`);
    const applied = await settledVersions(scene);
    const { gapVersions } = await takeOver(scene);
    const seen = [...seenVersions(scene, new Map())].filter(([name]) => applied.has(name));
    const expected = seen.reduce(
      (sum, [name, version]) => sum + Math.max(0, version - (applied.get(name) ?? 0)),
      0,
    );
    scene.say(`     gap printed ${gapVersions}, gap by the journal ${expected}`);
    if (gapVersions !== expected) {
      throw new Error(`the gap printed is ${gapVersions}, and by the journal ${expected}`);
    }
    await scene.parts.thaw(`cell ${SOURCE}`);
    await scene.parts.awaitReady(`cell ${SOURCE}`);
    await scene.readReconciled();
  },
};
