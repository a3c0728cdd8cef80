import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { StartupFault } from '@commerce/service/part';
import type { Logger } from '@commerce/service/logger';
import { readWorkerPid } from './read-stats.ts';
import type { RuntimeSocket } from './runtime-socket.ts';
import type { HaproxyFiles } from './settings.ts';

/** A HAProxy that is kept running: it is started anew when it ends, and reloaded without a gap. */
export interface HaproxyProcess {
  /** Of the master; workers come and go with reloads. */
  pid(): number | undefined;
  /** How often it ended by itself and was started anew. */
  restarts(): number;
  /**
   * Loads the configuration on disk: a new worker takes over the listening sockets, the old one ends
   * with its last request. Resolves when the new one answers.
   * @throws Error where the configuration is refused; the old worker goes on then
   */
  reload(): Promise<void>;
  /** Lets requests under way end, some seconds at most. */
  stop(): Promise<void>;
}

export interface HaproxyProcessOptions {
  readonly binary: string;
  readonly files: HaproxyFiles;
  readonly runtime: RuntimeSocket;
  readonly logger: Logger;
  /** Called before each start, so that it begins with the newest map. */
  readonly prepare: () => Promise<void>;
  /** Called with the number of the master, before it is known whether it serves. */
  readonly onStarted: (pid: number) => Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
/** Within what a supervisor gives a router to stop; who needs longer drains it first. */
const STOP_GRACE_MS = 1_500;
const RESTART_MS = 500;
const RESTART_MS_MAX = 10_000;
const POLL_MS = 20;

/**
 * Starts HAProxy as master and worker.
 * @throws StartupFault where the configuration is refused or it does not start
 */
export async function startHaproxy(options: HaproxyProcessOptions): Promise<HaproxyProcess> {
  const { files, logger } = options;
  let isStopping = false;
  let restarts = 0;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;

  const launch = async (): Promise<void> => {
    await options.prepare();
    const started = spawn(options.binary, ['-W', '-S', files.masterSocket, '-f', files.config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    const lines = watchLines(started, logger);
    started.once('exit', (code, signal) => {
      if (isStopping || child !== started) return;
      logger.error({ code: code ?? signal }, 'HAProxy ended by itself and is started anew');
      scheduleRestart();
    });
    if (started.pid !== undefined) await options.onStarted(started.pid);
    await waitUntilServing(options, started, lines);
  };

  const scheduleRestart = (): void => {
    const waitMs = Math.min(RESTART_MS * 2 ** Math.min(restarts, 6), RESTART_MS_MAX);
    restarts++;
    timer = setTimeout(() => {
      launch().catch((error: unknown) => {
        logger.error({ err: error }, 'HAProxy could not be started');
        if (!isStopping && child?.exitCode === null) child.kill('SIGKILL');
      });
    }, waitMs);
  };

  await options.prepare();
  await checkConfig(options);
  await launch();
  return Object.freeze({
    pid: () => child?.pid,
    restarts: () => restarts,
    async reload(): Promise<void> {
      await checkConfig(options);
      const before = await workerPid(options.runtime);
      child?.kill('SIGUSR2');
      await until(async () => {
        const pid = await workerPid(options.runtime).catch(() => undefined);
        return pid !== undefined && pid !== before;
      });
    },
    async stop(): Promise<void> {
      isStopping = true;
      clearTimeout(timer);
      if (child !== undefined) await end(child);
    },
  });
}

/**
 * Has HAProxy read the configuration without using it.
 * @throws StartupFault with what it finds wrong
 */
async function checkConfig({ binary, files }: HaproxyProcessOptions): Promise<void> {
  try {
    await promisify(execFile)(binary, ['-c', '-f', files.config], { timeout: 30_000 });
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr ?? String(error);
    throw new StartupFault(
      `HAProxy refuses its configuration: ${said.split('\n').find((line) => line.includes('ALERT')) ?? said}`,
      `Look at ${files.config}, or start the router with DATA_PLANE=node.`,
      { cause: error },
    );
  }
}

/** Hands what HAProxy says to the log and keeps the last lines of it. */
function watchLines(child: ChildProcess, logger: Logger): readonly string[] {
  const lines: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      lines.push(line);
      if (lines.length > 20) lines.shift();
      if (/ALERT|WARNING/.test(line)) logger.warn({}, `HAProxy says: ${line.trim()}`);
      else logger.info({}, `HAProxy says: ${line.trim()}`);
    }
  });
  return lines;
}

async function waitUntilServing(
  { runtime }: HaproxyProcessOptions,
  child: ChildProcess,
  lines: readonly string[],
): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const serves = await until(async () => {
    if (failure !== undefined || child.exitCode !== null) return true;
    return (await workerPid(runtime).catch(() => undefined)) !== undefined;
  });
  if (serves && failure === undefined && child.exitCode === null) return;
  child.kill('SIGKILL');
  throw new StartupFault(
    `HAProxy does not start: ${lines.findLast((line) => line.includes('ALERT')) ?? lines.at(-1) ?? failure?.message ?? 'it says nothing'}`,
    'Correct what it names, or start the router with DATA_PLANE=node.',
  );
}

async function workerPid(runtime: RuntimeSocket): Promise<number | undefined> {
  return readWorkerPid(await runtime.ask('show info'));
}

/** @returns whether it came to hold in time */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // USR1 lets requests under way end, TERM does not.
  child.kill('SIGUSR1');
  const soft = setTimeout(() => child.kill('SIGTERM'), STOP_GRACE_MS);
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS + 250);
  await exited;
  clearTimeout(soft);
  clearTimeout(hard);
}
