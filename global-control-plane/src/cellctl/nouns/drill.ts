import type { Command } from 'commander';
import { createPlan, previewEvacuation, wishState } from '../../modules/evacuation/index.ts';
import { type Cli, toCellId, type Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf, formatDuration } from '../format.ts';
import { RUNNER_ID, runToTheEnd } from '../run-evacuation.ts';

export function addDrill(program: Command, use: Use): void {
  program
    .command('drill <cell>')
    .description('empty a cell to its standbys and bring it back, with the times of both ways')
    .option('--reason <text>', 'why, for the audit log', 'drill')
    .action(use(drill));
}

async function drill(cli: Cli, name: string, flags: { readonly reason: string }): Promise<void> {
  const source = toCellId(name);
  await cli.listCells();
  const preview = await previewEvacuation(cli, { source, target: undefined, slots: undefined });
  const [refusal] = preview.refusals;
  if (refusal !== undefined) throw new CliFault('refused', refusal.reason);
  await cli.confirm(
    `${countOf(preview.partitions.length, 'partition')} of ${name} move to their standbys and back.`,
    name,
  );
  const outcome = await createPlan(
    cli,
    preview.realm,
    {
      source,
      target: undefined,
      mode: 'planned',
      slots: undefined,
      steps: [100],
      watchS: 0,
      sourceIsolated: false,
      reason: flags.reason,
      by: cli.operator,
      runnerId: RUNNER_ID,
    },
    preview.partitions.length,
  );
  if ('conflicting' in outcome) {
    throw new CliFault('busy', `${name} is being evacuated already (${outcome.conflicting.id})`);
  }
  const { id } = outcome.created;
  const quiet: Cli = { ...cli, out: { ...cli.out, result: () => undefined } };
  const there = await timed(() => runToTheEnd(quiet, id));
  await wishState(cli, id, 'rolling-back', RUNNER_ID);
  const back = await timed(() => runToTheEnd(quiet, id));
  const plan = (await cli.directory.readPlan(id))?.plan;
  await cli.audit.record({
    action: 'drill',
    subject: name,
    outcome: plan?.state ?? 'unknown',
    detail: { evacuation: id, thereMs: there.tookMs, backMs: back.tookMs },
  });
  const legs = [
    { leg: 'there', ...there },
    { leg: 'back', ...back },
  ];
  cli.out.result({ evacuation: id, legs }, () => {
    cli.out.table(
      ['WAY', 'TOOK', 'PAUSE MEDIAN', '99 %', 'LONGEST', 'ROWS COMPARED'],
      legs.map(({ leg, tookMs, pauses, rows }) => [
        leg,
        formatDuration(tookMs),
        `${pauses?.p50Ms ?? '–'} ms`,
        `${pauses?.p99Ms ?? '–'} ms`,
        `${pauses?.maxMs ?? '–'} ms`,
        String(rows),
      ]),
    );
  });
}

async function timed(run: () => ReturnType<typeof runToTheEnd>) {
  const begunMs = performance.now();
  const { plan, verified } = await run();
  return {
    tookMs: Math.round(performance.now() - begunMs),
    pauses: plan?.pauses ?? null,
    rows: verified.rows,
  };
}
