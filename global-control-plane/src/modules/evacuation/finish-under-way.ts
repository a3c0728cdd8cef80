import type { Partition } from '@commerce/contracts/ids';
import type { PartitionPoint } from '@commerce/contracts/partition-control';
import { awaitAll, flipAll, releaseAll } from './batch.ts';
import { groupTasks, type Look, type Task, type TaskGroup } from './look.ts';
import { ControlFault } from './ports.ts';
import type { RunState } from './run-state.ts';

/**
 * Brings what an earlier runner left fenced or flipped to its end, whatever the plan is to do now: a
 * fenced partition serves nobody.
 * @returns whether there was anything to do
 */
export async function finishUnderWay(run: RunState, look: Look): Promise<boolean> {
  const fenced = [...groupTasks(look, 'flip'), ...groupTasks(look, 'await')];
  for (const group of fenced) await finishFenced(run, group);
  const released = groupTasks(look, 'release');
  for (const group of released) await releaseFenced(run, group);
  const resumed = groupTasks(look, 'resume');
  for (const group of resumed) await resumeAll(run, group);
  const promoted = groupTasks(look, 'promote');
  for (const { to } of promoted) {
    const { waiting } = await run.timed('promote', () => run.deps.cells(to).refresh());
    for (const { partition, reason } of waiting) run.problems.set(partition as Partition, reason);
  }
  const demoted = groupTasks(look, 'demote');
  for (const { from } of demoted) {
    await run.timed('demote', () => run.deps.cells(from).refresh());
  }
  const groups = [fenced, released, resumed, promoted, demoted];
  return groups.some((found) => found.length > 0);
}

async function finishFenced(
  run: RunState,
  { from, to, tasks }: TaskGroup<'flip'> | TaskGroup<'await'>,
): Promise<void> {
  const { cells } = run.deps;
  const cuts = tasks.map(({ step }) => step.cut);
  const { reached, late } = await awaitAll(run.batchDeps, to, cuts).catch((error: unknown) => {
    // A target that is gone reaches nothing: the source goes on.
    if (!(error instanceof ControlFault)) throw error;
    return { reached: [] as PartitionPoint[], late: cuts };
  });
  const flipped = await flipAll(run.batchDeps, run.keeper.plan(), { from, to, reached });
  await releaseCuts(run, tasks, late);
  if (flipped.size === 0) return;
  await cells(to).refresh();
  await cells(from).refresh();
}

/** The step of what is to be released has a reason and no cut: that is asked for. */
async function releaseFenced(run: RunState, { tasks }: TaskGroup<'release'>): Promise<void> {
  const { primary } = (tasks[0] as Task).move.placement;
  for (const { move, step } of tasks) run.problems.set(move.partition, step.reason);
  const { states } = await run.deps.cells(primary).states(namesOf(tasks));
  const cuts = states
    .filter(({ role }) => role === 'fenced')
    .map(({ partition, epoch, version, chain }) => ({ partition, epoch, version, chain }));
  await releaseCuts(run, tasks, cuts);
}

async function releaseCuts(
  run: RunState,
  tasks: readonly Task[],
  cuts: readonly PartitionPoint[],
): Promise<void> {
  const placementOf = new Map(tasks.map(({ move }) => [move.partition, move.placement]));
  const entries = cuts.flatMap((cut) => {
    const placement = placementOf.get(cut.partition as Partition);
    return placement === undefined ? [] : [{ cut, placement }];
  });
  await releaseAll(run.batchDeps, run.keeper.plan(), entries);
}

/** The directory has given the primary a new epoch, which it has not heard of or not taken up. */
async function resumeAll(run: RunState, { tasks }: TaskGroup<'resume'>): Promise<void> {
  const { primary } = (tasks[0] as Task).move.placement;
  const cell = run.deps.cells(primary);
  await cell.refresh();
  await cell.release(run.keeper.plan().id, namesOf(tasks)).catch((error: unknown) => {
    // What was no fence any more after the refresh needs no release.
    if (!(error instanceof ControlFault) || error.kind !== 'refused') throw error;
  });
}

function namesOf(tasks: readonly Task[]): readonly Partition[] {
  return tasks.map(({ move }) => move.partition);
}
