import type { CellDescriptor } from '@commerce/contracts/cells';
import { type CellId, type Partition, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHotPartitions, proposeMoves, proposeStandbys } from './assign.ts';

const cellOf = (id: string, changes: Partial<CellDescriptor> = {}): CellDescriptor => ({
  id: id as CellId,
  jurisdiction: 'eu',
  realm: 'eu' as Realm,
  country: 'DE',
  location: 'Somewhere',
  latitude: 0,
  longitude: 0,
  url: 'http://127.0.0.1:9',
  state: 'accepting',
  weight: 100,
  ...changes,
});
const tableOf = (
  place: (slot: number) => { primary: string; standby?: string },
): PlacementTable => ({
  realm: 'eu' as Realm,
  version: 1,
  placements: Array.from({ length: SLOTS_PER_REALM }, (_, slot) => {
    const { primary, standby } = place(slot);
    return { primary: primary as CellId, standby: standby as CellId | undefined, epoch: 1 };
  }),
});
const FOUR = ['eu-de-1', 'eu-fr-1', 'eu-nl-1', 'eu-se-1'].map((id) => cellOf(id));

describe('standbys', () => {
  it('are given to partitions without one, spread over all cells but the primary', () => {
    const table = tableOf(() => ({ primary: 'eu-de-1' }));
    const changes = proposeStandbys(table, FOUR);
    expect(changes).toHaveLength(SLOTS_PER_REALM);
    const counts = Map.groupBy(changes, ({ to }) => to);
    expect([...counts.keys()].toSorted()).toEqual(['eu-fr-1', 'eu-nl-1', 'eu-se-1']);
    for (const group of counts.values()) expect(group.length).toBeGreaterThanOrEqual(341);
  });

  it('are moved from a cell that is left out or retired, and stay where they are elsewhere', () => {
    const table = tableOf((slot) => ({
      primary: 'eu-de-1',
      standby: slot < 10 ? 'eu-fr-1' : 'eu-nl-1',
    }));
    const changes = proposeStandbys(table, FOUR, new Set(['eu-fr-1']));
    expect(changes.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(changes.every(({ to }) => to === 'eu-se-1')).toBe(true);
  });

  it('are never the primary, never a cell that may not hold them, and need no second round', () => {
    const ids = fc.constantFrom(...FOUR.map(({ id }) => id as string), 'eu-gone-1');
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.option(ids)), { minLength: 1 }), (some) => {
        const table = tableOf((slot) => {
          const [primary, standby] = some[slot % some.length] as [string, string | null];
          return standby === null ? { primary } : { primary, standby };
        });
        const changes = proposeStandbys(table, FOUR);
        const placements = [...table.placements];
        for (const { slot, to } of changes) {
          expect(to).not.toBe(placements[slot]?.primary);
          expect(FOUR.map(({ id }) => id)).toContain(to);
          placements[slot] = { ...(placements[slot] as (typeof placements)[number]), standby: to };
        }
        expect(proposeStandbys({ ...table, placements }, FOUR)).toEqual([]);
      }),
    );
  });
});

describe('moves', () => {
  it('give a new cell its share by weight, the coldest partitions first', () => {
    const table = tableOf((slot) => ({ primary: slot % 2 === 0 ? 'eu-de-1' : 'eu-fr-1' }));
    const cells = [cellOf('eu-de-1'), cellOf('eu-fr-1'), cellOf('eu-nl-1', { weight: 50 })];
    const hot = 'eu-000' as Partition;
    const moves = proposeMoves(table, cells, new Map([[hot, 1_000]]));
    expect(moves.map(({ from, to, partitions }) => [from, to, partitions.length])).toEqual([
      ['eu-de-1', 'eu-nl-1', 103],
      ['eu-fr-1', 'eu-nl-1', 101],
    ]);
    expect(moves.flatMap(({ partitions }) => partitions)).not.toContain(hot);
  });

  it('keep within the capacity of a cell, and send nothing to one that is drained', () => {
    const table = tableOf(() => ({ primary: 'eu-de-1' }));
    const small = { capacity: { primariesMax: 10, ordersPerMinuteMax: 100 } };
    const cells = [
      cellOf('eu-de-1'),
      cellOf('eu-fr-1', small),
      cellOf('eu-nl-1', { state: 'draining', weight: 0 }),
    ];
    const moves = proposeMoves(table, cells);
    expect(moves).toHaveLength(1);
    expect(moves[0]).toMatchObject({ to: 'eu-fr-1' });
    expect(moves[0]?.partitions).toHaveLength(10);
  });
});

describe('hot partitions', () => {
  it('are those written to many times the average, the hottest first', () => {
    const at = (versions: Record<string, bigint>) =>
      new Map(Object.entries(versions) as [Partition, bigint][]);
    const cold = Object.fromEntries(Array.from({ length: 98 }, (_, i) => [`eu-1${i}`, 5n]));
    const before = at({ ...cold, 'eu-00a': 100n, 'eu-00b': 200n });
    const after = at({ ...cold, 'eu-00a': 160n, 'eu-00b': 500n });
    const hot = findHotPartitions(before, after);
    expect(hot.map(({ partition, writes }) => [partition, writes])).toEqual([
      ['eu-00b', 300],
      ['eu-00a', 60],
    ]);
    expect(findHotPartitions(before, before)).toEqual([]);
  });
});
