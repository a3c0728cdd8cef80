import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import type { CellId, Partition, Realm } from '@commerce/contracts/ids';
import type { PartitionState, PartitionStates } from '@commerce/contracts/partition-control';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { deriveStep, type Move, movesOf, type Seen, type Step, type StepKind } from './moves.ts';
import { type CellControlOf, ControlFault } from './ports.ts';

/** One partition with its next step, and what that was derived from. */
export interface Task {
  readonly move: Move & { readonly to: CellId };
  readonly step: Step;
}

/** A task whose step is of one kind. */
export type TaskOf<Kind extends StepKind> = Task & {
  readonly step: Extract<Step, { kind: Kind }>;
};

/** Tasks from one cell to another. */
export interface TaskGroup<Kind extends StepKind> {
  readonly from: CellId;
  readonly to: CellId;
  readonly tasks: readonly TaskOf<Kind>[];
}

/** What there is, as far as a plan is concerned. */
export interface Look {
  readonly table: PlacementTable;
  readonly moves: readonly Move[];
  readonly tasks: readonly Task[];
  /** Partitions that can't go anywhere as things are. */
  readonly blocked: readonly { readonly partition: Partition; readonly reason: string }[];
  readonly moved: number;
}

/** States of all partitions by cell; undefined for a cell that does not answer. */
export async function readStates(
  cells: CellControlOf,
  wanted: Iterable<CellId>,
): Promise<ReadonlyMap<CellId, PartitionStates | undefined>> {
  const entries = [...new Set(wanted)].map(
    async (cell): Promise<[CellId, PartitionStates | undefined]> => [
      cell,
      await cells(cell)
        .states()
        .catch((error: unknown) => {
          if (error instanceof ControlFault && error.kind === 'silent') return undefined;
          throw error;
        }),
    ],
  );
  return new Map(await Promise.all(entries));
}

/**
 * Reads the directory and the cells, and derives what is to be done.
 * @throws AppError `unavailable` where the directory does not answer
 */
export async function lookAround(
  deps: { readonly directory: Directory; readonly cells: CellControlOf },
  plan: EvacuationPlan,
): Promise<Look> {
  const table = await deps.directory.readPlacements(plan.realm as Realm);
  if (table === undefined) throw new TypeError(`the directory has no placements of ${plan.realm}`);
  const moves = movesOf(plan, table);
  const involved = moves.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  const states = await readStates(deps.cells, involved);
  const byCell = new Map<CellId, ReadonlyMap<string, PartitionState>>();
  for (const [cell, answer] of states) {
    if (answer === undefined) continue;
    byCell.set(cell, new Map(answer.states.map((state) => [state.partition, state])));
  }
  const seen = (cell: CellId | undefined, partition: Partition): Seen => {
    const known = cell === undefined ? undefined : byCell.get(cell);
    return known === undefined
      ? { answers: false }
      : { answers: true, state: known.get(partition) };
  };
  const tasks: Task[] = [];
  const blocked: Look['blocked'][number][] = [];
  for (const move of moves) {
    const { partition, from, to } = move;
    const step = deriveStep(plan.id, move, seen(from, partition), seen(to, partition));
    if (step.kind === 'blocked') blocked.push({ partition, reason: step.reason });
    else if (to !== undefined) tasks.push({ move: { ...move, to }, step });
  }
  return { table, moves, tasks, blocked, moved: moves.filter(({ flipped }) => flipped).length };
}

/** Tasks of a kind, grouped by the pair of cells that they concern. */
export function groupTasks<Kind extends StepKind>(
  look: Look,
  kind: Kind,
): readonly TaskGroup<Kind>[] {
  // The compiler can't narrow a generic kind by a comparison.
  const chosen = look.tasks.filter(({ step }) => step.kind === kind) as unknown as TaskOf<Kind>[];
  const groups = Map.groupBy(chosen, ({ move }) => `${move.from} ${move.to}`);
  return [...groups.values()].map((tasks) => {
    const { from, to } = (tasks[0] as Task).move;
    return { from, to, tasks };
  });
}
