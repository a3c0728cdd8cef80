import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BookSources } from '../books/read-books.ts';

/** A whole fleet with several cells: one of our own, or one that runs already. */
export interface WholeFleet {
  readonly routerUrl: string;
  readonly routerPort: number;
  readonly adminUrl: string;
  readonly controlPlaneUrl: string;
  readonly directoryUrl: string;
  readonly gatewayUrl: string;
  readonly cells: readonly string[];
  readonly dataDir: string;
  cellUrl(cell: string): string;
  cellPort(cell: string): number;
  databaseUrl(cell: string): string;
  /** Content of one of the fleet's keys, such as `gateway-api.key`. */
  secret(name: string): string;
  /** Where the books of it are. */
  books(): BookSources;
}

/** A fleet that we started, and may do to what we want. */
export interface OwnFleet extends WholeFleet {
  readonly pid: number;
  /** Everything that it has said so far. */
  readonly output: readonly string[];
  /** Process of a part, such as `control plane`, `router`, `directory` or `cell eu-de-1`. */
  pidOf(part: string): Promise<number>;
  /** Stops every part; the data folder stays, and `startWholeFleet` may take it up again. */
  stop(): Promise<void>;
  /** Stops every part and removes the data. */
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OFFSETS = {
  admin: 1,
  controlPlane: 10,
  directory: 20,
  gateway: 30,
  firstCell: 101,
  controlPlaneDatabase: 200,
  firstDatabase: 201,
} as const;
const HOST = '127.0.0.1';
/** Below the range that the system gives to outgoing connections. */
const FIRST_PORT = 26_000;
const PORT_STEP = 310;
const PORT_TRIES = 15;
const READY_TIMEOUT_MS = 180_000;
const FOLDER_PREFIX = 'fleet-own-';

function describeFleet(base: number, cells: readonly string[], dataDir: string): WholeFleet {
  const at = (offset: number): string => `http://${HOST}:${base + offset}`;
  const indexOf = (cell: string): number => {
    const index = cells.indexOf(cell);
    if (index < 0) throw new RangeError(`the fleet has no cell ${cell}`);
    return index;
  };
  const secret = (name: string): string =>
    readFileSync(path.join(dataDir, 'secrets', name), 'utf8').trim();
  const database = (port: number, name: string): string =>
    `postgres://postgres:${encodeURIComponent(secret('database.password'))}@${HOST}:${port}/${name}`;
  const databaseUrl = (cell: string): string =>
    database(base + OFFSETS.firstDatabase + indexOf(cell), 'cell');
  return {
    routerUrl: at(0),
    routerPort: base,
    adminUrl: at(OFFSETS.admin),
    controlPlaneUrl: at(OFFSETS.controlPlane),
    directoryUrl: at(OFFSETS.directory),
    gatewayUrl: at(OFFSETS.gateway),
    cells,
    dataDir,
    cellUrl: (cell) => at(OFFSETS.firstCell + indexOf(cell)),
    cellPort: (cell) => base + OFFSETS.firstCell + indexOf(cell),
    databaseUrl,
    secret,
    books: () => ({
      cellDatabases: new Map(cells.map((cell) => [cell, databaseUrl(cell)])),
      controlPlaneDatabase: database(base + OFFSETS.controlPlaneDatabase, 'control_plane'),
      gatewayPort: base + OFFSETS.gateway,
      gatewayKey: secret('gateway-api.key'),
    }),
  };
}

/**
 * Describes a fleet that runs on this machine.
 * @param routerUrl its shop address; all other ports follow from it
 * @throws Error where the folder is not a fleet's
 */
export async function attachFleet(routerUrl: string, dataDir: string): Promise<WholeFleet> {
  const { hostname, port } = new URL(routerUrl);
  if (hostname !== HOST) {
    throw new Error(`${routerUrl} is not on this machine: loads are made against 127.0.0.1 only`);
  }
  const file = path.join(dataDir, 'cells.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is missing: name the data folder of the running fleet with --data`);
  });
  const cells = (JSON.parse(text) as { id: string }[]).map(({ id }) => id);
  return describeFleet(Number(port || 80), cells, dataDir);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: HOST, port }, () => server.close(() => resolve(true)));
  });
}

/** A router's port from which on all ports of a fleet are free. */
export async function chooseFleetPort(cells: number): Promise<number> {
  const numbers = Array.from({ length: cells }, (_, index) => index);
  const offsets = new Set([
    0,
    ...Object.values(OFFSETS),
    ...numbers.flatMap((index) => [OFFSETS.firstCell + index, OFFSETS.firstDatabase + index]),
  ]);
  for (let attempt = 0; attempt < PORT_TRIES; attempt += 1) {
    const base = FIRST_PORT + attempt * PORT_STEP;
    const free = await Promise.all([...offsets].map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`there is no room for a fleet's ports above ${FIRST_PORT}`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a run leaves that was killed; its fleet has stopped by itself since. */
async function removeFoldersOfDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const pid = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
    if (!Number.isInteger(pid) || isRunning(pid)) continue;
    // Another run may be removing the same one.
    await rm(path.join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Resolves at the fleet's `ready` line. @throws Error with what it said where it ends before */
function waitUntilReady(child: ChildProcess, output: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the fleet was not ready in time:\n${output.slice(-20).join('\n')}`));
    }, READY_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        if (!line.startsWith('ready in ')) return;
        clearTimeout(timer);
        resolve();
      });
    }
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the fleet ended (${code}):\n${output.slice(-20).join('\n')}`));
    });
  });
}

export interface WholeFleetOptions {
  readonly cells: readonly string[];
  readonly products?: number;
  /** Further flags of `npm start`. */
  readonly flags?: readonly string[];
  /** Of an earlier fleet, to go on with; else a new one. */
  readonly dataDir?: string;
  /** Router's port of an earlier fleet: its cells are known by their addresses. */
  readonly port?: number;
}

/** Starts a fleet as `npm start` does, and waits until its cells sell. */
export async function startWholeFleet(options: WholeFleetOptions): Promise<OwnFleet> {
  const { cells, products = 300 } = options;
  await removeFoldersOfDeadRuns();
  const dataDir =
    options.dataDir ?? (await mkdtemp(path.join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`)));
  // Started by root, the databases run under another account, which keeps them here if it may enter.
  await chmod(dataDir, 0o711);
  const base = options.port ?? (await chooseFleetPort(cells.length));
  const words = ['--port', String(base), '--data', dataDir, '--cells', cells.join(',')];
  const child = spawn(
    process.execPath,
    ['fleet/src/main.ts', ...words, '--products', String(products), ...(options.flags ?? [])],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const output: string[] = [];
  const stop = (): Promise<void> => stopProcess(child);
  const remove = async (): Promise<void> => {
    await stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await waitUntilReady(child, output);
  } catch (error) {
    await (options.dataDir === undefined ? remove() : stop());
    throw error;
  }
  return {
    ...describeFleet(base, cells, dataDir),
    pid: child.pid as number,
    output,
    async pidOf(part) {
      const note = path.join(dataDir, 'processes', `${part}.json`);
      return (JSON.parse(await readFile(note, 'utf8')) as { pid: number }).pid;
    },
    stop,
    remove,
  };
}
