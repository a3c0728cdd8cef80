import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountOptions } from '@commerce/engines/sql/embedded-postgres/run-program';
import { startIdentity } from '../process-identity.ts';
import type { EngineName } from './engine-names.ts';
import type { ServerCommand } from './servers.ts';

/**
 * Servers that outlive the command that started them. Each is noted with the moment of its start, and a
 * process is ended only if it is the one that was noted: a number alone may have been given to another
 * program since.
 */

interface Note {
  readonly pid: number;
  readonly identity: string;
  readonly port: number;
}

/** A server that runs. */
export interface NotedServer {
  readonly pid: number;
  readonly port: number;
}

const POLL_MS = 100;
const STOP_MS = 15_000;

function noteFile(state: string, name: EngineName): string {
  return path.join(state, `${name}.json`);
}

/** Path of what a server says. */
export function logFile(state: string, name: EngineName): string {
  return path.join(state, `${name}.log`);
}

/** The server of this name that was started from this folder, where it still runs. */
export async function findServer(
  state: string,
  name: EngineName,
): Promise<NotedServer | undefined> {
  const text = await readFile(noteFile(state, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, identity, port } = JSON.parse(text) as Note;
  return (await startIdentity(pid)) === identity ? { pid, port } : undefined;
}

/** Starts a server that goes on when this process ends, and notes it. @returns its process id */
export async function startServer(
  state: string,
  name: EngineName,
  port: number,
  { command, args, account }: ServerCommand,
): Promise<number> {
  await mkdir(state, { recursive: true });
  const log = openSync(logFile(state, name), 'a', 0o600);
  const child = spawn(command, args, {
    cwd: '/',
    stdio: ['ignore', log, log],
    detached: true,
    ...accountOptions(account),
  });
  closeSync(log);
  const { pid } = child;
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const identity = pid === undefined ? undefined : await startIdentity(pid);
  if (pid === undefined || identity === undefined) throw new Error(`${name} ended at once`);
  const note: Note = { pid, identity, port };
  await writeFile(noteFile(state, name), JSON.stringify(note));
  child.unref();
  return pid;
}

/**
 * Ends a server, in order, and after 15 s by force.
 * @param signal the first signal that it is sent
 * @returns false where none ran
 */
export async function stopServer(
  state: string,
  name: EngineName,
  signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' = 'SIGTERM',
): Promise<boolean> {
  const running = await findServer(state, name);
  if (running !== undefined) {
    for (const sent of [signal, 'SIGKILL'] as const) {
      if ((await findServer(state, name)) === undefined) break;
      process.kill(running.pid, sent);
      const deadline = Date.now() + STOP_MS;
      while (Date.now() < deadline && (await findServer(state, name)) !== undefined) {
        await sleep(POLL_MS);
      }
    }
  }
  await rm(noteFile(state, name), { force: true });
  return running !== undefined;
}
