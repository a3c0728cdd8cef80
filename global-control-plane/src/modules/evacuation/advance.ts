import type { CellId, Partition } from '@commerce/contracts/ids';
import { moveBatch } from './batch.ts';
import { groupTasks, type Look } from './look.ts';
import { LAG_VERSIONS_MAX } from './moves.ts';
import type { RunState } from './run-state.ts';
import { verifyCopies } from './verify.ts';

/** Copies that are under way at once: each holds a snapshot open in the source. */
const SEED_AT_ONCE = 64;

/** Starts copies where the target has none yet. @returns whether it started any */
export async function seedWhatLacks(run: RunState, look: Look): Promise<boolean> {
  const copying = look.tasks.filter(({ step }) => step.kind === 'seeding').length;
  let room = SEED_AT_ONCE - copying;
  let started = false;
  for (const { from, to, tasks } of groupTasks(look, 'seed')) {
    const names = tasks.slice(0, Math.max(0, room)).map(({ move }) => move.partition);
    if (names.length === 0) continue;
    room -= names.length;
    started = true;
    await run.deps.cells(to).seed(run.keeper.plan().id, from, names);
  }
  if (copying > 0) run.tell('seed', look, `${copying} partitions are being copied`);
  return started;
}

/** Moves what is ready, batch by batch, as far as the plan's step allows. @returns whether it moved any */
export async function moveReady(run: RunState, look: Look): Promise<boolean> {
  let present = look;
  let handedOver: Promise<unknown> = Promise.resolve();
  for (const { from, to, tasks } of groupTasks(look, 'ready')) {
    const placementOf = new Map(tasks.map(({ move }) => [move.partition, move.placement]));
    const queue = [...placementOf.keys()];
    while (queue.length > 0 && run.isAdvancing()) {
      const allowed = run.gate.allowance(run.keeper.plan(), present);
      if (allowed === 0) break;
      const chosen = queue.splice(0, Math.min(run.size.now(), allowed));
      run.tell('verify', present);
      const sound = await run.timed('verify', () => verifyBefore(run, from, to, chosen));
      const near = await run.timed('catch-up', () => leaveOutLaggards(run, to, sound));
      if (near.length === 0) continue;
      await handedOver;
      run.tell('fence', present);
      const batch = new Map([...placementOf].filter(([name]) => near.includes(name)));
      const done = await moveBatch(run.batchDeps, run.keeper.plan(), from, to, batch);
      handedOver = done.handedOver;
      run.size.learn(done.pauseMs);
      run.addPause(done.pauseMs, done.moved.length);
      for (const { partition, reason } of done.returned) run.problems.set(partition, reason);
      present = { ...present, moved: present.moved + done.moved.length };
      run.tell('flip', present);
      if (!(await run.keeper.beat())) break;
    }
  }
  await handedOver;
  return present.moved > look.moved;
}

/**
 * Compares all rows before anything is fenced, and has a copy repaired once where they differ.
 * @returns the partitions that may move
 */
async function verifyBefore(
  run: RunState,
  from: CellId,
  to: CellId,
  partitions: readonly Partition[],
): Promise<readonly Partition[]> {
  const { cells } = run.deps;
  const fresh = partitions.filter((partition) => !run.verified.has(partition));
  if (fresh.length === 0) return partitions;
  const found = await verifyCopies(cells, from, to, fresh);
  run.addRows(found.rows);
  for (const name of found.unmatched) run.unmatched.add(name);
  for (const name of found.same) {
    run.verified.add(name);
    run.unmatched.delete(name);
  }
  const broken = found.different.map(({ partition }) => partition);
  for (const { partition, tables } of found.different) {
    run.problems.set(partition, `its copy in ${to} differs in ${tables.join(', ')}`);
  }
  // A repair copies anew, which takes a while: the next looks wait for it. One that changed nothing is
  // not tried again, and the plan halts with the reason.
  const fixable = broken.filter((partition) => !run.repaired.has(partition));
  if (fixable.length > 0) await cells(to).repair(fixable);
  for (const partition of fixable) run.repaired.add(partition);
  return partitions.filter((partition) => !broken.includes(partition));
}

/** Leaves out what has fallen behind since the look: it would prolong the pause of its whole batch. */
async function leaveOutLaggards(
  run: RunState,
  to: CellId,
  partitions: readonly Partition[],
): Promise<readonly Partition[]> {
  if (partitions.length === 0) return [];
  const { states } = await run.deps.cells(to).states(partitions);
  const near = states.filter(
    ({ lagVersions }) => lagVersions !== null && BigInt(lagVersions) <= LAG_VERSIONS_MAX,
  );
  return near.map(({ partition }) => partition as Partition);
}
