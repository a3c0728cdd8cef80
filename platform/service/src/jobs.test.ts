import { expect, it } from 'vitest';
import { type Job, startJob } from './jobs.ts';
import type { LogFields, Logger } from './logger.ts';

/** A logger that keeps its warnings. */
function createLog() {
  const warnings: LogFields[] = [];
  const ignore = (): void => undefined;
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warn: (fields) => warnings.push(fields),
    error: ignore,
    child: () => log,
  };
  return { log, warnings };
}

const LONG_MS = 60_000;
const jobOf = (run: Job['run'], intervalMs = LONG_MS): Job => ({ name: 'sweep', intervalMs, run });
const until = (fulfilled: () => boolean): Promise<void> =>
  expect.poll(fulfilled, { timeout: 8_000, interval: 2 }).toBe(true) as unknown as Promise<void>;

it('runs again after its pause, and at once while there is more to do', async () => {
  let runs = 0;
  const paused = startJob(
    jobOf(async () => (runs += 1) < 0, 5),
    createLog().log,
  );
  await until(() => runs >= 3);
  await paused.stop();

  let left = 50;
  const busy = startJob(
    jobOf(async () => (left -= 1) > 0),
    createLog().log,
  );
  await until(() => left === 0);
  await busy.stop();
});

it('runs once at a time, and lets others run between its turns', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const job = startJob(
    jobOf(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      runs += 1;
      return true;
    }),
    createLog().log,
  );
  await until(() => runs > 20);
  for (let index = 0; index < 10; index += 1) job.wake();
  await job.stop();
  expect(most).toBe(1);
});

it('runs at once when it is woken, also where that comes while it runs', async () => {
  let runs = 0;
  let wakeInside: (() => void) | undefined;
  const job = startJob(
    jobOf(async () => {
      runs += 1;
      wakeInside?.();
      wakeInside = undefined;
      return false;
    }),
    createLog().log,
  );
  await until(() => runs === 1);
  wakeInside = () => job.wake();
  job.wake();
  // The second run is woken from inside; without that it would pause for a minute.
  await until(() => runs === 3);
  await job.stop();
});

it('is tried again with pauses after failures, and warns of the third in a row', async () => {
  const { log, warnings } = createLog();
  const fault = new Error('the database is away');
  let runs = 0;
  const startedAt = performance.now();
  const job = startJob(
    jobOf(async () => {
      runs += 1;
      if (runs <= 3) throw fault;
      return false;
    }),
    log,
  );
  await until(() => runs === 4);
  // At least half of 200, 400 and 800 ms.
  expect(performance.now() - startedAt).toBeGreaterThan(650);
  await job.stop();
  expect(warnings).toEqual([{ job: 'sweep', err: fault }]);
});

it('ends after the run under way, of which it tells, and starts none after', async () => {
  let finish: () => void = () => undefined;
  let signal: AbortSignal | undefined;
  let runs = 0;
  const job = startJob(
    jobOf(async (given) => {
      runs += 1;
      signal = given;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return true;
    }),
    createLog().log,
  );
  await until(() => runs === 1);
  let stopped = false;
  const stopping = job.stop().then(() => {
    stopped = true;
  });
  expect(signal?.aborted).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect(runs).toBe(1);
});

it('ends at once while it pauses, also after a failure', async () => {
  let runs = 0;
  const paused = startJob(
    jobOf(async () => (runs += 1) < 0),
    createLog().log,
  );
  const failing = startJob(
    jobOf(async () => {
      runs += 1;
      throw new Error('away');
    }),
    createLog().log,
  );
  await until(() => runs >= 2);
  const startedAt = performance.now();
  await Promise.all([paused.stop(), failing.stop()]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
