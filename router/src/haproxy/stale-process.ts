import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * HAProxy outlives a router that is killed, on purpose: shoppers go on being served. The next router
 * ends it before it takes the port.
 */

interface Note {
  readonly pid: number;
  /** Path of its configuration, by which it is told from another process of the same number. */
  readonly config: string;
  readonly folder: string;
}

const NOTE = 'haproxy.json';
const WAIT_MS = 5_000;
const POLL_MS = 20;

/** Notes which HAProxy runs. */
export async function noteRunning(dataFolder: string, note: Note): Promise<void> {
  await writeFile(join(dataFolder, NOTE), JSON.stringify(note), { mode: 0o600 });
}

/** Ends a HAProxy that an earlier router has left, and removes its files. @returns whether there was one */
export async function endStale(dataFolder: string): Promise<boolean> {
  const path = join(dataFolder, NOTE);
  const note = await readNote(path);
  if (note === undefined) return false;
  const isOurs = await runs(note);
  if (isOurs) {
    process.kill(note.pid, 'SIGTERM');
    const deadlineMs = performance.now() + WAIT_MS;
    while (await runs(note)) {
      if (performance.now() > deadlineMs) process.kill(note.pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  await rm(note.folder, { recursive: true, force: true });
  await rm(path, { force: true });
  return isOurs;
}

async function readNote(path: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Note;
  } catch {
    // None was left, or the note was cut short with the machine: nothing runs then.
    return undefined;
  }
}

async function runs({ pid, config }: Note): Promise<boolean> {
  return (await commandOf(pid)).includes(config);
}

/** The command line of a process; empty where there is none of this number. */
async function commandOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    if (process.platform === 'linux') return '';
  }
  try {
    const words = ['-ww', '-o', 'command=', '-p', String(pid)];
    return (await promisify(execFile)('ps', words)).stdout;
  } catch {
    return '';
  }
}
