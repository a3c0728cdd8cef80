import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import type {} from '@commerce/engines/test-engines';
import { requireFreePorts } from '../ports.ts';
import { startIdentity } from '../process-identity.ts';
import { ENGINE_NAMES, PORT_OFFSETS } from './engine-names.ts';
import { defaultPlaces } from './places.ts';
import { startEngines, stopEngines } from './run-engines.ts';

declare module 'vitest' {
  // biome-ignore lint/style/useNamingConvention: the interface is vitest's.
  export interface ProvidedContext {
    /** Folder by which a test finds the engines' processes again. */
    enginesState: string;
  }
}

const FOLDER_PREFIX = 'commerce-test-engines-';
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

let state: string | undefined;

/** Starts the production engines for the whole run (a globalSetup of vitest). */
export async function setup(project: TestProject): Promise<void> {
  await stopEnginesOfDeadRuns();
  const begun = performance.now();
  state = path.join(tmpdir(), `${FOLDER_PREFIX}${process.pid}`);
  // PostgreSQL's account must be able to enter.
  await mkdir(state, { recursive: true, mode: 0o711 });
  const outcomes = await startEngines({
    names: ENGINE_NAMES,
    basePort: await findBasePort(),
    places: { cache: defaultPlaces().cache, state },
    say,
  });
  const running = outcomes.flatMap((one) =>
    one.kind === 'running' ? [[one.name, one.address] as const] : [],
  );
  say(
    `${running.length} of ${outcomes.length} engines run after ${((performance.now() - begun) / 1000).toFixed(0)} s.`,
  );
  project.provide('engines', Object.fromEntries(running));
  project.provide('enginesState', state);
}

/** Ends them and removes their data. */
export async function teardown(): Promise<void> {
  if (state === undefined) return;
  await stopEngines(ENGINE_NAMES, state);
  await rm(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function findBasePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const base = 14_000 + Math.floor(Math.random() * 500) * 10;
    const ports = Object.entries(PORT_OFFSETS).map(
      ([name, offset]) => [base + offset, name] as const,
    );
    const isFree = await requireFreePorts('127.0.0.1', new Map(ports)).then(
      () => true,
      () => false,
    );
    if (isFree) return base;
  }
  throw new Error('no free ports were found for the engines');
}

/** A run that was killed leaves its engines behind. */
async function stopEnginesOfDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const owner = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
    if ((await startIdentity(owner)) !== undefined) continue;
    const left = path.join(tmpdir(), name);
    await stopEngines(ENGINE_NAMES, left);
    await rm(left, { recursive: true, force: true });
  }
}
