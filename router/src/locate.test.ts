import type { CellDescriptor } from '@commerce/contracts/cells';
import { allCountries } from '@commerce/contracts/countries';
import { type CellId, type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import { jurisdictionsServing } from '@commerce/contracts/jurisdictions';
import { AppError } from '@commerce/contracts/problems';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Location, locate } from './locate.ts';
import { chooseCell } from './placement/choose-cell.ts';
import { choosePartition } from './placement/choose-partition.ts';
import { createRoutingTable, EMPTY_TABLE, findCell, type RoutingTable } from './routing-table.ts';
import { descriptorOf, tableOf } from './testing-fleet.ts';

const healthy = (): boolean => true;

function fleetOf(changes: Record<string, Partial<CellDescriptor>> = {}): RoutingTable {
  const ids = ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'];
  const cells = ids.map((id) => ({
    cell: { ...descriptorOf(id, 'http://127.0.0.1:1'), ...changes[id] },
    version: 1,
  }));
  return createRoutingTable(cells, [
    tableOf('eu', ['eu-de-1', 'eu-fr-1']),
    tableOf('us', ['us-east-1', 'us-west-1']),
  ]);
}

const fleet = fleetOf();
const none = { kind: 'none' } as const;

function newcomer(country?: string, idempotencyKey?: string) {
  return { country, idempotencyKey };
}

describe('locate', () => {
  it.each([
    ['DE', 'eu-de-1'],
    ['AT', 'eu-de-1'],
    ['FR', 'eu-fr-1'],
    ['ES', 'eu-fr-1'],
    ['MX', /^us-/],
    ['US', /^us-/],
  ])('puts a new shopper from %s into the nearest cell', (country, cell) => {
    const location = locate(fleet, none, newcomer(country), healthy) as Location;
    expect(location.cell).toMatch(cell);
    expect(location.isNewPin).toBe(true);
  });

  it('never puts a shopper where the law of their country does not allow it', () => {
    for (const { code } of allCountries()) {
      const location = locate(fleet, none, newcomer(code), healthy);
      if (location instanceof AppError) {
        expect(location.code).toBe('no-cell');
        expect(jurisdictionsServing(code)).not.toContain('eu');
        expect(jurisdictionsServing(code)).not.toContain('us');
      } else {
        const { jurisdiction } = findCell(fleet, location.cell) as CellDescriptor;
        expect(jurisdictionsServing(code)).toContain(jurisdiction);
      }
    }
  });

  it('passes over cells that drain, have no weight or are unknown to the directory', () => {
    const draining = fleetOf({ 'eu-de-1': { state: 'draining' } });
    expect(chooseCell(draining, { country: 'DE' }, healthy)?.id).toBe('eu-fr-1');
    const weightless = fleetOf({ 'eu-de-1': { weight: 0 } });
    expect(chooseCell(weightless, { country: 'DE' }, healthy)?.id).toBe('eu-fr-1');
    const gone = fleetOf({ 'eu-de-1': { state: 'retired' }, 'eu-fr-1': { state: 'draining' } });
    expect((locate(gone, none, newcomer('DE'), healthy) as AppError).code).toBe('no-cell');
  });

  it('passes over a dead cell within the jurisdiction, and never leaves the jurisdiction for it', () => {
    const dead = new Set(['eu-de-1']);
    expect(chooseCell(fleet, { country: 'DE' }, (cell) => !dead.has(cell))?.id).toBe('eu-fr-1');
    expect(chooseCell(fleet, { country: 'DE' }, () => false)?.id).toBe('eu-de-1');
  });

  it('puts a shopper of unknown country into the cell of greatest weight, the same each time', () => {
    expect(chooseCell(fleet, { country: undefined }, healthy)?.id).toBe('eu-de-1');
    const table = fleetOf({ 'eu-de-1': { weight: 50 }, 'eu-fr-1': { weight: 50 } });
    expect(chooseCell(table, { country: undefined }, healthy)?.id).toBe('us-east-1');
  });

  it('finds a known partition where the table says, in any state of the cell', () => {
    const table = fleetOf({ 'eu-de-1': { state: 'draining' } });
    fc.assert(
      fc.property(fc.nat(1023), (slot) => {
        const partition = partitionAt('eu' as Realm, slot);
        expect(locate(table, { kind: 'pin', partition }, newcomer('US'), healthy)).toEqual({
          partition,
          cell: slot % 2 === 0 ? 'eu-de-1' : 'eu-fr-1',
          epoch: 1,
          isNewPin: false,
        });
      }),
    );
  });

  it('knows no thing of a realm that is gone, but pins a shopper of it anew', () => {
    const partition = 'gone-001' as Partition;
    const byPath = locate(fleet, { kind: 'path', partition }, newcomer('DE'), healthy);
    expect((byPath as AppError).code).toBe('not-found');
    const byPin = locate(fleet, { kind: 'pin', partition }, newcomer('DE'), healthy);
    expect(byPin).toMatchObject({ cell: 'eu-de-1', isNewPin: true });
  });

  it('says that it is unavailable, and not that things are gone, before it has a table', () => {
    const partition = 'eu-001' as Partition;
    for (const hint of [none, { kind: 'path', partition } as const]) {
      const refusal = locate(EMPTY_TABLE, hint, newcomer('DE'), healthy) as AppError;
      expect(refusal.code).toBe('unavailable');
    }
  });
});

describe('the choice of a partition', () => {
  const partitions = fleet.primariesOf.get('eu-de-1' as CellId) as readonly Partition[];

  it('is the same for the same key, and one of those offered', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => {
        const chosen = choosePartition(partitions, key);
        expect(partitions).toContain(chosen);
        expect(choosePartition(partitions.toReversed(), key)).toBe(chosen);
      }),
    );
  });

  it('stays the same for most keys when partitions leave the cell', () => {
    const left = partitions.slice(0, partitions.length - 100);
    fc.assert(
      fc.property(fc.uuid(), (key) => {
        const before = choosePartition(partitions, key);
        if (left.includes(before)) expect(choosePartition(left, key)).toBe(before);
      }),
    );
  });

  it('spreads keys over the partitions', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const chosen = choosePartition(partitions, `key-${i}`);
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
    expect(counts.size).toBe(partitions.length);
    // 39 a partition on average; a fair draw stays within 4.5 standard deviations of it.
    expect(Math.max(...counts.values())).toBeLessThan(70);
  });
});
