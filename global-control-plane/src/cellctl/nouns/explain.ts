import {
  GLOBAL_ID_TYPES,
  type Partition,
  PARTITION_ID_TYPES,
  parsePartition,
  partitionOfId,
} from '@commerce/contracts/ids';
import type { PlacementCut } from '@commerce/contracts/placements';
import type { Command } from 'commander';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { describeQuarantine } from '../quarantine.ts';
import { describePartition } from './partitions.ts';

export function addExplain(program: Command, use: Use): void {
  program
    .command('explain <id>')
    .description(
      'what an id is, and where what it names lives: order, cart, partition, cell, evacuation',
    )
    .action(use(explain));
}

async function explain(cli: Cli, id: string): Promise<void> {
  const partition = parsePartition(id) ?? partitionOfId(id);
  if (partition !== undefined) {
    await explainPartition(cli, id, partition);
    return;
  }
  const type = /^([a-z]{2,4})_/.exec(id)?.[1] ?? '';
  if (type in GLOBAL_ID_TYPES) {
    const what = GLOBAL_ID_TYPES[type as keyof typeof GLOBAL_ID_TYPES];
    const document = { id, what, partition: null };
    cli.out.result(document, () => {
      cli.out.line(
        `${id} names a ${what}: it is global, in the control plane and in every cell that sells it.`,
      );
    });
    return;
  }
  const [cells, plans] = [await cli.listCells(), await cli.directory.listPlans()];
  const cell = cells.find((entry) => entry.id === id);
  const plan = plans.find((entry) => entry.plan.id === id)?.plan;
  if (cell === undefined && plan === undefined) {
    throw new CliFault(
      'absent',
      `"${id}" names nothing that is known`,
      'Ids look like ord_eu1f3_…, eu-1f3, eu-de-1, evac_….',
    );
  }
  cli.out.result({ id, cell, plan }, () => {
    if (cell !== undefined) cli.out.line(`${id} is a cell: cellctl cells show ${id}`);
    if (plan !== undefined) cli.out.line(`${id} is an evacuation: cellctl evacuate status ${id}`);
  });
}

/** A cut that no evacuation made is the one at which a restored cell has begun again. */
function describeEnd({ plan, mode }: PlacementCut): string {
  return plan.startsWith('restore_')
    ? `as its cell came back from a backup (${plan})`
    : `${mode}, by ${plan}`;
}

async function explainPartition(cli: Cli, id: string, partition: Partition): Promise<void> {
  const { out } = cli;
  const type = /^([a-z]{2,4})_/.exec(id)?.[1] ?? '';
  const what =
    type in PARTITION_ID_TYPES
      ? PARTITION_ID_TYPES[type as keyof typeof PARTITION_ID_TYPES]
      : 'partition';
  const found = await describePartition(cli, partition);
  const plans = (await cli.directory.listPlans()).map(({ plan }) => plan);
  const last = plans.find(({ id: planId }) => planId === found.cut?.plan);
  const primary = found.cells.find(({ cell }) => cell === found.primary);
  const standby = found.cells.find(({ cell }) => cell === found.standby);
  out.result({ id, what, ...found, lastEvacuation: last ?? null }, () => {
    out.facts([
      [what, out.colours.bold(id)],
      ...(id === partition ? [] : ([['partition', partition]] as const)),
      ['lives in', `${found.primary} (${primary?.role ?? 'unknown'})`],
      ['epoch', String(found.epoch)],
      ['position', primary?.version ? `${primary.epoch}.${primary.version}` : 'unknown'],
      ['last write', primary?.lastWriteAt ?? (primary?.version === '0' ? 'never' : 'unknown')],
      [
        'standby',
        found.standby === null
          ? out.colours.red('none')
          : `${found.standby} (${standby?.copy ?? standby?.role ?? 'unknown'}, ${standby?.lagVersions ?? '?'} writes behind)`,
      ],
      [
        'history',
        found.cut === null
          ? 'never moved'
          : `epoch ${found.epoch - 1} ended at version ${found.cut.version}, ${describeEnd(found.cut)}` +
            (last === undefined ? '' : ` (${last.createdBy}, ${last.createdAt.slice(0, 19)})`),
      ],
    ]);
    if (found.trouble !== null) out.line(out.colours.red(found.trouble));
    if (primary?.quarantine) {
      out.line(out.colours.red(`${primary.cell}: ${describeQuarantine(primary.quarantine)}`));
    }
  });
}
