import type { CellId } from '@commerce/contracts/ids';
import type { CompareAnswer } from '@commerce/contracts/partition-control';
import { CUT_CHAIN_DIGITS, type Placement, placementOf } from '@commerce/contracts/placements';
import { describe, expect, it } from 'vitest';
import { CELL, OTHER_CELL, partition, placements } from '../partitions.fixture.ts';
import { burnEpochs, judge, restorePlanOf } from './restored.ts';
import type { PartitionRow } from './role-store.ts';

const name = partition(3);
const chain = (version: number | bigint, branch = 'a'): string =>
  `${branch}${version}`.padEnd(64, '0').replaceAll(/[^0-9a-f]/g, '0');
const row = (version: number, more: Partial<PartitionRow> = {}): PartitionRow => ({
  partition: name,
  role: 'primary',
  epoch: 1n,
  version: BigInt(version),
  chain: chain(version),
  ...more,
});
const placed = (more: Partial<Placement> = {}): Placement => ({
  primary: CELL,
  standby: OTHER_CELL,
  epoch: 1,
  ...more,
});

type History = CompareAnswer['histories'][number];
/** What a standby says that is at a version and shares everything up to `common`. */
const standby = (version: number, common: number, more: Partial<History> = {}): History => ({
  partition: name,
  role: 'standby',
  epoch: 1,
  version: String(version),
  common: { version: String(common), chain: chain(common) },
  chainThere: null,
  ...more,
});
const own = (version: bigint): string => chain(version);

describe('a cell that starts', () => {
  it('is sound where its standby is in step, behind it, or has nothing yet', () => {
    const at = (history: History | undefined) => judge(row(5), placed(), history, own);
    expect(at(standby(5, 5, { chainThere: chain(5) }))).toEqual({ kind: 'sound' });
    expect(at(standby(3, 3))).toEqual({ kind: 'sound' });
    expect(at(standby(0, 0))).toEqual({ kind: 'sound' });
    expect(at(undefined)).toEqual({ kind: 'sound' });
  });

  it('is behind where its standby goes on from its end, within the epoch or in a later one', () => {
    const at = (history: History) => judge(row(5), placed(), history, own);
    expect(at(standby(9, 9, { chainThere: chain(5) }))).toEqual({ kind: 'behind' });
    expect(at(standby(9, 5, { epoch: 3 }))).toEqual({ kind: 'behind' });
    // The standby's log does not reach back: it is made anew from a snapshot.
    expect(at(standby(900, 900))).toEqual({ kind: 'behind' });
  });

  it('is behind with an empty database, and where it held nothing of the partition', () => {
    const empty = row(0, { chain: '0'.repeat(64) });
    const lost = judge(empty, placed({ epoch: 4 }), standby(9, 9, { epoch: 4 }), own);
    expect(lost).toEqual({ kind: 'behind' });
    const absent = row(0, { role: 'absent' });
    expect(judge(absent, placed(), standby(0, 0), own)).toEqual({ kind: 'behind' });
  });

  it('has gone past its standby where that has later epochs instead', () => {
    const standing = judge(row(7), placed({ epoch: 3 }), standby(9, 5, { epoch: 3 }), own);
    expect(standing).toEqual({ kind: 'past', afterVersion: 5n });
  });

  it('does not guess where two histories differ', () => {
    const differs = standby(9, 9, { chainThere: chain(5, 'b') });
    expect(judge(row(5), placed(), differs, own).kind).toBe('unknown');
    const same = standby(5, 5, { common: { version: '5', chain: chain(5, 'b') } });
    expect(judge(row(5), placed(), same, own).kind).toBe('unknown');
    const before = standby(3, 3, { common: { version: '3', chain: chain(3, 'b') } });
    expect(judge(row(5), placed(), before, own).kind).toBe('unknown');
    const primary = standby(5, 5, { role: 'primary' });
    expect(judge(row(5), placed(), primary, own).kind).toBe('unknown');
  });

  it('takes over after an emergency, whatever the lost cell has since', () => {
    const cut = { plan: 'evac_a', mode: 'emergency', version: 5n, chain: '' } as const;
    const copy = row(5, { role: 'standby' });
    const lost = standby(9, 9, { role: 'fenced', chainThere: chain(5) });
    expect(judge(copy, placed({ epoch: 2, cut }), lost, own)).toEqual({ kind: 'sound' });
    const older = row(4, { role: 'standby' });
    expect(judge(older, placed({ epoch: 2, cut }), lost, own).kind).toBe('unknown');
  });
});

describe('a cell that has caught up', () => {
  const plan = restorePlanOf('0f0e0d0c-1111-2222-3333-444455556666');

  it('burns one epoch for each of its partitions, at the place where each stands', () => {
    const table = placements(8, {
      3: { epoch: 4 },
      4: { primary: OTHER_CELL, standby: CELL },
    });
    const rows = [row(5, { epoch: 4n }), row(2, { partition: partition(4) })];
    const next = burnEpochs(table, CELL, rows, plan);
    expect(next?.version).toBe(9);
    expect(next?.placements[3]).toEqual({
      primary: CELL,
      standby: OTHER_CELL,
      epoch: 5,
      cut: {
        plan: 'restore_0f0e0d0c',
        mode: 'planned',
        version: 5n,
        chain: chain(5).slice(0, CUT_CHAIN_DIGITS),
      },
    });
    // What has another primary by now is not its to write.
    expect(next?.placements[4]).toEqual(table.placements[4]);
    expect(next === undefined ? undefined : burnEpochs(next, CELL, rows, plan)).toBeUndefined();
  });

  it('burns past an epoch that a directory of an earlier time does not know', () => {
    const next = burnEpochs(placements(1), CELL, [row(5, { epoch: 7n })], plan);
    if (next === undefined) throw new Error('nothing was burnt');
    expect(placementOf(next, name).epoch).toBe(8);
  });

  it('burns another one after the next restore, though nothing was written in between', () => {
    const once = burnEpochs(placements(1), 'eu-de-1' as CellId, [row(5)], plan);
    const again = once && burnEpochs(once, CELL, [row(5, { epoch: 2n })], 'restore_ffffffff');
    expect(again?.placements[3]?.epoch).toBe(3);
  });
});
