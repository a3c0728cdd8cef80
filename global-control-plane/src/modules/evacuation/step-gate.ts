import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import type { CellId } from '@commerce/contracts/ids';
import type { Look } from './look.ts';
import { directionOf } from './moves.ts';
import type { CellControlOf } from './ports.ts';
import { judgeLoad, type LoadReading, rateBetween, readLoads } from './watch.ts';

/** How long the load is measured before the first step, to know what is usual. */
const BASELINE_MS = 3_000;

/**
 * Lets partitions through in the plan's steps. After each step but the last it watches the target,
 * and halts the plan where something leaves its band. A runner that takes over watches the step that
 * it finds itself at once more.
 */
export function createStepGate(deps: {
  readonly cells: CellControlOf;
  readonly elapsedMs: () => number;
}) {
  const { cells, elapsedMs } = deps;
  let watchedAt = -1;
  let baseline: ReturnType<typeof rateBetween> | undefined;

  const limits = (plan: EvacuationPlan, total: number): readonly number[] =>
    plan.steps.map((percent) => Math.ceil((total * percent) / 100));

  /** The number of moved partitions at which the plan stands still until it has watched. */
  const stopAt = (plan: EvacuationPlan, look: Look): number => {
    const total = look.moves.length;
    const isStepped = directionOf(plan) === 'forth' && plan.steps.some((step) => step < 100);
    if (!isStepped) return total;
    const next = limits(plan, total).find((limit) =>
      limit === look.moved ? watchedAt !== look.moved : limit > look.moved,
    );
    return next ?? total;
  };

  return {
    /** How many partitions may move now. */
    allowance: (plan: EvacuationPlan, look: Look): number =>
      Math.max(0, stopAt(plan, look) - look.moved),

    /**
     * Watches where the plan stands at a step; before the first one it learns what is usual.
     * @param pause waits a little; false where the run has to end
     * @returns why the plan has to halt
     */
    async watch(
      plan: EvacuationPlan,
      look: Look,
      pause: (note: string) => Promise<boolean>,
    ): Promise<string | undefined> {
      if (plan.watchS === 0 || stopAt(plan, look) === look.moves.length) return undefined;
      const targets = [
        ...new Set(look.moves.flatMap(({ to }) => (to === undefined ? [] : [to]))),
      ] as CellId[];
      const all = [...new Set([plan.source as CellId, ...targets])];
      const observe = async (durationMs: number, note: string) => {
        const before = await readLoads(cells, all, elapsedMs());
        while (elapsedMs() - before.atMs < durationMs && (await pause(note))) {
          // The pause itself is the work.
        }
        return [before, await readLoads(cells, all, elapsedMs())] as const;
      };
      baseline ??= rateBetween(...(await observe(BASELINE_MS, 'measuring the usual load')), all);
      if (look.moved === 0 || stopAt(plan, look) !== look.moved) return undefined;
      const [before, after]: readonly [LoadReading, LoadReading] = await observe(
        plan.watchS * 1_000,
        `watching the target for ${plan.watchS} s`,
      );
      watchedAt = look.moved;
      return judgeLoad(
        baseline,
        rateBetween(before, after, targets),
        rateBetween(before, after, all),
      );
    },
  };
}
