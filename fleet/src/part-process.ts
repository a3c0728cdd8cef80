import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PartMessage, StartupFault } from '@commerce/service/part';
import type { LogFile } from './log-file.ts';
import { startIdentity } from './process-identity.ts';
import type { RunningUnit, StartContext, Unit } from './supervisor.ts';

/** A deployable that runs as a process of its own. */
export interface PartPlan {
  readonly name: string;
  /** Path of its `main.ts`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of Node itself, such as limits of its heap. */
  readonly nodeFlags: readonly string[];
}

export interface PartSurroundings {
  readonly log: LogFile;
  /** Folder in which the processes are noted, for the next start. */
  readonly processesDir: string;
  /** Folder of Node's compile cache, which halves the time of later starts. */
  readonly compileCacheDir: string;
}

/** A part that reports nothing for this long during its start is taken to hang. */
const SILENCE_TIMEOUT_MS = 90_000;

/** A unit that runs a part and speaks its IPC. */
export function createPartUnit(plan: PartPlan, surroundings: PartSurroundings): Unit {
  return { name: plan.name, start: (context) => startPart(plan, surroundings, context) };
}

async function startPart(
  plan: PartPlan,
  { log, processesDir, compileCacheDir }: PartSurroundings,
  context: StartContext,
): Promise<RunningUnit> {
  log.line(`--- start of ${plan.name}`);
  // A session of its own: the terminal's Ctrl-C is for the fleet, which stops its parts in order.
  const child = spawn(process.execPath, [...plan.nodeFlags, plan.script, `--part=${plan.name}`], {
    env: { ...inheritedEnvironment(), NODE_COMPILE_CACHE: compileCacheDir, ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => log.write(chunk));
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  const note = await noteProcess(processesDir, plan.name, child.pid);
  void exited.then(() => removeNote(note, child.pid));
  const ready = await waitUntilReady(child, exited, plan.name, log, context);
  return {
    exited,
    pid: child.pid ?? 0,
    ...(ready.address === undefined ? {} : { address: ready.address }),
    ...(ready.details === undefined ? {} : { details: ready.details }),
    stop: (timeoutMs) => stopChild(child, exited, timeoutMs),
  };
}

type Ready = Extract<PartMessage, { readonly type: 'ready' }>;

async function waitUntilReady(
  child: ChildProcess,
  exited: Promise<string>,
  name: string,
  log: LogFile,
  context: StartContext,
): Promise<Ready> {
  let fault: StartupFault | undefined;
  let silence: NodeJS.Timeout | undefined;
  const ready = new Promise<Ready>((resolve, reject) => {
    const watch = (): void => {
      clearTimeout(silence);
      silence = setTimeout(
        () => reject(new StartupFault(`${name} does not become ready`, `See ${log.file}.`)),
        SILENCE_TIMEOUT_MS,
      );
    };
    watch();
    child.on('message', (raw) => {
      watch();
      const message = raw as PartMessage;
      if (message.type === 'progress') context.progress(message.text);
      if (message.type === 'fault')
        fault = new StartupFault(`${name}: ${message.message}`, message.cure);
      if (message.type === 'ready') resolve(message);
    });
    void exited.then((how) => {
      // The fault is told just before the exit, on another channel.
      setImmediate(() =>
        reject(
          fault ?? new StartupFault(`${name} ended while starting (${how})`, `See ${log.file}.`),
        ),
      );
    });
    context.cancel.addEventListener('abort', () =>
      reject(new StartupFault(`${name} was stopped while starting`, '')),
    );
  });
  try {
    return await ready;
  } catch (error) {
    await stopChild(child, exited, context.cancel.aborted ? 2_000 : 0);
    throw error;
  } finally {
    clearTimeout(silence);
  }
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<string>,
  timeoutMs: number,
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited;
  clearTimeout(hard);
}

/** What a part needs of our own environment; its configuration is given explicitly. */
function inheritedEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { TZ: 'UTC' };
  for (const name of ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

interface Note {
  readonly pid: number;
  readonly identity: string | undefined;
}

/** Only its own: a part that was started again has written a new one under the same name. */
function removeNote(file: string, pid: number | undefined): void {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Gone already.
  }
  if (parseNote(text)?.pid === pid) rmSync(file, { force: true });
}

async function noteProcess(folder: string, name: string, pid: number | undefined): Promise<string> {
  const file = path.join(folder, `${name}.json`);
  if (pid === undefined) return file;
  await mkdir(folder, { recursive: true });
  const note: Note = { pid, identity: await startIdentity(pid) };
  await writeFile(file, JSON.stringify(note));
  return file;
}

/** The process that a part runs in, where it does. */
export async function pidOf(folder: string, name: string): Promise<number | undefined> {
  const note = parseNote(await readFile(path.join(folder, `${name}.json`), 'utf8').catch(() => ''));
  if (note?.identity === undefined) return undefined;
  return (await startIdentity(note.pid)) === note.identity ? note.pid : undefined;
}

const REAP_TIMEOUT_MS = 10_000;
const REAP_POLL_MS = 25;

/**
 * Ends what an earlier fleet left behind: parts whose supervisor was killed stop by themselves, and
 * this waits for them, and ends by force the one that hangs. A process is ours only if it was
 * started at the very moment that was noted.
 */
export async function reapParts(folder: string, log: (line: string) => void): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const note = parseNote(await readFile(file, 'utf8').catch(() => ''));
      if (note !== undefined) await endNoted(note, name.replace('.json', ''), log);
      await rm(file, { force: true });
    }),
  );
}

async function endNoted(note: Note, name: string, log: (line: string) => void): Promise<void> {
  const isAlive = async (): Promise<boolean> =>
    note.identity !== undefined && (await startIdentity(note.pid)) === note.identity;
  if (!(await isAlive())) return;
  log(`Waiting for ${name} of an earlier run to stop.`);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(note.pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + REAP_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!(await isAlive())) return;
      await sleep(REAP_POLL_MS);
    }
  }
}

function parseNote(text: string): Note | undefined {
  try {
    return JSON.parse(text) as Note;
  } catch {
    return undefined;
  }
}
