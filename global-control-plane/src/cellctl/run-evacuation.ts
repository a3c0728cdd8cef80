import { hostname } from 'node:os';
import type { EvacuationPlan, PlanPhase } from '@commerce/contracts/evacuation-plans';
import {
  type Progress,
  type RunnerDeps,
  type RunResult,
  runPlan,
  wishState,
} from '../modules/evacuation/index.ts';
import type { Cli } from './cli.ts';
import { CliFault } from './exit-codes.ts';
import { countOf, formatCount, formatDuration } from './format.ts';

const PHASE_WORDS: Readonly<Record<Progress['phase'], string>> = {
  look: 'looking',
  seed: 'copying',
  verify: 'comparing rows',
  'catch-up': 'catching up',
  fence: 'fencing',
  await: 'catching up',
  flip: 'switching',
  promote: 'taking over',
  demote: 'handing over',
  watch: 'watching',
};

/** Name of this process as a runner. */
export const RUNNER_ID = `cellctl-${hostname().slice(0, 40)}-${process.pid}`;

/** What a runner needs, with a live line for people. */
export function runnerDeps(cli: Cli): RunnerDeps {
  const begunMs = performance.now();
  return {
    directory: cli.directory,
    cells: cli.cells,
    routers: cli.routers,
    clock: cli.clock,
    elapsedMs: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    runnerId: RUNNER_ID,
    onProgress: (progress) => cli.out.live(describeProgress(progress, performance.now() - begunMs)),
  };
}

function describeProgress(progress: Progress, elapsedMs: number): string {
  const { phase, moved, total, leftMs, pauseMs, note } = progress;
  const percent = total === 0 ? 100 : Math.floor((moved / total) * 100);
  const parts = [
    `${moved}/${total} (${percent} %)`,
    PHASE_WORDS[phase],
    note,
    pauseMs === undefined ? undefined : `last pause ${formatDuration(pauseMs)}`,
    formatDuration(elapsedMs),
    leftMs === undefined || moved === total ? undefined : `about ${formatDuration(leftMs)} left`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/**
 * Works at a plan until it ends. Ctrl-C pauses it once nothing is fenced.
 * @throws CliFault `absent`, `busy`, `halted` or `interrupted`
 */
export async function runToTheEnd(cli: Cli, id: string): Promise<RunResult> {
  const begunMs = performance.now();
  const result = await runPlan(runnerDeps(cli), id, cli.signal);
  cli.out.endLive();
  const { plan, outcome } = result;
  if (plan === undefined) throw new CliFault('absent', `there is no evacuation "${id}"`);
  if (outcome === 'busy') {
    throw new CliFault(
      'busy',
      `${plan.runner?.id} works at ${id}`,
      `Watch it: cellctl evacuate status ${id}`,
    );
  }
  if (outcome === 'interrupted') await wishState(cli, id, 'paused');
  const latest = (await cli.directory.readPlan(id))?.plan ?? plan;
  await cli.audit.record({
    action: 'evacuation.run',
    subject: id,
    outcome: latest.state,
    detail: {
      source: plan.source,
      moved: plan.counts.moved,
      total: plan.counts.total,
      durationMs: Math.round(performance.now() - begunMs),
    },
  });
  cli.out.result({ ...result, plan: latest }, () => {
    printPlan(cli, latest);
    printRun(cli, result, performance.now() - begunMs);
  });
  refuseUnfinished(latest, outcome);
  return { ...result, plan: latest };
}

function refuseUnfinished(plan: EvacuationPlan, outcome: RunResult['outcome']): void {
  const resume = `Go on: cellctl evacuate resume ${plan.id}. Go back: cellctl evacuate rollback ${plan.id}.`;
  if (outcome === 'interrupted') {
    throw new CliFault('interrupted', `${plan.id} is paused; nothing is fenced`, resume);
  }
  if (outcome === 'taken-over') {
    throw new CliFault('busy', `another runner has taken ${plan.id} over`);
  }
  if (plan.state === 'halted')
    throw new CliFault('halted', `${plan.id} halted: ${plan.halt}`, resume);
  if (plan.state === 'paused') throw new CliFault('halted', `${plan.id} was paused`, resume);
}

function printRun(cli: Cli, result: RunResult, durationMs: number): void {
  const { out } = cli;
  const { verified, unmatched, blocked } = result;
  out.facts([
    ['this run took', formatDuration(durationMs)],
    [
      'rows compared',
      `${formatCount(verified.rows)} in ${countOf(verified.partitions, 'partition')}`,
    ],
  ]);
  if (unmatched.length > 0) {
    out.line(
      `${countOf(unmatched.length, 'partition')} compared by history alone: written to all the time`,
    );
  }
  for (const { partition, reason } of blocked.slice(0, 10)) out.line(`  ${partition}  ${reason}`);
  if (blocked.length > 10) out.line(`  and ${blocked.length - 10} more`);
}

/** One plan, for people. */
export function printPlan(cli: Cli, plan: EvacuationPlan): void {
  const { out } = cli;
  const { pauses, counts, phasesMs } = plan;
  const phases = Object.entries(phasesMs) as [PlanPhase, number][];
  out.facts([
    ['evacuation', out.colours.bold(plan.id)],
    ['state', paintState(cli, plan)],
    ['from', plan.source],
    ['to', plan.target ?? 'the standby of each partition'],
    ['mode', plan.mode],
    [
      plan.state === 'rolled-back' || plan.state === 'rolling-back' ? 'moved back' : 'moved',
      `${counts.moved} of ${counts.total}`,
    ],
    ...(plan.halt === null ? [] : [['halted since', plan.halt] as const]),
    ['reason', plan.reason === '' ? '–' : plan.reason],
    ['begun', `${plan.createdAt} by ${plan.createdBy}`],
    ...(plan.finishedAt === null ? [] : [['finished', plan.finishedAt] as const]),
    [
      'pause of a partition',
      pauses === null
        ? '–'
        : `median ${pauses.p50Ms} ms, 99 % ${pauses.p99Ms} ms, longest ${pauses.maxMs} ms`,
    ],
    [
      'time by phase',
      phases.length === 0
        ? '–'
        : phases.map(([phase, ms]) => `${phase} ${formatDuration(ms)}`).join(', '),
    ],
  ]);
}

export function paintState(cli: Cli, { state }: EvacuationPlan): string {
  const { green, yellow, red } = cli.out.colours;
  switch (state) {
    case 'done':
    case 'completed':
    case 'rolled-back':
      return green(state);
    case 'halted':
      return red(state);
    case 'running':
    case 'paused':
    case 'rolling-back':
      return yellow(state);
  }
}
