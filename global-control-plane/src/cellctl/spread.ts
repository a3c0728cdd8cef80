import type { Partition } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import {
  findHotPartitions,
  proposeMoves,
  proposeStandbys,
  type StandbyChange,
} from '../modules/placement/index.ts';
import type { Cli } from './cli.ts';
import { CliFault } from './exit-codes.ts';
import { countOf } from './format.ts';
import { takeSurvey } from '../modules/evacuation/index.ts';

/** What `partitions hot` and `partitions respread` do. */

async function readVersions(cli: Cli): Promise<ReadonlyMap<Partition, bigint>> {
  const survey = await takeSurvey(cli);
  return new Map(
    [...survey.states.values()].flatMap((answer) =>
      (answer?.states ?? []).flatMap(({ partition, role, version }): [Partition, bigint][] =>
        role === 'primary' ? [[partition as Partition, BigInt(version)]] : [],
      ),
    ),
  );
}

export async function findHot(
  cli: Cli,
  flags: { readonly seconds: string; readonly top: string },
): Promise<void> {
  const { out } = cli;
  const [seconds, top] = [toCount('--seconds', flags.seconds), toCount('--top', flags.top)];
  const before = await readVersions(cli);
  out.live(`looking for ${seconds} s`);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const hot = findHotPartitions(before, await readVersions(cli));
  out.endLive();
  out.result({ seconds, hot: hot.slice(0, top) }, () => {
    if (hot.length === 0) {
      out.line('no partition is written to far more than others');
      return;
    }
    out.table(
      ['PARTITION', 'WRITES/S', 'TIMES THE AVERAGE'],
      hot
        .slice(0, top)
        .map(({ partition, writes, timesAverage }) => [
          partition,
          (writes / seconds).toFixed(1),
          timesAverage.toFixed(0),
        ]),
    );
  });
}

interface RespreadFlags {
  readonly apply?: boolean;
  readonly realm?: string;
  readonly without?: string;
}

export async function respread(cli: Cli, flags: RespreadFlags): Promise<void> {
  const { out } = cli;
  const cells = await cli.listCells();
  const without = new Set<string>();
  if (flags.without !== undefined) without.add((await cli.requireCell(flags.without)).id);
  const realms = [...new Set(cells.map(({ realm }) => realm))].filter(
    (realm) => flags.realm === undefined || realm === flags.realm,
  );
  const proposals = [];
  for (const realm of realms) {
    const table = await cli.directory.readPlacements(realm);
    if (table === undefined) continue;
    const standbys = proposeStandbys(table, cells, without);
    proposals.push({ table, standbys, moves: proposeMoves(table, cells) });
  }
  if (proposals.length === 0) throw new CliFault('absent', 'there is no such realm');
  const document = proposals.map(({ table, standbys, moves }) => ({
    realm: table.realm,
    standbys,
    moves,
  }));
  const isApplied = flags.apply === true;
  if (isApplied) {
    for (const { table, standbys } of proposals) await giveStandbys(cli, table, standbys);
  }
  out.result({ applied: isApplied, realms: document }, () => {
    for (const { realm, standbys, moves } of document) {
      const verb = isApplied ? 'got' : 'should get';
      out.line(`${realm}: ${countOf(standbys.length, 'partition')} ${verb} another standby`);
      for (const { from, to, partitions } of moves) {
        out.line(`  ${countOf(partitions.length, 'partition')} should move from ${from} to ${to}:`);
        out.line(`  cellctl evacuate run ${from} --to ${to} --partitions ${partitions.join(',')}`);
      }
    }
  });
}

/** The epoch stays: a change of the standby changes nothing about who may write. */
async function giveStandbys(
  cli: Cli,
  table: PlacementTable,
  changes: readonly StandbyChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const placements = [...table.placements];
  for (const { slot, to } of changes) {
    const placement = placements[slot];
    if (placement !== undefined) placements[slot] = { ...placement, standby: to };
  }
  const next = { ...table, version: table.version + 1, placements };
  if ((await cli.directory.replacePlacements(next, table.version)) === 'conflict') {
    throw new CliFault('busy', `the placements of ${table.realm} have just changed`, 'Try again.');
  }
  await cli.audit.record({
    action: 'standbys.respread',
    subject: table.realm,
    outcome: 'given',
    detail: { partitions: changes.length },
  });
}

function toCount(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_024) return value;
  throw new CliFault('usage', `${flag} is "${text}"`, 'Give a number from 1 to 1024.');
}
