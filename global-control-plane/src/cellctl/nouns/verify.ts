import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Command } from 'commander';
import { placementsOf, type Verification, verifyCopies } from '../../modules/evacuation/index.ts';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf, formatCount, formatDuration } from '../format.ts';

/** Partitions whose rows are hashed by one call: a cell must not be busy with it for long. */
const BATCH = 64;

export function addVerify(program: Command, use: Use): void {
  program
    .command('verify')
    .description('compare all rows of partitions with those of their standbys')
    .option('--cell <cell>', 'only partitions that it is primary of')
    .option('--partition <partition>', 'only this one')
    .option('--repair', 'copy what differs anew from the primary')
    .action(use(verify));
}

interface VerifyFlags {
  readonly cell?: string;
  readonly partition?: string;
  readonly repair?: boolean;
}

interface Pair {
  readonly primary: CellId;
  readonly standby: CellId;
  readonly partitions: readonly Partition[];
}

async function verify(cli: Cli, flags: VerifyFlags): Promise<void> {
  const { out } = cli;
  const begunMs = performance.now();
  const { pairs, bare } = await findPairs(cli, flags);
  const total = pairs.reduce((sum, { partitions }) => sum + partitions.length, 0);
  const different: (Verification['different'][number] & Omit<Pair, 'partitions'>)[] = [];
  const unmatched: Partition[] = [];
  let rows = 0;
  let same = 0;
  for (const { primary, standby, partitions } of pairs) {
    for (let start = 0; start < partitions.length && !cli.signal.aborted; start += BATCH) {
      const batch = partitions.slice(start, start + BATCH);
      const found = await verifyCopies(cli.cells, primary, standby, batch);
      rows += found.rows;
      same += found.same.length;
      unmatched.push(...found.unmatched);
      different.push(...found.different.map((entry) => ({ ...entry, primary, standby })));
      out.live(
        `${same}/${total} compared · ${primary} with ${standby} · ${formatCount(rows)} rows`,
      );
    }
  }
  const repaired = flags.repair === true ? await repairAll(cli, different) : [];
  out.endLive();
  const left = different.filter(({ partition }) => !repaired.includes(partition));
  out.result({ partitions: total, same, rows, different, repaired, unmatched, bare }, () => {
    out.facts([
      ['compared', `${formatCount(rows)} rows in ${countOf(total, 'partition')}`],
      ['the same', String(same)],
      ['different', String(different.length)],
      ['repaired', String(repaired.length)],
      ['written to all the time', String(unmatched.length)],
      ['without a standby', String(bare.length)],
      ['took', formatDuration(performance.now() - begunMs)],
    ]);
    for (const { partition, tables, standby } of different) {
      out.line(out.colours.red(`${partition} in ${standby} differs in ${tables.join(', ')}`));
    }
  });
  if (repaired.length > 0) {
    const detail = { partitions: repaired.length };
    await cli.audit.record({
      action: 'copies.repair',
      subject: flags.cell ?? 'all',
      outcome: 'repaired',
      detail,
    });
  }
  if (left.length > 0) {
    throw new CliFault(
      'different',
      `${countOf(left.length, 'partition')} differ from their primaries`,
      flags.repair === true
        ? 'See runbooks/standby-lag-grows.md.'
        : 'Copy them anew with --repair.',
    );
  }
}

async function findPairs(cli: Cli, flags: VerifyFlags) {
  const cells = await cli.listCells();
  const named = flags.cell === undefined ? undefined : await cli.requireCell(flags.cell);
  const bare: Partition[] = [];
  const pairs = new Map<string, Pair & { partitions: Partition[] }>();
  for (const realm of new Set(cells.map((cell) => cell.realm))) {
    const table = await cli.directory.readPlacements(realm);
    for (const { partition, placement } of table === undefined ? [] : placementsOf(table)) {
      const { primary, standby } = placement;
      if (named !== undefined && primary !== named.id) continue;
      if (flags.partition !== undefined && partition !== flags.partition) continue;
      if (standby === undefined) {
        bare.push(partition);
        continue;
      }
      const key = `${primary} ${standby}`;
      const pair = pairs.get(key) ?? { primary, standby, partitions: [] };
      pair.partitions.push(partition);
      pairs.set(key, pair);
    }
  }
  if (flags.partition !== undefined && pairs.size === 0 && bare.length === 0) {
    throw new CliFault('absent', `there is no partition "${flags.partition}"`);
  }
  return { pairs: [...pairs.values()], bare };
}

/** @returns the partitions that are the same now */
async function repairAll(
  cli: Cli,
  different: readonly (Omit<Pair, 'partitions'> & { readonly partition: Partition })[],
): Promise<readonly Partition[]> {
  const repaired: Partition[] = [];
  for (const [, group] of Map.groupBy(
    different,
    ({ primary, standby }) => `${primary} ${standby}`,
  )) {
    const { primary, standby } = group[0] as (typeof group)[number];
    const names = group.map(({ partition }) => partition);
    await cli.cells(standby).repair(names);
    await waitUntilFollowing(cli, standby, names);
    const again = await verifyCopies(cli.cells, primary, standby, names);
    repaired.push(...again.same);
  }
  return repaired;
}

const FOLLOW_PAUSE_MS = 250;
const FOLLOW_ATTEMPTS_MAX = 240;

/** A repair copies anew; it is over when the copies follow their primary again. */
async function waitUntilFollowing(
  cli: Cli,
  standby: CellId,
  partitions: readonly Partition[],
): Promise<void> {
  for (let attempt = 1; attempt <= FOLLOW_ATTEMPTS_MAX && !cli.signal.aborted; attempt += 1) {
    const { states } = await cli.cells(standby).states(partitions);
    const copying = states.filter(({ copy }) => copy !== 'following').length;
    if (copying === 0) return;
    cli.out.live(`${copying} partitions are being copied anew in ${standby}`);
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_PAUSE_MS));
  }
}
