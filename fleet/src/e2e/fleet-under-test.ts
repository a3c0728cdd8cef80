import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * The whole fleet as `npm start` runs it, in a folder and on ports of its own: every part is its own
 * process, and a test may kill any of them.
 */
export interface FleetUnderTest {
  readonly url: string;
  readonly routerAdmin: string;
  readonly controlPlane: string;
  readonly gateway: string;
  readonly gatewayKey: string;
  /** The folder of its data and its secrets. */
  readonly dataDir: string;
  cell(id: string): string;
  /** Everything that the fleet has said so far. */
  readonly output: readonly string[];
  /** Sends a signal to the process of a part, such as `control plane` or `cell eu-de-1`. */
  signal(part: string, signal: NodeJS.Signals): Promise<void>;
  /** Resolves once a line of the output matches, from now on or before. */
  said(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

const FOLDER_PREFIX = 'fleet-e2e-';
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const READY_TIMEOUT_MS = 150_000;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The fleet's ports follow from one; a base is taken if the ports that matter are free. */
async function findBasePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    // Below the range that the system gives to outgoing connections. Two workers that look at the same
    // moment must not find the same ports free, so each has every second base.
    const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 2;
    const base = 20_000 + (Math.floor(Math.random() * 19) * 2 + worker) * 310;
    const used = [0, 1, 10, 20, 30, 101, 102, 103, 104, 200, 201, 202, 203, 204];
    const free = await Promise.all(used.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports were found for a fleet');
}

/** Starts a fleet and waits until it is ready. */
export async function startFleetUnderTest(options: {
  readonly cells: readonly string[];
  readonly flags?: readonly string[];
}): Promise<FleetUnderTest> {
  await removeFoldersOfDeadRuns();
  const dataDir = await mkdtemp(path.join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  // Started by root, the databases run under another account, which keeps them here if it may enter.
  await chmod(dataDir, 0o711);
  const base = await findBasePort();
  const flags = ['--port', `${base}`, '--data', dataDir, '--cells', options.cells.join(',')];
  const child = spawn(process.execPath, [MAIN, ...flags, ...(options.flags ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      for (const look of waiting) look();
    });
  }
  child.on('exit', () => {
    for (const look of waiting) look();
  });

  const said = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`the fleet did not say ${pattern}:\n${output.join('\n')}`));
      }, READY_TIMEOUT_MS);
      const look = (): void => {
        const found = output.find((line) => pattern.test(line));
        if (found !== undefined) {
          end();
          resolve(found);
        } else if (child.exitCode !== null) {
          end();
          reject(new Error(`the fleet ended:\n${output.join('\n')}`));
        }
      };
      waiting.add(look);
      look();
    });

  const stop = (): Promise<void> => stopFleet(child, dataDir);
  try {
    await said(/^ready in/);
  } catch (error) {
    await stop();
    throw error;
  }
  const at = (offset: number): string => `http://127.0.0.1:${base + offset}`;
  return {
    url: at(0),
    routerAdmin: at(1),
    controlPlane: at(10),
    gateway: at(30),
    gatewayKey: (await readFile(path.join(dataDir, 'secrets/gateway-api.key'), 'utf8')).trim(),
    dataDir,
    cell: (id) => at(101 + options.cells.indexOf(id)),
    output,
    said,
    async signal(part, signal) {
      const note = path.join(dataDir, 'processes', `${part}.json`);
      const { pid } = JSON.parse(await readFile(note, 'utf8')) as { pid: number };
      process.kill(pid, signal);
    },
    stop,
  };
}

/** What a run leaves that was killed, whose fleet has stopped by itself since. */
async function removeFoldersOfDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const pid = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
    if (!Number.isInteger(pid) || isRunning(pid)) continue;
    // Another worker may be removing the same one.
    await rm(path.join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function stopFleet(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  }
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
