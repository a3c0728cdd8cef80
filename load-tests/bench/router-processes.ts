import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openConnection } from '../harness/connection.ts';
import { findDescendants } from '../harness/process-cpu.ts';

/** Routers of our own on either data plane, and a HAProxy that does nothing but forward. */

const ROUTER = fileURLToPath(new URL('../../router/src/main.ts', import.meta.url));

export interface RunningProxy {
  readonly port: number;
  readonly adminPort: number | undefined;
  /** Everything that carries requests, for its CPU time. */
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

/** Whether there is a HAProxy on this machine. */
export function hasHaproxy(): boolean {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Starts a router as its supervisor does. */
export async function startRouterProcess(options: {
  readonly dataPlane: 'node' | 'haproxy';
  readonly directoryEndpoint: string;
  readonly pinKeyFile: string;
  readonly routedAuthKeyFile: string;
}): Promise<RunningProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-router-'));
  const child = fork(ROUTER, {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      PORT: '0',
      ADMIN_PORT: '0',
      DATA_DIR: folder,
      DATA_PLANE: options.dataPlane,
      DIRECTORY_ENDPOINT: options.directoryEndpoint,
      ROUTER_PIN_KEY_FILE: options.pinKeyFile,
      ROUTED_AUTH_KEY_FILE: options.routedAuthKeyFile,
      LOG_LEVEL: 'error',
    },
  });
  const ready = await new Promise<{
    address: string;
    details: { adminPort: number; dataPlane: string };
  }>((resolve, reject) => {
    child.on('message', (message: { type: string; message?: string }) => {
      if (message.type === 'ready') resolve(message as never);
      if (message.type === 'fault') reject(new Error(message.message));
    });
    child.once('exit', (code) => reject(new Error(`a router did not start (exit ${code})`)));
  });
  if (ready.details.dataPlane !== options.dataPlane) {
    throw new Error(`the router runs on ${ready.details.dataPlane}, not on ${options.dataPlane}`);
  }
  return {
    port: Number(new URL(ready.address).port),
    adminPort: ready.details.adminPort,
    pids: () => [child.pid as number, ...findDescendants(child.pid as number, 'haproxy')],
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a HAProxy that forwards everything to one port: what any router in its place would cost. */
export async function startBareHaproxy(upstreamPort: number): Promise<RunningProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-haproxy-'));
  const config = path.join(folder, 'bare.cfg');
  const port = await freePort();
  writeFileSync(
    config,
    `defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend bare
  bind 127.0.0.1:${port}
  default_backend upstream
backend upstream
  http-reuse always
  server upstream 127.0.0.1:${upstreamPort} maxconn 64
`,
  );
  const child = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
  for (let attempt = 0; ; attempt++) {
    try {
      (await openConnection(port)).close();
      break;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return {
    port,
    adminPort: undefined,
    pids: () => [child.pid as number],
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
