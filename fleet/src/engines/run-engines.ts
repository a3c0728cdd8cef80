import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, ENGINE_NAMES, type EngineName, portOf } from './engine-names.ts';
import type { EnginePlaces } from './places.ts';
import { acceptsConnections } from './probes.ts';
import { findServer, logFile, startServer, stopServer } from './processes.ts';
import { PREPARATIONS } from './servers.ts';
import { createToolbox, MissingTool, type Toolbox } from './tools.ts';

/**
 * Production engines on this machine, for trying things and for tests. Owns: downloads (once, into a
 * cache), servers on the loopback interface, and the notes by which it knows its own processes again.
 * Refuses: to end a process that it has not started, and to fail for all where one can't be had: that one
 * is left out, with a line that says why.
 */

/** What became of one engine that was asked for. */
export type EngineOutcome =
  | {
      readonly name: EngineName;
      readonly kind: 'running';
      /** As its clients are given it. */
      readonly address: string;
      readonly pid: number;
      /** Whether it ran before. */
      readonly wasThere: boolean;
    }
  | { readonly name: EngineName; readonly kind: 'left-out'; readonly reason: string };

export interface EnginesRequest {
  readonly names: readonly EngineName[];
  readonly basePort: number;
  readonly places: EnginePlaces;
  readonly say: (line: string) => void;
}

/** From its start until it takes requests; a busy machine needs a minute for a JVM. */
const READY_MS = 120_000;
const READY_POLL_MS = 200;

/** Starts what does not run yet, all at once. Never rejects for what one engine lacks. */
export async function startEngines(request: EnginesRequest): Promise<readonly EngineOutcome[]> {
  const toolbox = createToolbox(request.say);
  return Promise.all(
    request.names.map(async (name): Promise<EngineOutcome> => {
      try {
        return await startEngine(name, request, toolbox);
      } catch (error) {
        const { message } = error as Error;
        const reason = error instanceof MissingTool ? message : `${name} did not start: ${message}`;
        request.say(`${name} is left out. ${reason}`);
        return { name, kind: 'left-out', reason };
      }
    }),
  );
}

async function startEngine(
  name: EngineName,
  { basePort, places, say }: EnginesRequest,
  toolbox: Toolbox,
): Promise<EngineOutcome> {
  const running = await findServer(places.state, name);
  if (running !== undefined) {
    const address = addressOf(name, running.port);
    return { name, kind: 'running', address, pid: running.pid, wasThere: true };
  }
  const folder = path.join(places.state, name);
  const server = await PREPARATIONS[name]({
    basePort,
    folder,
    cache: places.cache,
    toolbox,
    say,
  });
  const port = portOf(name, basePort);
  if (await acceptsConnections(port)) {
    throw new MissingTool(
      `Port ${port} is already in use. Stop the program that listens there, or choose other ports with --port.`,
    );
  }
  say(`Starting ${name}.`);
  const pid = await startServer(places.state, name, port, server);
  await waitUntilReady(name, places.state, server.isReady);
  return { name, kind: 'running', address: addressOf(name, port), pid, wasThere: false };
}

async function waitUntilReady(
  name: EngineName,
  state: string,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await isReady())) {
    const isAlive = (await findServer(state, name)) !== undefined;
    if (isAlive && performance.now() < deadline) {
      await sleep(READY_POLL_MS);
      continue;
    }
    await stopServer(state, name);
    const how = isAlive ? 'it took no requests in time' : 'it ended at once';
    throw new MissingTool(`${name} did not start: ${how}${await lastLine(state, name)}.`);
  }
}

async function lastLine(state: string, name: EngineName): Promise<string> {
  const file = logFile(state, name);
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = text.trimEnd().split('\n').at(-1)?.trim().slice(0, 200) ?? '';
  return line === '' ? '' : `, saying "${line}" (all of it is in ${file})`;
}

/** Ends those that were started from this folder. @returns the names of those that ran */
export async function stopEngines(
  names: readonly EngineName[],
  state: string,
): Promise<readonly EngineName[]> {
  const stopped = await Promise.all(
    // PostgreSQL takes SIGTERM for "once all clients have gone".
    names.map((name) => stopServer(state, name, name === 'postgresql' ? 'SIGINT' : 'SIGTERM')),
  );
  return names.filter((_, index) => stopped[index]);
}

/** Those that run, with their address. */
export async function listEngines(
  state: string,
): Promise<
  readonly { readonly name: EngineName; readonly pid: number; readonly address: string }[]
> {
  const found = await Promise.all(
    ENGINE_NAMES.map(async (name) => {
      const running = await findServer(state, name);
      if (running === undefined) return [];
      return [{ name, pid: running.pid, address: addressOf(name, running.port) }];
    }),
  );
  return found.flat();
}
