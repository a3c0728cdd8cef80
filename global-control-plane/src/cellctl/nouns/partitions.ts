import { type Partition, parsePartition, realmOf } from '@commerce/contracts/ids';
import { placementOf } from '@commerce/contracts/placements';
import type { Command } from 'commander';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { formatDuration } from '../format.ts';
import { findHot, respread } from '../spread.ts';
import {
  type Placed,
  placementsOf,
  stateIn,
  type Survey,
  takeSurvey,
} from '../../modules/evacuation/index.ts';

export function addPartitions(program: Command, use: Use): void {
  const partitions = program.command('partitions').description('where partitions live');
  partitions
    .command('list')
    .description('partitions with their primary, standby and lag')
    .option('--cell <cell>', 'only those that it holds')
    .option('--role <role>', 'with --cell: primary or standby')
    .option('--realm <realm>', 'only those of one realm')
    .option('--trouble', 'only those that are not primary and standby as the directory says')
    .action(use(listPartitions));
  partitions
    .command('show <partition>')
    .description('one partition, as the directory and each cell see it')
    .action(use(showPartition));
  partitions
    .command('hot')
    .description('partitions that are written to far more than others')
    .option('--seconds <n>', 'how long to look', '10')
    .option('--top <n>', 'how many to show', '20')
    .action(use(findHot));
  partitions
    .command('respread')
    .description('propose where standbys and primaries should be; changes nothing without --apply')
    .option('--apply', 'give standbys as proposed; primaries only move by evacuations')
    .option('--realm <realm>', 'only this one')
    .option('--without <cell>', 'a cell that shall hold no copies any more')
    .action(use(respread));
}

interface ListFlags {
  readonly cell?: string;
  readonly role?: string;
  readonly realm?: string;
  readonly trouble?: boolean;
}

function describe(survey: Survey, { partition, placement }: Placed) {
  const primary = stateIn(survey, placement.primary, partition);
  const standby = stateIn(survey, placement.standby, partition);
  return {
    partition,
    primary: placement.primary,
    standby: placement.standby ?? null,
    epoch: placement.epoch,
    primaryRole: primary?.role ?? null,
    version: primary?.version ?? null,
    copy: standby?.copy ?? null,
    lagVersions: standby?.lagVersions ?? null,
    lagMs: standby?.lagMs ?? null,
    trouble: troubleOf(survey, { partition, placement }),
  };
}

function troubleOf(survey: Survey, { partition, placement }: Placed): string | null {
  if (survey.states.get(placement.primary) === undefined) return `${placement.primary} is silent`;
  const primary = stateIn(survey, placement.primary, partition);
  if (primary?.role !== 'primary') return `${placement.primary} holds it as ${primary?.role}`;
  if (placement.standby === undefined) return 'it has no standby';
  if (survey.states.get(placement.standby) === undefined) return `${placement.standby} is silent`;
  const standby = stateIn(survey, placement.standby, partition);
  if (standby?.role !== 'standby') return `${placement.standby} holds no copy`;
  if (standby.copy === 'following') return null;
  return `the copy is ${standby.copy}: ${standby.copyProblem ?? 'no reason given'}`;
}

async function listPartitions(cli: Cli, flags: ListFlags): Promise<void> {
  const { out } = cli;
  if (flags.role !== undefined && flags.role !== 'primary' && flags.role !== 'standby') {
    throw new CliFault('usage', `--role is "${flags.role}"`, 'Give primary or standby.');
  }
  const named = flags.cell === undefined ? undefined : await cli.requireCell(flags.cell);
  const realm = flags.realm ?? named?.realm;
  const survey = await takeSurvey(cli, (cell) => realm === undefined || cell.realm === realm);
  if (survey.tables.size === 0) throw new CliFault('absent', `there is no realm "${realm}"`);
  const rows = [...survey.tables.values()]
    .flatMap(placementsOf)
    .filter(({ placement }) => {
      if (named === undefined) return true;
      const isPrimary = placement.primary === named.id && flags.role !== 'standby';
      return isPrimary || (placement.standby === named.id && flags.role !== 'primary');
    })
    .map((placed) => describe(survey, placed))
    .filter(({ trouble }) => flags.trouble !== true || trouble !== null);
  out.result({ partitions: rows }, () => {
    if (rows.length === 0) {
      out.line('none');
      return;
    }
    out.table(
      ['PARTITION', 'PRIMARY', 'STANDBY', 'EPOCH', 'VERSION', 'BEHIND', 'TROUBLE'],
      rows.map((row) => [
        row.partition,
        row.primary,
        row.standby ?? out.colours.red('none'),
        String(row.epoch),
        row.version ?? '–',
        row.lagVersions === null
          ? '–'
          : `${row.lagVersions} (${formatDuration(row.lagMs ?? undefined)})`,
        row.trouble === null ? '' : out.colours.red(row.trouble),
      ]),
    );
  });
}

async function showPartition(cli: Cli, name: string): Promise<void> {
  const { out } = cli;
  const partition = parsePartition(name);
  if (partition === undefined) {
    throw new CliFault('usage', `"${name}" is no partition`, 'Partitions are named like eu-1f3.');
  }
  const found = await describePartition(cli, partition);
  out.result(found, () => {
    out.facts([
      ['partition', out.colours.bold(partition)],
      ['primary', found.primary],
      ['standby', found.standby ?? out.colours.red('none')],
      ['epoch', String(found.epoch)],
      [
        'last cut',
        found.cut === null
          ? 'none on record'
          : `${found.cut.mode}, at version ${found.cut.version}, by ${found.cut.plan}`,
      ],
    ]);
    out.line();
    out.table(
      ['CELL', 'ROLE', 'POSITION', 'CHAIN', 'FOLLOWS', 'COPY', 'BEHIND'],
      found.cells.map((state) => [
        state.cell,
        state.role,
        state.version === null ? '–' : `${state.epoch}.${state.version}`,
        state.chain?.slice(0, 12) ?? '–',
        state.follows ?? '–',
        state.copy ?? '–',
        state.lagVersions ?? '–',
      ]),
    );
    if (found.trouble !== null) out.line(out.colours.red(found.trouble));
  });
}

/** Everything that is known of a partition, from the directory and from every cell of its realm. */
export async function describePartition(cli: Cli, partition: Partition) {
  const survey = await takeSurvey(cli, ({ realm }) => realm === realmOf(partition));
  const table = survey.tables.get(realmOf(partition));
  if (table === undefined)
    throw new CliFault('absent', `there is no realm "${realmOf(partition)}"`);
  const placement = placementOf(table, partition);
  const cells = [...survey.states].map(([cell, answer]) => {
    const state = answer?.states.find((entry) => entry.partition === partition);
    return {
      cell,
      role: answer === undefined ? 'silent' : (state?.role ?? 'absent'),
      epoch: state?.epoch ?? null,
      version: state?.version ?? null,
      chain: state?.chain ?? null,
      follows: state?.follows ?? null,
      copy: state?.copy ?? null,
      lagVersions: state?.lagVersions ?? null,
      lastWriteAt: state?.lastWriteAt ?? null,
      quarantine: answer?.quarantine ?? null,
    };
  });
  return {
    ...describe(survey, { partition, placement }),
    cut: placement.cut ?? null,
    cells,
  };
}
