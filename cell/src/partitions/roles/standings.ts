import { type CellId, type Partition, partitionAt } from '@commerce/contracts/ids';
import type { CompareAnswer, PartitionPoint } from '@commerce/contracts/partition-control';
import { type PlacementTable, placementOf } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import { GENESIS_CHAIN } from '../change-log.ts';
import { readChainsAt } from './catch-up-store.ts';
import { judge, type Owned, type Standing, toPoint } from './restored.ts';
import { readRows } from './role-store.ts';

/** How this cell stands to the standbys of its partitions, as one look has found it. */
export interface Standings {
  readonly owned: readonly Owned[];
  /** Of partitions whose standby has answered. */
  readonly of: ReadonlyMap<Partition, Standing>;
  /** Standbys that did not answer. */
  readonly silent: readonly CellId[];
}

export type Compare = (
  cell: CellId,
  points: readonly PartitionPoint[],
  signal: AbortSignal,
) => Promise<CompareAnswer>;

const COMPARE_MS_MAX = 10_000;

/** This cell's rows of the partitions that a table gives to it. */
export async function readOwned(
  sql: Sql,
  cell: CellId,
  table: PlacementTable,
): Promise<readonly Owned[]> {
  const names = table.placements.flatMap(({ primary }, slot) =>
    primary === cell ? [partitionAt(table.realm, slot)] : [],
  );
  const rows = await readRows(sql, names);
  return rows.map((row) => ({ row, placement: placementOf(table, row.partition) }));
}

/** What is owned, by who holds the other copy. */
export function groupByStandby(owned: readonly Owned[]): Map<CellId | undefined, Owned[]> {
  return Map.groupBy(owned, ({ placement }) => placement.standby);
}

/** Asks every standby how far it is. Changes nothing. */
export async function lookAtStandbys(
  deps: { readonly sql: Sql; readonly cell: CellId; readonly compare: Compare },
  table: PlacementTable,
): Promise<Standings> {
  const owned = await readOwned(deps.sql, deps.cell, table);
  const silent: CellId[] = [];
  const standings = new Map<Partition, Standing>();
  for (const [standby, group] of groupByStandby(owned)) {
    if (standby === undefined) continue;
    const histories = await ask(deps.compare, standby, group);
    if (histories === undefined) silent.push(standby);
    else await judgeGroup(deps.sql, group, histories, standings);
  }
  return { owned, of: standings, silent };
}

/** @returns undefined where the standby does not answer */
async function ask(compare: Compare, standby: CellId, group: readonly Owned[]) {
  try {
    const points = group.map(({ row }) => toPoint(row));
    return (await compare(standby, points, AbortSignal.timeout(COMPARE_MS_MAX))).histories;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

async function judgeGroup(
  sql: Sql,
  group: readonly Owned[],
  histories: CompareAnswer['histories'],
  standings: Map<Partition, Standing>,
): Promise<void> {
  const byName = new Map<string, CompareAnswer['histories'][number]>(
    histories.map((history) => [history.partition, history]),
  );
  const commons = group.flatMap(({ row }) => {
    const common = byName.get(row.partition)?.common;
    return common ? [{ partition: row.partition, version: BigInt(common.version) }] : [];
  });
  const chains = await readChainsAt(sql, commons);
  for (const { row, placement } of group) {
    const standing = judge(row, placement, byName.get(row.partition), (version) => {
      if (version === 0n) return GENESIS_CHAIN;
      return version === row.version ? row.chain : chains.get(row.partition);
    });
    standings.set(row.partition, standing);
  }
}
