import type { PlanState } from '@commerce/contracts/evacuation-plans';
import type { CellId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { moveReady, seedWhatLacks } from './advance.ts';
import { finishUnderWay } from './finish-under-way.ts';
import { type Look, lookAround } from './look.ts';
import { directionOf } from './moves.ts';
import { takePlan } from './plan-keeper.ts';
import { ControlFault } from './ports.ts';
import { undrainCell } from './requests.ts';
import { createRunState, type RunnerDeps, type RunResult, type RunState } from './run-state.ts';

const IDLE_MS = 150;
const STALL_MS = 30_000;
/** Copying a large cell may go on for long before any partition is whole. */
const SEED_STALL_FACTOR = 20;
/** One fault may be a network that hiccups. */
const FAULTS_MAX = 20;

/**
 * Works at a planned evacuation until it is done, stopped, halted, or taken by another runner. May be
 * killed at any moment; another run goes on from what the directory and the cells say.
 * @throws AppError `unavailable` where the directory does not answer at the start
 */
export async function runPlan(
  deps: RunnerDeps,
  id: string,
  signal: AbortSignal,
): Promise<RunResult> {
  const nothing = { blocked: [], verified: { partitions: 0, rows: 0 }, unmatched: [] };
  const keeper = await takePlan(deps, id);
  if (keeper === 'absent') return { outcome: 'absent', plan: undefined, ...nothing };
  if (keeper === 'busy') {
    return { outcome: 'busy', plan: (await deps.directory.readPlan(id))?.plan, ...nothing };
  }
  const run = createRunState(deps, keeper, signal);
  const stall = createStall(deps.elapsedMs, deps.stallMs ?? STALL_MS);
  let faults = 0;
  for (;;) {
    try {
      const ended = await workOnce(run, stall);
      if (ended !== undefined) return ended;
      faults = 0;
    } catch (error) {
      if (!isOutage(error)) throw error;
      faults += 1;
      if (run.isAborted()) return run.result('interrupted', undefined);
      if (faults >= FAULTS_MAX) return haltAfterFaults(run, error);
      await deps.sleep(IDLE_MS * Math.min(faults, 10));
    }
  }
}

/** One look and what follows from it. @returns the end of the run, or undefined where it goes on */
async function workOnce(run: RunState, stall: Stall): Promise<RunResult | undefined> {
  const { keeper, deps } = run;
  if (!(await keeper.beat())) return run.result('taken-over', undefined);
  const look = await lookAround(deps, keeper.plan());
  run.tell('look', look);
  if (await finishUnderWay(run, look)) {
    return stall.isOver(look) ? end(run, look, 'halted') : undefined;
  }
  if (!run.isAdvancing()) return end(run, look, undefined);
  const isSettled = look.tasks.every(({ step }) => step.kind === 'settled');
  if (isSettled && look.blocked.length === 0) {
    return end(run, look, directionOf(keeper.plan()) === 'back' ? 'rolled-back' : 'done');
  }
  const halt = await run.gate.watch(keeper.plan(), look, async (note) => {
    run.tell('watch', look, note);
    await deps.sleep(IDLE_MS);
    return (await keeper.beat()) && run.isAdvancing();
  });
  if (halt !== undefined) return end(run, look, 'halted', halt);
  const seeded = await seedWhatLacks(run, look);
  const moved = await moveReady(run, look);
  if (moved) void run.refreshRouters();
  if (seeded || moved) return undefined;
  if (stall.isOver(look)) return end(run, look, 'halted');
  await run.timed('catch-up', () => deps.sleep(IDLE_MS));
  return undefined;
}

async function end(
  run: RunState,
  look: Look,
  state: PlanState | undefined,
  halt?: string,
): Promise<RunResult> {
  run.tell('look', look);
  const { source, weightBefore } = run.keeper.plan();
  if (state === 'rolled-back' && weightBefore !== null) {
    await undrainCell(run.deps.directory, source as CellId, weightBefore);
  }
  await run.refreshRouters();
  const reason = state === 'halted' ? (halt ?? describeStall(run, look)) : undefined;
  await run.keeper.finish(state, reason);
  return run.result(run.isAborted() && state === undefined ? 'interrupted' : 'ended', look);
}

/** Where the directory itself is away, the plan stays as it is, and so does what is fenced. */
async function haltAfterFaults(run: RunState, error: unknown): Promise<RunResult> {
  await run.keeper.finish('halted', (error as Error).message).catch(() => undefined);
  return run.result('ended', undefined);
}

function isOutage(error: unknown): boolean {
  return (
    error instanceof ControlFault || (error instanceof AppError && error.code === 'unavailable')
  );
}

interface Stall {
  /** Whether nothing has changed for too long. */
  isOver(look: Look): boolean;
}

function createStall(elapsedMs: () => number, stallMs: number): Stall {
  let last = '';
  let sinceMs = elapsedMs();
  return {
    isOver(look) {
      const kinds = look.tasks.map(({ step }) => step.kind);
      const signature = `${look.moved} ${kinds.join()} ${look.blocked.length}`;
      if (signature !== last) {
        last = signature;
        sinceMs = elapsedMs();
      }
      const factor = kinds.includes('seeding') ? SEED_STALL_FACTOR : 1;
      return elapsedMs() - sinceMs > stallMs * factor;
    },
  };
}

function describeStall(run: RunState, look: Look): string {
  const { blocked } = run.result('ended', look);
  const open = look.tasks.filter(({ step }) => step.kind !== 'settled').length;
  const first = blocked[0];
  const why =
    first === undefined ? 'nothing changes any more' : `${first.partition}: ${first.reason}`;
  return `${open + look.blocked.length} partitions can not be moved (${why})`.slice(0, 500);
}
