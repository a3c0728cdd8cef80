import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openTcpGate, type TcpGate } from '@commerce/engines/network/tcp-gate';
import { findDescendants } from './process-cpu.ts';

/** The fleet as its users start it, in a folder of its own that is removed later. */
export interface FleetProcess {
  readonly routerPort: number;
  readonly gatewayPort: number;
  readonly cellPort: number;
  readonly databasePort: number;
  readonly controlPlanePort: number;
  readonly directoryEndpoint: string;
  /** Cells beside the first. */
  readonly others: readonly OtherCell[];
  /** What others reach the first cell over; undefined where they reach it directly. */
  readonly line: TcpGate | undefined;
  readonly dataDir: string;
  /** Processes by part, for their CPU time. */
  readonly pids: Readonly<Record<FleetPart, readonly number[]>>;
  /** Content of one of the fleet's keys, such as `gateway-api.key`. */
  readonly secret: (name: string) => string;
  /** Stops every part; the data folder stays. */
  readonly stop: () => Promise<void>;
  /** Stops every part and removes the data. */
  readonly remove: () => Promise<void>;
}

export interface OtherCell {
  readonly id: string;
  readonly port: number;
  readonly pids: Readonly<Record<'cell' | 'postgres', readonly number[]>>;
}

export type FleetPart =
  | 'cell'
  | 'postgres'
  | 'router'
  | 'gateway'
  | 'controlPlane'
  | 'controlPlanePostgres';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CELL = 'eu-de-1';
const PRODUCTS = 500;
/** Distances of the ports from the router's, as `npm start -- --help` tells them. */
const OFFSETS = {
  router: 0,
  admin: 1,
  controlPlane: 10,
  directory: 20,
  gateway: 30,
  cell: 101,
  controlPlaneDatabase: 200,
  database: 201,
} as const;
const FIRST_PORT = 24_000;
const PORT_STEP = 300;
const PORT_TRIES = 20;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}

async function choosePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES; attempt += 1) {
    const port = FIRST_PORT + attempt * PORT_STEP;
    const free = await Promise.all(Object.values(OFFSETS).map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`no room for the fleet's ports between ${FIRST_PORT} and 30000`);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** A line before the first cell, and the file that has the fleet use it. */
async function openLine(port: number) {
  const line = await openTcpGate(port + OFFSETS.cell);
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-line-'));
  const file = path.join(folder, 'drill.json');
  await writeFile(file, JSON.stringify({ urls: { [CELL]: `http://127.0.0.1:${line.port}` } }));
  const close = async (): Promise<void> => {
    await line.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { line, flags: ['--drill', file], close };
}

/**
 * Starts the fleet with demo data and waits until its cells sell. The first is `CELL`.
 * @param hasLine whether other cells reach the first one over a line that can be made long
 */
export async function startFleet(
  otherCells: readonly string[] = [],
  hasLine = false,
): Promise<FleetProcess> {
  const port = await choosePort();
  const opened = hasLine ? await openLine(port) : undefined;
  const dataDir = path.join(ROOT, '.data', 'bench');
  const cells = [CELL, ...otherCells].join(',');
  const words = [
    '--fresh',
    '--cells',
    cells,
    '--products',
    String(PRODUCTS),
    ...(opened?.flags ?? []),
  ];
  const child = spawn(
    process.execPath,
    ['fleet/src/main.ts', ...words, '--port', String(port), '--data', dataDir],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the fleet did not start (exit ${code})`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.startsWith('ready in ')) resolve();
    });
  });
  const root = child.pid as number;
  const pids = {
    cell: findDescendants(root, `--part=cell ${CELL}`),
    postgres: findDescendants(root, `port=${port + OFFSETS.database}`),
    router: findDescendants(root, '--part=router'),
    gateway: findDescendants(root, '--part=sandbox gateway'),
    controlPlane: findDescendants(root, '--part=control plane'),
    controlPlanePostgres: findDescendants(root, `port=${port + OFFSETS.controlPlaneDatabase}`),
  };
  const stop = (): Promise<void> => stopProcess(child);
  return Object.freeze({
    routerPort: port + OFFSETS.router,
    gatewayPort: port + OFFSETS.gateway,
    cellPort: port + OFFSETS.cell,
    databasePort: port + OFFSETS.database,
    controlPlanePort: port + OFFSETS.controlPlane,
    directoryEndpoint: `http://127.0.0.1:${port + OFFSETS.directory}`,
    others: otherCells.map((id, index) => ({
      id,
      port: port + OFFSETS.cell + 1 + index,
      pids: {
        cell: findDescendants(root, `--part=cell ${id}`),
        postgres: findDescendants(root, `port=${port + OFFSETS.database + 1 + index}`),
      },
    })),
    line: opened?.line,
    dataDir,
    pids,
    secret: (name: string) => readFileSync(path.join(dataDir, 'secrets', name), 'utf8').trim(),
    stop,
    remove: async () => {
      await stop();
      await opened?.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}
