import type { Logger } from './logger.ts';

/** Work that runs again and again inside a process, one run at a time. */
export interface Job {
  readonly name: string;
  /** Pause after a run that found nothing more to do. */
  readonly intervalMs: number;
  /** Returns whether there is more to do at once. */
  run(signal: AbortSignal): Promise<boolean>;
}

export interface RunningJob {
  /** Cuts the pause short: something has happened that the job looks for. */
  wake(): void;
  /** Ends after the run under way, and waits for it. */
  stop(): Promise<void>;
}

/** Longest pause after failures in a row. */
const BACK_OFF_MS_MAX = 10_000;

/** Starts a job. A run that throws is logged and tried again with exponential back-off. */
export function startJob(job: Job, log: Logger): RunningJob {
  const stopping = new AbortController();
  let wakeUp: (() => void) | undefined;
  let woken = false;

  const pause = async (ms: number): Promise<void> => {
    if (woken || stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wakeUp = undefined;
  };

  const loop = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        const more = await job.run(stopping.signal);
        failures = 0;
        // A job that always has more must still let requests run between its turns.
        if (more) await new Promise((resolve) => setImmediate(resolve));
        else await pause(job.intervalMs * (0.9 + Math.random() * 0.2));
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        // The first failures of a dependency that restarts are no news; a lasting one is.
        if (failures === 3) log.warn({ job: job.name, err: error }, 'job fails repeatedly');
        woken = false;
        await pause(Math.min(BACK_OFF_MS_MAX, 100 * 2 ** failures) * (0.5 + Math.random() / 2));
      }
    }
  };

  const running = loop();
  return {
    wake: () => {
      woken = true;
      wakeUp?.();
    },
    stop: async () => {
      stopping.abort();
      wakeUp?.();
      await running;
    },
  };
}
