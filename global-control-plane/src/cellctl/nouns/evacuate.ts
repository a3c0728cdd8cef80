import { type Partition, parsePartition, slotOf } from '@commerce/contracts/ids';
import type { Command } from 'commander';
import {
  createPlan,
  type EmergencyResult,
  type Preview,
  previewEvacuation,
  runEmergency,
  wishState,
} from '../../modules/evacuation/index.ts';
import { type Cli, toCellId, type Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../format.ts';
import { paintState, printPlan, RUNNER_ID, runnerDeps, runToTheEnd } from '../run-evacuation.ts';

export function addEvacuate(program: Command, use: Use): void {
  const evacuate = program
    .command('evacuate')
    .description('move the partitions of a cell to others, and back');
  evacuate
    .command('plan <cell>')
    .description('show what an evacuation would do; changes nothing')
    .option('--to <cell>', 'the target (default: the standby of each partition)')
    .option('--partitions <list>', 'only these, separated by commas')
    .action(use(showPlan));
  evacuate
    .command('run <cell>')
    .description('evacuate a cell')
    .option('--to <cell>', 'the target (default: the standby of each partition)')
    .option('--partitions <list>', 'only these, separated by commas')
    .option(
      '--steps <list>',
      'percent after which the target is watched, such as 1,10,50,100',
      '100',
    )
    .option('--watch <seconds>', 'how long it is watched after each step', '30')
    .option('--reason <text>', 'why, for the audit log', '')
    .option('--emergency', 'the cell is gone: its standbys take over with what they have')
    .option(
      '--source-isolated',
      'with --emergency: you know that no shopper reaches the cell any more',
    )
    .action(use(run));
  evacuate
    .command('status [evacuation]')
    .description('one evacuation, or all of them')
    .action(use(showStatus));
  evacuate
    .command('pause [evacuation]')
    .description('stop after the batch under way; what was moved stays moved')
    .action(use(pause));
  evacuate
    .command('resume [evacuation]')
    .description('go on with an evacuation that was paused, halted or interrupted')
    .action(use(resume));
  evacuate
    .command('rollback [evacuation]')
    .description('move everything back to where it was')
    .action(use(rollBack));
  evacuate
    .command('complete [evacuation]')
    .description('make it final: no rollback any more')
    .action(use(complete));
}

interface ChooseFlags {
  readonly to?: string;
  readonly partitions?: string;
  readonly emergency?: boolean;
}

interface RunFlags extends ChooseFlags {
  readonly steps: string;
  readonly watch: string;
  readonly reason: string;
  readonly sourceIsolated?: boolean;
}

async function preview(cli: Cli, name: string, flags: ChooseFlags): Promise<Preview> {
  // The addresses of all later calls come with the list.
  await cli.requireCell(name);
  if (flags.to !== undefined) await cli.requireCell(flags.to);
  return previewEvacuation(cli, {
    source: toCellId(name),
    target: flags.to === undefined ? undefined : toCellId(flags.to),
    slots: parsePartitions(flags.partitions)?.map(slotOf),
    isEmergency: flags.emergency === true,
  });
}

function parsePartitions(text: string | undefined): readonly Partition[] | undefined {
  return text?.split(',').map((word) => {
    const partition = parsePartition(word.trim());
    if (partition === undefined) {
      throw new CliFault('usage', `"${word}" is no partition`, 'Partitions are named like eu-1f3.');
    }
    return partition;
  });
}

async function showPlan(cli: Cli, name: string, flags: ChooseFlags): Promise<void> {
  const plan = await preview(cli, name, flags);
  cli.out.result({ ...plan, partitions: plan.partitions.length }, () => printPreview(cli, plan));
  refuseIllegal(plan, 'planned');
}

function printPreview(cli: Cli, plan: Preview): void {
  const { out } = cli;
  const { size } = plan;
  out.facts([
    ['evacuation of', out.colours.bold(plan.source)],
    ['partitions', formatCount(plan.partitions.length)],
    ['customers', size === undefined ? 'unknown' : formatCount(size.customers)],
    ['orders', size === undefined ? 'unknown' : formatCount(size.orders)],
    [
      'data',
      size === undefined ? 'unknown' : `${formatCount(size.rows)} rows, ${formatBytes(size.bytes)}`,
    ],
    ['expected time', formatDuration(plan.estimateMs)],
  ]);
  if (plan.targets.length > 0) {
    out.line();
    out.table(
      ['TO', 'PARTITIONS', 'HOLDS THEN', 'MAY HOLD', 'TO COPY', 'BEHIND', 'HEALTH'],
      plan.targets.map((target) => [
        target.cell,
        String(target.partitions),
        String(target.primariesAfter),
        String(target.primariesMax ?? 'no limit'),
        String(target.toSeed),
        target.lagVersionsMax === undefined
          ? '–'
          : `${target.lagVersionsMax} writes, ${formatDuration(target.lagMsMax)}`,
        target.ready ? out.colours.green('ready') : out.colours.red('not ready'),
      ]),
    );
  }
  // What comes first is of no interest where it does not come to that.
  if (plan.refusals.length > 0) return;
  for (const warning of plan.warnings) out.line(out.colours.yellow(`note: ${warning}`));
}

/** An emergency may go where a planned move may not, but never against the law. */
const REFUSED_IN_EMERGENCY: ReadonlySet<string> = new Set([
  'unknown-cell',
  'same-cell',
  'other-jurisdiction',
  'other-realm',
  'target-retired',
  'empty',
]);

function refuseIllegal(plan: Preview, mode: 'planned' | 'emergency'): void {
  const refusals = plan.refusals.filter(
    ({ code }) => mode === 'planned' || REFUSED_IN_EMERGENCY.has(code),
  );
  const [first] = refusals;
  if (first === undefined) return;
  const reasons = refusals.map(({ reason }) => reason).join('; ');
  const { alternatives } = first;
  throw new CliFault(
    first.code === 'unknown-cell' ? 'absent' : 'refused',
    `refused: ${reasons}`,
    first.code === 'empty'
      ? `See what it has: cellctl partitions list --cell ${plan.source} --role primary`
      : alternatives.length === 0
        ? 'There is no cell that it could go to.'
        : `Allowed, the nearest first: ${alternatives.join(', ')}.`,
  );
}

async function run(cli: Cli, name: string, flags: RunFlags): Promise<void> {
  const mode = flags.emergency === true ? 'emergency' : 'planned';
  const [steps, watchS] = [parseSteps(flags.steps), parseSeconds(flags.watch)];
  const plan = await preview(cli, name, flags);
  if (!cli.out.json) printPreview(cli, plan);
  refuseIllegal(plan, mode);
  const where = flags.to ?? 'its standbys';
  const what = `${countOf(plan.partitions.length, 'partition')} of ${name} will move to ${where}.`;
  await cli.confirm(mode === 'emergency' ? `EMERGENCY: ${what}` : what, name);
  const slots = parsePartitions(flags.partitions)?.map(slotOf);
  const outcome = await createPlan(
    cli,
    plan.realm,
    {
      source: plan.source,
      target: flags.to === undefined ? undefined : toCellId(flags.to),
      mode,
      slots,
      steps,
      watchS,
      sourceIsolated: flags.sourceIsolated === true,
      reason: flags.reason,
      by: cli.operator,
      runnerId: RUNNER_ID,
    },
    plan.partitions.length,
  );
  if ('conflicting' in outcome) {
    const { id, state } = outcome.conflicting;
    throw new CliFault(
      'busy',
      `${name} is being evacuated already (${id}, ${state})`,
      `Look: cellctl evacuate status ${id}. Go on: cellctl evacuate resume ${id}.`,
    );
  }
  const { created } = outcome;
  const detail = {
    source: name,
    target: created.target,
    mode,
    partitions: plan.partitions.length,
    sourceIsolated: created.sourceIsolated,
    reason: flags.reason,
  };
  await cli.audit.record(
    { action: 'evacuation.create', subject: created.id, outcome: 'running', detail },
    { isUrgent: mode === 'emergency' },
  );
  if (mode === 'emergency') await runInEmergency(cli, created.id);
  else await runToTheEnd(cli, created.id);
}

function parseSteps(text: string): readonly number[] {
  const steps = text.split(',').map(Number);
  const grows = steps.every((step, i) => step >= 1 && step <= 100 && step > (steps[i - 1] ?? 0));
  if (grows && steps.every(Number.isInteger) && steps.at(-1) === 100) return steps;
  throw new CliFault(
    'usage',
    `--steps is "${text}"`,
    'Give growing percents that end with 100, such as 1,10,50,100.',
  );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 3_600) return seconds;
  throw new CliFault('usage', `--watch is "${text}"`, 'Give seconds from 0 to 3600.');
}

async function runInEmergency(cli: Cli, id: string): Promise<void> {
  const begunMs = performance.now();
  const result = await runEmergency(runnerDeps(cli), id);
  cli.out.endLive();
  const { plan } = result;
  if (plan === undefined) throw new CliFault('absent', `there is no evacuation "${id}"`);
  if (result.outcome === 'busy') throw new CliFault('busy', `${plan.runner?.id} works at ${id}`);
  const tookMs = performance.now() - begunMs;
  await cli.audit.record({
    action: 'evacuation.emergency',
    subject: id,
    outcome: result.outcome === 'not-isolated' ? 'refused' : plan.state,
    detail: {
      source: plan.source,
      promoted: result.promoted.length,
      stranded: result.stranded.length,
      fenced: result.fenced,
      gapPartitions: result.gaps.length,
      gapVersions: result.gaps.reduce((sum, { versions }) => sum + versions, 0n).toString(),
      sourceIsolated: plan.sourceIsolated,
      durationMs: Math.round(tookMs),
    },
  });
  if (result.outcome === 'not-isolated') {
    throw new CliFault(
      'refused',
      `${plan.source} does not answer, but shoppers may still reach it: it would go on selling`,
      'Cut it off (stop it, or close its network), then add --source-isolated.',
    );
  }
  cli.out.result(result, () => printEmergency(cli, result, tookMs));
  if (result.stranded.length > 0 || plan.state !== 'done') {
    throw new CliFault(
      'halted',
      `${countOf(result.stranded.length, 'partition')} stay with ${plan.source}`,
      'They are served again when it comes back.',
    );
  }
}

function printEmergency(cli: Cli, result: EmergencyResult, tookMs: number): void {
  const { out } = cli;
  const { plan, gaps, silentRouters } = result;
  out.facts([
    ['evacuation', out.colours.bold(plan?.id ?? '')],
    ['taken over', countOf(result.promoted.length, 'partition')],
    ['of these fenced at the source', `${result.fenced} (nothing of these is lost)`],
    ['stay with the source', countOf(result.stranded.length, 'partition')],
    ['routers with the new table', `${result.acknowledgedRouters.length} of ${cli.routers.length}`],
    ['took', formatDuration(tookMs)],
  ]);
  const atLeast = silentRouters.length > 0 ? 'at least ' : '';
  if (silentRouters.length > 0) {
    out.line(
      out.colours.yellow(`routers that did not tell what they saw: ${silentRouters.join(', ')}`),
    );
  }
  const total = gaps.reduce((sum, { versions }) => sum + versions, 0n);
  if (gaps.length === 0) {
    out.line(out.colours.green(`gap: ${atLeast}0 writes`));
  } else {
    out.line(
      out.colours.red(`gap: ${atLeast}${total} writes in ${countOf(gaps.length, 'partition')}`),
    );
    out.table(
      ['PARTITION', 'SEEN BY ROUTERS', 'APPLIED', 'MISSING'],
      gaps.map(({ partition, seen, applied, versions }) => [
        partition,
        `${seen.epoch}.${seen.version}`,
        `${applied.epoch}.${applied.version}`,
        `${atLeast}${versions}`,
      ]),
    );
  }
  for (const { partition, reason } of result.stranded.slice(0, 10)) {
    out.line(`  ${partition}  ${reason}`);
  }
}

async function showStatus(cli: Cli, id: string | undefined): Promise<void> {
  const { out } = cli;
  if (id !== undefined) {
    const plan = await cli.requirePlan(id);
    out.result(plan, () => printPlan(cli, plan));
    return;
  }
  const plans = (await cli.directory.listPlans()).map(({ plan }) => plan);
  out.result({ evacuations: plans }, () => {
    if (plans.length === 0) {
      out.line('no evacuation was ever asked for');
      return;
    }
    out.table(
      ['EVACUATION', 'FROM', 'TO', 'MODE', 'STATE', 'MOVED', 'BEGUN', 'BY'],
      plans.map((plan) => [
        plan.id,
        plan.source,
        plan.target ?? 'standbys',
        plan.mode,
        paintState(cli, plan),
        `${plan.counts.moved}/${plan.counts.total}`,
        plan.createdAt.slice(0, 19),
        plan.createdBy,
      ]),
    );
  });
}

async function wish(
  cli: Cli,
  id: string | undefined,
  state: 'running' | 'paused' | 'rolling-back' | 'completed',
): Promise<string> {
  const plan = await cli.requirePlan(id);
  const isWorked = state === 'running' || state === 'rolling-back';
  const outcome = await wishState(cli, plan.id, state, isWorked ? RUNNER_ID : undefined);
  if (outcome === 'absent') throw new CliFault('absent', `there is no evacuation "${plan.id}"`);
  if ('refused' in outcome)
    throw new CliFault('refused', `${plan.id} can't become ${state}: ${outcome.refused}`);
  await cli.audit.record({
    action: `evacuation.${state}`,
    subject: plan.id,
    outcome: outcome.plan.state,
    detail: { source: plan.source },
  });
  return plan.id;
}

async function pause(cli: Cli, id: string | undefined): Promise<void> {
  const paused = await wish(cli, id, 'paused');
  cli.out.result({ evacuation: paused, state: 'paused' }, () => {
    cli.out.line(`${paused} stops after its batch. Go on: cellctl evacuate resume ${paused}`);
  });
}

async function resume(cli: Cli, id: string | undefined): Promise<void> {
  const { id: known, state, mode } = await cli.requirePlan(id);
  await cli.listCells();
  // Back is back: a rollback that was interrupted goes on as one.
  const resumed = state === 'rolling-back' ? known : await wish(cli, known, 'running');
  if (mode === 'emergency' && state !== 'rolling-back') await runInEmergency(cli, resumed);
  else await runToTheEnd(cli, resumed);
}

async function rollBack(cli: Cli, id: string | undefined): Promise<void> {
  const plan = await cli.requirePlan(id);
  await cli.listCells();
  await cli.confirm(
    `${countOf(plan.counts.moved, 'partition')} move back to ${plan.source}.`,
    plan.source,
  );
  const known = await wish(cli, plan.id, 'rolling-back');
  await runToTheEnd(cli, known);
}

async function complete(cli: Cli, id: string | undefined): Promise<void> {
  const plan = await cli.requirePlan(id);
  await cli.confirm(`${plan.id} becomes final: there is no rollback any more.`, plan.source);
  const known = await wish(cli, plan.id, 'completed');
  cli.out.result({ evacuation: known, state: 'completed' }, () => {
    cli.out.line(
      `${known} is final. ${plan.source} follows as a standby; it may be retired once it has no copies.`,
    );
  });
}
