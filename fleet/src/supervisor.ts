import { describeStartupFault } from '@commerce/service/part';

/**
 * Keeps units running. A unit is anything that starts, may end by itself, and can be stopped: a part
 * that is a process of ours, or a database server.
 */

export interface StartContext {
  readonly progress: (text: string) => void;
  /** Aborted when the fleet stops while the unit still starts. */
  readonly cancel: AbortSignal;
}

export interface RunningUnit {
  /** Settles when the unit has ended, with how, in words. */
  readonly exited: Promise<string>;
  readonly pid: number;
  readonly address?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Asks it to stop, and ends it by force after `timeoutMs`. */
  readonly stop: (timeoutMs: number) => Promise<void>;
}

export interface Unit {
  readonly name: string;
  /** Resolves once the unit serves. Rejects with a {@link StartupFault} where there is a cure. */
  readonly start: (context: StartContext) => Promise<RunningUnit>;
}

export interface SupervisorOptions {
  /** Told when a unit ends by itself, and when it is back. */
  readonly say: (line: string) => void;
  readonly progress: (unit: string, text: string) => void;
  readonly pauseMinMs?: number;
  readonly pauseMaxMs?: number;
  /** Whether a unit that ended is started again. Default: each is; drills want some to stay down. */
  readonly restarts?: (name: string) => boolean;
  /** A unit that ran this long begins again with the shortest pause. */
  readonly stableMs?: number;
}

export interface Supervisor {
  /** Starts a unit and keeps it running from then on. Rejects when the first start fails. */
  readonly start: (unit: Unit) => Promise<RunningUnit>;
  /** Stops the named units (those that run), all at once, and keeps them stopped until they are started. */
  readonly stop: (names: readonly string[], timeoutMs: number) => Promise<void>;
  /**
   * Whether a unit is looked after: it runs, or is about to be started again. One that was stopped, or
   * stays down as the options say, is not.
   */
  readonly keeps: (name: string) => boolean;
  /** Resolves when a unit is looked after no longer; at once where it is not. */
  readonly left: (name: string) => Promise<void>;
  /** Process of a unit that runs. */
  readonly pidOf: (name: string) => number | undefined;
  /** From now on nothing is started again. */
  readonly close: () => void;
}

const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 30_000;
const STABLE_MS = 60_000;
/** For a unit that came up while the fleet was stopping. */
const LATE_STOP_TIMEOUT_MS = 1_000;

/** Makes a supervisor. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running = new Map<string, RunningUnit>();
  const stopped = new Set<string>();
  const kept = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const pauseMinMs = options.pauseMinMs ?? PAUSE_MIN_MS;
  const pauseMaxMs = options.pauseMaxMs ?? PAUSE_MAX_MS;
  const stableMs = options.stableMs ?? STABLE_MS;

  const isWanted = (unit: Unit): boolean => !closing.signal.aborted && !stopped.has(unit.name);

  async function startOnce(unit: Unit): Promise<RunningUnit> {
    const started = await unit.start({
      progress: (text) => options.progress(unit.name, text),
      cancel: closing.signal,
    });
    running.set(unit.name, started);
    return started;
  }

  /** Runs for as long as the unit is wanted. */
  async function keepRunning(unit: Unit, first: RunningUnit): Promise<void> {
    let pauseMs = pauseMinMs;
    for (let current: RunningUnit | undefined = first; isWanted(unit); ) {
      let reason: string;
      if (current === undefined) {
        reason = 'could not be started again';
      } else {
        const begun = Date.now();
        reason = `ended (${await current.exited})`;
        running.delete(unit.name);
        if (Date.now() - begun >= stableMs) pauseMs = pauseMinMs;
      }
      if (!isWanted(unit)) return;
      if (options.restarts?.(unit.name) === false) {
        options.say(`${unit.name} ${reason}; it stays down, as --no-restart says.`);
        return;
      }
      options.say(`${unit.name} ${reason}; starting it again in ${pauseMs / 1000} s.`);
      await sleepUnlessAborted(pauseMs, closing.signal);
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
      if (!isWanted(unit)) return;
      current = await startOnce(unit).catch((error: unknown) => {
        if (isWanted(unit)) options.say(describeFault(error));
        return undefined;
      });
      if (current === undefined) continue;
      if (isWanted(unit)) options.say(`${unit.name} is back.`);
      else await current.stop(LATE_STOP_TIMEOUT_MS);
    }
  }

  return Object.freeze({
    start: async (unit: Unit) => {
      stopped.delete(unit.name);
      const first = await startOnce(unit);
      const keeping = keepRunning(unit, first).finally(() => {
        if (kept.get(unit.name) === keeping) kept.delete(unit.name);
      });
      kept.set(unit.name, keeping);
      return first;
    },
    stop: async (names: readonly string[], timeoutMs: number) => {
      for (const name of names) stopped.add(name);
      await Promise.all(names.map((name) => running.get(name)?.stop(timeoutMs)));
    },
    keeps: (name: string) => kept.has(name),
    left: async (name: string) => kept.get(name),
    pidOf: (name: string) => running.get(name)?.pid,
    close: () => closing.abort(),
  });
}

/** One line for people about why a unit does not start. */
export function describeFault(error: unknown): string {
  const fault = describeStartupFault(error);
  if (fault !== undefined) return `${fault.message.replace(/\.$/, '')}. ${fault.cure}`.trim();
  return error instanceof Error ? error.message : String(error);
}

function sleepUnlessAborted(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
