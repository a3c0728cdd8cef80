import type { Experiment } from '../runner/experiment.ts';
import { PHASES, type Phase } from '../runner/phases.ts';
import { type Scene, SOURCE, TARGET } from '../runner/scene.ts';

/** kill -9 of each part, at each phase of a planned evacuation; afterwards it is resumed. */

interface Victim {
  readonly name: string;
  readonly words: string;
  /** Process of the fleet; undefined: the operator's `cellctl` itself. */
  readonly part: string | undefined;
  readonly shoppersMaySee: Experiment['shoppersMaySee'];
  readonly witnessMaySee?: Experiment['witnessMaySee'];
  /** Whether it answers `/health/ready` when it is back. */
  readonly isAsked: boolean;
}

const VICTIMS: readonly Victim[] = [
  {
    name: 'cli',
    words: 'the operator’s cellctl',
    part: undefined,
    // What is fenced and not moved waits for whoever resumes: longer than a shopper's request may wait.
    shoppersMaySee: 'faults that pass',
    isAsked: false,
  },
  {
    name: 'source',
    words: 'the cell that is emptied',
    part: `cell ${SOURCE}`,
    shoppersMaySee: 'faults that pass',
    isAsked: true,
  },
  {
    name: 'target',
    words: 'the cell that takes over',
    part: `cell ${TARGET}`,
    shoppersMaySee: 'faults that pass',
    isAsked: true,
  },
  {
    name: 'control-plane',
    words: 'the control plane',
    part: 'control plane',
    shoppersMaySee: 'nothing',
    isAsked: true,
  },
  {
    name: 'router',
    words: 'the router',
    part: 'router',
    shoppersMaySee: 'faults that pass',
    // A fleet on one machine has one router, which all jurisdictions come by.
    witnessMaySee: 'faults that pass',
    isAsked: true,
  },
  {
    name: 'directory',
    words: 'the directory',
    part: 'directory',
    shoppersMaySee: 'faults that pass',
    isAsked: false,
  },
];

const KILLED_AT: readonly Phase[] = ['fenced', 'halfway', 'late'];

async function killAndResume(scene: Scene, victim: Victim, phase: Phase): Promise<void> {
  const run = await scene.evacuateUntil(phase);
  if (victim.part === undefined) run.kill();
  else await scene.parts.kill(victim.part);
  await run.ended;
  if (victim.part !== undefined && victim.isAsked) await scene.parts.awaitReady(victim.part);
  await scene.finish();
}

/** Of the short list. */
const SHORT: ReadonlySet<string> = new Set(['kill-source-halfway']);

export const crashes: readonly Experiment[] = VICTIMS.flatMap((victim) =>
  KILLED_AT.map((phase): Experiment => {
    const name = `kill-${victim.name}-${phase}`;
    return {
      name,
      hypothesis: `Killing ${victim.words} during an evacuation loses and doubles no order, and after a resume each partition has one primary.`,
      method: `An evacuation runs; when ${PHASES[phase]}, ${victim.words} gets SIGKILL; then the evacuation is resumed.`,
      stage: 'plain',
      shoppersMaySee: victim.shoppersMaySee,
      ...(victim.witnessMaySee !== undefined && { witnessMaySee: victim.witnessMaySee }),
      loyalShoppers: 4,
      isShort: SHORT.has(name),
      run: (scene) => killAndResume(scene, victim, phase),
    };
  }),
);
