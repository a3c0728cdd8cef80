import type { EvacuationPlan, PlanPhase } from '@commerce/contracts/evacuation-plans';
import type { Partition } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import type { BatchDeps } from './batch.ts';
import type { Look } from './look.ts';
import type { PlanKeeper } from './plan-keeper.ts';
import type { CellControlOf, RouterControl } from './ports.ts';
import { createBatchSize, type Progress, summarisePauses } from './progress.ts';
import { createStepGate } from './step-gate.ts';

export interface RunnerDeps {
  readonly directory: Directory;
  readonly cells: CellControlOf;
  readonly routers: readonly RouterControl[];
  readonly clock: Clock;
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly runnerId: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Partitions of the first batch; it adapts itself. */
  readonly batchSize?: number;
  /** Time without any progress after which the plan halts. */
  readonly stallMs?: number;
}

export interface RunResult {
  /** `ended`: done, halted or paused, as the plan says. */
  readonly outcome: 'absent' | 'busy' | 'ended' | 'taken-over' | 'interrupted';
  /** As it is in the directory now; undefined where there is none. */
  readonly plan: EvacuationPlan | undefined;
  readonly blocked: Look['blocked'];
  readonly verified: { readonly partitions: number; readonly rows: number };
  /** Partitions whose rows could not be compared at one version: written to all the time. */
  readonly unmatched: readonly Partition[];
}

const BATCH_SIZE = 32;
const BATCH_SIZE_MIN = 8;
const BATCH_SIZE_MAX = 64;

export type RunState = ReturnType<typeof createRunState>;

/** What one run remembers. It makes the run faster and its report fuller; nothing depends on it. */
export function createRunState(deps: RunnerDeps, keeper: PlanKeeper, signal: AbortSignal) {
  const { cells, elapsedMs } = deps;
  const pausesMs: number[] = [];
  const problems = new Map<Partition, string>();
  const verified = new Set<Partition>();
  const unmatched = new Set<Partition>();
  const begunMs = elapsedMs();
  let rows = 0;
  let firstMoved: number | undefined;

  const tell = (phase: Progress['phase'], look: Look, note?: string): void => {
    firstMoved ??= look.moved;
    const done = look.moved - firstMoved;
    const total = look.moves.length;
    const leftMs = done > 0 ? ((elapsedMs() - begunMs) / done) * (total - look.moved) : undefined;
    deps.onProgress?.({
      phase,
      moved: look.moved,
      total,
      leftMs,
      pauseMs: pausesMs.at(-1),
      note,
    });
    keeper.note({ counts: { total, moved: look.moved }, pauses: summarisePauses(pausesMs) });
  };

  const timed = async <Result>(phase: PlanPhase, work: () => Promise<Result>): Promise<Result> => {
    const startMs = elapsedMs();
    try {
      return await work();
    } finally {
      keeper.addPhase(phase, elapsedMs() - startMs);
    }
  };

  return {
    deps,
    keeper,
    batchDeps: { ...deps, addPhase: keeper.addPhase } satisfies BatchDeps as BatchDeps,
    size: createBatchSize({
      first: deps.batchSize ?? BATCH_SIZE,
      min: Math.min(deps.batchSize ?? BATCH_SIZE, BATCH_SIZE_MIN),
      max: BATCH_SIZE_MAX,
    }),
    gate: createStepGate({ cells, elapsedMs }),
    /** Why partitions did not get on, the last reason of each. */
    problems,
    verified,
    unmatched,
    /** Copies that were begun anew, since they differed. */
    repaired: new Set<Partition>(),
    addRows: (count: number): void => void (rows += count),
    /** The same pause was that of each partition of a batch. */
    addPause: (pauseMs: number, partitions: number): void => {
      for (let i = 0; i < partitions; i += 1) pausesMs.push(pauseMs);
    },
    tell,
    timed,
    isAdvancing: (): boolean => {
      const { state } = keeper.plan();
      return !signal.aborted && (state === 'running' || state === 'rolling-back');
    },
    isAborted: (): boolean => signal.aborted,
    refreshRouters: async (): Promise<void> => {
      const { realm } = keeper.plan();
      await Promise.allSettled(deps.routers.map((router) => router.refresh(realm)));
    },
    result: (outcome: RunResult['outcome'], look: Look | undefined): RunResult => ({
      outcome,
      plan: keeper.plan(),
      blocked: describeBlocked(look, problems),
      verified: { partitions: verified.size, rows },
      unmatched: [...unmatched],
    }),
  };
}

function describeBlocked(
  look: Look | undefined,
  problems: ReadonlyMap<Partition, string>,
): Look['blocked'] {
  const known = new Set(look?.blocked.map(({ partition }) => partition));
  const open = (look?.tasks ?? []).filter(({ step }) => step.kind !== 'settled');
  const more = open.flatMap(({ move }) => {
    const reason = problems.get(move.partition);
    return reason === undefined || known.has(move.partition)
      ? []
      : [{ partition: move.partition, reason }];
  });
  return [...(look?.blocked ?? []), ...more];
}
