import { type CellId, slotOf } from '@commerce/contracts/ids';
import type { CompareAnswer, PartitionPoint } from '@commerce/contracts/partition-control';
import {
  CUT_CHAIN_DIGITS,
  type Placement,
  type PlacementCut,
  type PlacementTable,
} from '@commerce/contracts/placements';
import { relate } from './histories.ts';
import type { PartitionRow } from './role-store.ts';

/**
 * How a cell that starts stands to the standbys of its partitions, and what the directory is told once
 * it has caught up with them. Pure.
 */

type History = CompareAnswer['histories'][number];

export type Standing =
  /** The standby has nothing that this cell lacks. */
  | { readonly kind: 'sound' }
  /** The standby goes on where this cell ends: the database is of an earlier time. */
  | { readonly kind: 'behind' }
  /** This cell has writes that the standby never had, and the standby has later ones. */
  | { readonly kind: 'past'; readonly afterVersion: bigint }
  | { readonly kind: 'unknown'; readonly reason: string };

const SOUND: Standing = { kind: 'sound' };

/**
 * @param history what the other holder of the partition says; undefined where it holds nothing of it
 * @param chainAt this cell's own chain at a version; undefined where its log does not reach back to it
 */
export function judge(
  row: PartitionRow,
  placement: Placement,
  history: History | undefined,
  chainAt: (version: bigint) => string | undefined,
): Standing {
  const isTakingOver = row.epoch < BigInt(placement.epoch);
  const cutVersion = isTakingOver ? (placement.cut?.version ?? 0n) : 0n;
  const isOfOldPrimary =
    history !== undefined && history.role !== 'standby' && history.epoch < placement.epoch;
  // After an emergency the old primary may be ahead of what was taken over: its word counts no more.
  const counts = history !== undefined && !(isOfOldPrimary && placement.cut?.mode === 'emergency');
  // A role has to be had before it can be changed.
  if (row.role === 'absent') return { kind: 'behind' };
  if (!counts || history.role === 'absent' || history.version === '0') {
    return row.version >= cutVersion
      ? SOUND
      : { kind: 'unknown', reason: `nobody has what came before the cut at ${cutVersion}` };
  }
  if (history.role === 'primary') {
    return { kind: 'unknown', reason: 'its standby counts as its primary at the moment' };
  }
  return compare(row, history, chainAt);
}

function compare(
  row: PartitionRow,
  history: History,
  chainAt: (version: bigint) => string | undefined,
): Standing {
  const there = BigInt(history.version);
  const common = history.common === null ? undefined : BigInt(history.common.version);
  if (row.version > there && common === there) {
    // Writes that had not reached the standby yet, where its own are the same.
    const own = chainAt(there);
    return own === undefined || own === history.common?.chain
      ? SOUND
      : { kind: 'unknown', reason: `the histories differ before ${there} already` };
  }
  const relation = relate(toPoint(row), history, chainAt);
  switch (relation.kind) {
    case 'contained':
      return row.version === there ? SOUND : { kind: 'behind' };
    case 'past':
      return relation;
    case 'unknown':
      return relation;
  }
}

export function toPoint(row: PartitionRow): PartitionPoint {
  const { partition, epoch, version, chain } = row;
  return { partition, epoch: Number(epoch), version: String(version), chain };
}

/** Id of the cut under which the partitions of an incarnation are written again. */
export function restorePlanOf(incarnation: string): string {
  return `restore_${incarnation.slice(0, 8)}`;
}

/**
 * Burns an epoch for each partition of a cell, at the place where its history stands now: no position
 * of before the restore is given out twice.
 * @returns the next table; undefined where all of it is in the table already
 */
export function burnEpochs(
  table: PlacementTable,
  cell: CellId,
  rows: readonly PartitionRow[],
  plan: string,
): PlacementTable | undefined {
  const placements = [...table.placements];
  let burnt = 0;
  for (const row of rows) {
    const slot = slotOf(row.partition);
    const placement = placements[slot];
    if (placement?.primary !== cell || isCutAt(placement.cut, row, plan)) continue;
    const epoch = Math.max(placement.epoch, Number(row.epoch)) + 1;
    placements[slot] = { ...placement, epoch, cut: cutAt(row, plan) };
    burnt += 1;
  }
  return burnt === 0 ? undefined : { ...table, version: table.version + 1, placements };
}

function cutAt({ version, chain }: PartitionRow, plan: string): PlacementCut {
  return { plan, mode: 'planned', version, chain: chain.slice(0, CUT_CHAIN_DIGITS) };
}

function isCutAt(cut: PlacementCut | undefined, row: PartitionRow, plan: string): boolean {
  return (
    cut?.plan === plan &&
    cut.version === row.version &&
    cut.chain === row.chain.slice(0, CUT_CHAIN_DIGITS)
  );
}

/** A partition of this cell by the directory, with this cell's own row of it. */
export interface Owned {
  readonly row: PartitionRow;
  readonly placement: Placement;
}
