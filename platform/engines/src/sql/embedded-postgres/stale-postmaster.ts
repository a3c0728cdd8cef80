import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ServerFault } from './run-program.ts';

const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/**
 * Stops the server that a killed owner left behind in a data folder, if there is one.
 * The pid file alone is not believed: the process must be a postgres of this very folder, since
 * the number may have gone to a stranger after a reboot.
 */
export async function reapStalePostmaster(
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const pidFile = path.join(folder, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || pid <= 1 || !(await isPostmasterOf(pid, folder))) {
    await rm(pidFile, { force: true });
    return;
  }
  log(`stopping the database server ${pid} that an earlier run left behind`);
  // Fast shutdown first (ends sessions, writes a checkpoint), then immediate, which recovery mends.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signalIfAlive(pid, signal);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!(await isPostmasterOf(pid, folder))) return;
      await sleep(POLL_MS);
    }
  }
  throw new ServerFault(`the database server ${pid} of ${folder} can't be stopped`, 'EFAILED');
}

/** Whether the process is a running postgres that was started on this data folder. */
export async function isPostmasterOf(pid: number, folder: string): Promise<boolean> {
  const words = await commandLine(pid);
  if (words === undefined) return false;
  return /(^|\/)postgres$/.test(words[0] ?? '') && words.includes(folder);
}

async function commandLine(pid: number): Promise<readonly string[] | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
    // A zombie has an empty command line: it has stopped already.
    return text === undefined || text === '' ? undefined : text.split('\0');
  }
  const run = promisify(execFile);
  const found = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return found?.stdout.trim().split(' ');
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
