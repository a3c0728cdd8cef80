import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fail } from '../fleet/fault.ts';
import type { Observation, RolloutTarget } from './rollout.ts';
import type { Runner, Step } from './steps.ts';

/** What the fleet on this machine says about itself, in its `cellctl.json`. */
export interface LocalFleet {
  readonly configFile: string;
  readonly supervisor: string;
  readonly routers: readonly string[];
  readonly cells: Readonly<Record<string, string>>;
}

const CELLCTL = fileURLToPath(new URL('../../../fleet/bin/cellctl.mjs', import.meta.url));
/** A release that is never ready, for rehearsals of what happens then. */
export const BROKEN_RELEASE = 'v0.0.0-broken';
const READY_TIMEOUT_MS = 60_000;
const BROKEN_TIMEOUT_MS = 3_000;
const POLL_MS = 200;

/** Reads where the parts of a running fleet are. @throws InfraFault where none runs */
export function readLocalFleet(dataDir: string): LocalFleet {
  const configFile = path.resolve(dataDir, 'cellctl.json');
  try {
    const read = JSON.parse(readFileSync(configFile, 'utf8')) as Omit<LocalFleet, 'configFile'>;
    return { ...read, configFile };
  } catch {
    return fail(`No fleet has run in ${path.resolve(dataDir)}.`, 'Start one with npm start.');
  }
}

/** A command of `cellctl` as a step. */
export function cellctlStep(
  fleet: Pick<LocalFleet, 'configFile'>,
  says: string,
  words: readonly string[],
): Step {
  const flags = ['--config', fleet.configFile, '--json', '--yes', '--operator', 'infra'];
  return { says, program: process.execPath, words: [CELLCTL, ...flags, ...words] };
}

/**
 * The fleet on this machine, where a cell is one process: it is emptied to its standbys, started anew, and gets its
 * partitions back once it is ready. A release is this folder's code, whatever its name, but for the broken one.
 */
export function createLocalTarget(fleet: LocalFleet, runner: Runner): RolloutTarget {
  const emptied = new Set<string>();

  async function roll(cell: string, version: string): Promise<void> {
    if (!emptied.has(cell)) {
      const words = ['evacuate', 'run', cell, '--reason', `release ${version}`];
      await evacuate(fleet, runner, `emptying ${cell} to its standbys`, words);
      emptied.add(cell);
    }
    if (!runner.isDry) await startAnew(fleet, cell, version);
    await evacuate(fleet, runner, `giving ${cell} back what it had`, ['evacuate', 'rollback']);
    emptied.delete(cell);
  }

  return Object.freeze({
    roll,
    observe: (cell: string) =>
      runner.isDry ? Promise.resolve({ requests: 0, failures: 0 }) : observeCell(fleet, cell),
  });
}

/** Somebody else has taken the evacuation over, as the control plane does when a runner is slow. */
const BUSY = 8;
const EVACUATION_TIMEOUT_MS = 900_000;
const EVACUATION_POLL_MS = 1_000;

/** Runs an evacuation to its end, whoever brings it there. */
async function evacuate(
  fleet: LocalFleet,
  runner: Runner,
  says: string,
  words: readonly string[],
): Promise<void> {
  const { code } = await runner.run({ ...cellctlStep(fleet, says, words), allowed: [BUSY] });
  if (code !== BUSY) return;
  const step = cellctlStep(fleet, 'waiting for whoever has taken it over', ['evacuate', 'status']);
  const deadline = performance.now() + EVACUATION_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const { output } = await runner.run(step);
    const { evacuations } = JSON.parse(output) as {
      evacuations: readonly { readonly state: string; readonly finishedAt: string | null }[];
    };
    if (evacuations.some(({ state }) => state === 'halted')) throw new Error('it has halted');
    if (evacuations.every(({ finishedAt }) => finishedAt !== null)) return;
    await sleep(EVACUATION_POLL_MS);
  }
  throw new Error('the evacuation does not come to its end');
}

async function startAnew(fleet: LocalFleet, cell: string, version: string): Promise<void> {
  const isBroken = version === BROKEN_RELEASE;
  await control(fleet, `cell ${cell}`, 'kill');
  if (!isBroken) await control(fleet, `cell ${cell}`, 'start');
  await awaitReady(fleet, cell, isBroken ? BROKEN_TIMEOUT_MS : READY_TIMEOUT_MS);
}

async function control(fleet: LocalFleet, part: string, verb: 'kill' | 'start'): Promise<void> {
  const answer = await fetch(`${fleet.supervisor}/parts/${encodeURIComponent(part)}/${verb}`, {
    method: 'POST',
    headers: { 'x-fleet-control': '1' },
  });
  if (!answer.ok) throw new Error(`${verb} ${part}: ${answer.status}`);
}

async function awaitReady(fleet: LocalFleet, cell: string, timeoutMs: number): Promise<void> {
  const url = fleet.cells[cell] ?? fail(`There is no cell ${cell} here.`, 'npx cellctl cells list');
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const isReady = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await sleep(POLL_MS);
  }
  throw new Error(`it was not ready within ${timeoutMs / 1000} s`);
}

/** What routers have sent on to a cell, and how it ended. */
async function observeCell(fleet: LocalFleet, cell: string): Promise<Observation> {
  const texts = await Promise.all(
    fleet.routers.map(async (router) => (await fetch(`${router}/metrics`)).text()),
  );
  return readAnswers(texts.join('\n'), cell);
}

/** Reads the router's counters of answers, in Prometheus' format. */
export function readAnswers(metrics: string, cell: string): Observation {
  let requests = 0;
  let failures = 0;
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('router_cell_answers_total{')) continue;
    if (!line.includes(`cell="${cell}"`)) continue;
    const count = Number(line.slice(line.lastIndexOf(' ') + 1));
    requests += count;
    if (line.includes('class="5xx"')) failures += count;
  }
  return { requests, failures };
}
