import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from '../fleet/environments.ts';
import { fail } from '../fleet/fault.ts';
import { type FleetPlan, planFleet } from '../fleet/plan.ts';
import { createCloudTarget } from '../operations/cloud-target.ts';
import { createLocalTarget, readLocalFleet } from '../operations/local-target.ts';
import { rollOut, type RolloutPlan, type RolloutTarget } from '../operations/rollout.ts';
import type { Runner } from '../operations/steps.ts';
import { readWords } from './words.ts';
import { VERSION } from './manifests.ts';
import { distFolder, LOCAL, localDataDir, readOutputs, runnerFor, say } from './operation.ts';

const FLAGS = {
  version: { type: 'string' },
  previous: { type: 'string' },
  cells: { type: 'string' },
  bake: { type: 'string' },
  outputs: { type: 'string' },
  data: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;
type Values = Readonly<{
  version?: string | undefined;
  previous?: string | undefined;
  cells?: string | undefined;
  bake?: string | undefined;
  outputs?: string | undefined;
  data?: string | undefined;
  'dry-run'?: boolean | undefined;
}>;

const BAKE_SECONDS = 900;
/** Begun and brought back. */
const HALTED = 4;

/** Rolls a release out by waves, watches each, and brings everything back at the first that is no good. */
export async function runDeploy(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, FLAGS);
  const runner = runnerFor(values['dry-run']);
  const plan = rolloutPlan(positionals[0], values);
  const target = await targetOf(positionals[0], values, runner);
  return finish(plan, target, runner);
}

/** The same towards an older release, without waiting between the waves. */
export async function runRollback(words: readonly string[]): Promise<number> {
  const { positionals, values } = readWords(words, FLAGS);
  const runner = runnerFor(values['dry-run']);
  const plan = rolloutPlan(positionals[0], values);
  const target = await targetOf(positionals[0], values, runner);
  const back = { ...plan, waves: plan.waves.toReversed(), bakeMs: 0 };
  return finish(back, target, runner);
}

async function finish(plan: RolloutPlan, target: RolloutTarget, runner: Runner): Promise<number> {
  const result = await rollOut(plan, {
    target,
    say,
    now: () => performance.now(),
    sleep: (ms) => (runner.isDry ? Promise.resolve() : sleep(ms)),
  });
  if (result.outcome === 'done') return 0;
  process.stderr.write(`Rolled back: ${result.reason}\n`);
  if (result.stranded.length > 0) {
    process.stderr.write(`Could not be brought back: ${result.stranded.join(', ')}\n`);
  }
  return HALTED;
}

function rolloutPlan(name: string | undefined, values: Values): RolloutPlan {
  const version = requireVersion('--version', values.version);
  const previous = requireVersion('--previous', values.previous);
  const seconds = Number(values.bake ?? BAKE_SECONDS);
  if (!Number.isFinite(seconds) || seconds < 0) {
    fail(`--bake is no number of seconds: ${values.bake}.`, 'Give one, such as --bake 900.');
  }
  const bakeMs = values['dry-run'] === true ? 0 : seconds * 1000;
  const chosen = values.cells?.split(',');
  if (name === LOCAL) {
    const cells =
      chosen ?? fail('Which cells, and in which order?', 'Name them: --cells eu-fr-1,eu-de-1.');
    return { version, previous, bakeMs, waves: cells.map((cell) => [cell]) };
  }
  const wanted = unitWaves(planFleet(environment(name)))
    .map((wave) => wave.filter((unit) => chosen === undefined || chosen.includes(unit)))
    .filter((wave) => wave.length > 0);
  if (wanted.length === 0) fail(`None of ${values.cells} is in ${name}.`, 'Look at its waves.');
  return { version, previous, bakeMs, waves: wanted };
}

/** Cells by their waves, then routers, one region before the others, then the control plane. */
function unitWaves({ environment: { waves }, routers, controlPlane }: FleetPlan) {
  const [first, ...others] = routers.map(({ id }) => id);
  return [...waves, first === undefined ? [] : [first], others, [controlPlane.id]];
}

function requireVersion(flag: string, given: string | undefined): string {
  return given !== undefined && VERSION.test(given)
    ? given
    : fail(`${flag} names no release: ${given ?? 'nothing'}.`, `Give one, such as ${flag} v1.4.2.`);
}

async function targetOf(
  name: string | undefined,
  values: Values,
  runner: Runner,
): Promise<RolloutTarget> {
  if (name === LOCAL) return createLocalTarget(readLocalFleet(localDataDir(values.data)), runner);
  const fleet = planFleet(environment(name));
  const outputs = values.outputs === undefined ? {} : await readOutputs(values.outputs);
  if (!runner.isDry && values.outputs === undefined) {
    fail('Nobody could watch the release.', 'Give --outputs, which `outputs` collects.');
  }
  const folderOf = (version: string): string =>
    distFolder(fleet.environment.name, 'manifests', version);
  return createCloudTarget(fleet, outputs, { folderOf }, runner);
}
