import type { CellDescriptor } from '@commerce/contracts/cells';
import { type CellId, type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import { describe, expect, it } from 'vitest';
import { type Location, locate } from '../locate.ts';
import { createRoutingTable, type RoutingTable } from '../routing-table.ts';
import { descriptorOf, tableOf } from '../testing-fleet.ts';
import { chooseCell, drawFor } from './choose-cell.ts';
import { explainPlacement } from './explain-placement.ts';
import { plainHost } from './tenant-hosts.ts';

const healthy = (): boolean => true;
const SHOPPERS = 20_000;

function fleetOf(
  weights: Readonly<Record<string, number>>,
  more: {
    readonly cells?: readonly CellDescriptor[];
    readonly tables?: readonly PlacementTable[];
  } = {},
): RoutingTable {
  const ids = Object.keys(weights);
  const cells = ids.map((id) => ({
    ...descriptorOf(id, 'http://127.0.0.1:1'),
    weight: weights[id] as number,
  }));
  const versioned = [...cells, ...(more.cells ?? [])].map((cell) => ({ cell, version: 1 }));
  return createRoutingTable(versioned, [tableOf('eu', ids), ...(more.tables ?? [])]);
}

/** Share in per cent of shoppers from Germany that each cell is given. */
function sharesOf(table: RoutingTable): Record<string, number> {
  const shares: Record<string, number> = {};
  for (let i = 0; i < SHOPPERS; i++) {
    const wish = { country: 'DE', draw: drawFor(`shopper ${i}`) };
    const id = chooseCell(table, wish, healthy)?.id as string;
    shares[id] = (shares[id] ?? 0) + 100 / SHOPPERS;
  }
  return shares;
}

describe('the weight of a cell', () => {
  it.each([1, 2, 10, 50, 99])('of %i takes as many per cent of its shoppers', (weight) => {
    const shares = sharesOf(fleetOf({ 'eu-de-1': weight, 'eu-fr-1': 100 }));
    // Four standard deviations of 20,000 draws.
    const tolerance = 4 * Math.sqrt((weight * (100 - weight)) / SHOPPERS);
    expect(Math.abs((shares['eu-de-1'] ?? 0) - weight)).toBeLessThan(tolerance);
    expect((shares['eu-de-1'] ?? 0) + (shares['eu-fr-1'] ?? 0)).toBeCloseTo(100);
  });

  it('of 100 takes all that are nearest, and 0 none', () => {
    expect(Object.keys(sharesOf(fleetOf({ 'eu-de-1': 100, 'eu-fr-1': 100 })))).toEqual(['eu-de-1']);
    expect(Object.keys(sharesOf(fleetOf({ 'eu-de-1': 0, 'eu-fr-1': 1 })))).toEqual(['eu-fr-1']);
  });

  it('decides for whom nobody took: the heaviest gets them', () => {
    const shares = sharesOf(fleetOf({ 'eu-de-1': 1, 'eu-fr-1': 2 }));
    expect(shares['eu-fr-1']).toBeGreaterThan(95);
  });

  it('draws the same for the same key, so that a retry lands in the same cell', () => {
    const table = fleetOf({ 'eu-de-1': 50, 'eu-fr-1': 100 });
    for (let i = 0; i < 100; i++) {
      const chosen = [1, 2].map(
        () => chooseCell(table, { country: 'DE', draw: drawFor(`key ${i}`) }, healthy)?.id,
      );
      expect(chosen[0]).toBe(chosen[1]);
    }
  });
});

describe("a tenant's host", () => {
  const tenant: CellDescriptor = {
    ...descriptorOf('eu-nl-1', 'http://127.0.0.1:2'),
    realm: 'acme' as Realm,
    hosts: ['shop.example'],
  };
  const table = fleetOf(
    { 'eu-de-1': 100, 'eu-fr-1': 100 },
    { cells: [tenant], tables: [tableOf('acme', ['eu-nl-1'])] },
  );
  const none = { kind: 'none' } as const;
  const newcomer = (host: string, country = 'DE') => ({ country, idempotencyKey: undefined, host });
  const at = (realm: string): Partition => partitionAt(realm as Realm, 7);

  it("takes new shoppers to the tenant's cell, and no other host does", () => {
    const location = locate(table, none, newcomer('shop.example'), healthy) as Location;
    expect(location.cell).toBe('eu-nl-1');
    expect(location.partition).toMatch(/^acme-/);
    const other = locate(table, none, newcomer('www.example'), healthy) as Location;
    expect(other.cell).toBe('eu-de-1');
  });

  it('keeps to the law: a shopper whose data may not be there is refused', () => {
    const refusal = locate(table, none, newcomer('shop.example', 'AE'), healthy);
    expect(refusal).toBeInstanceOf(AppError);
    expect((refusal as AppError).code).toBe('no-cell');
  });

  it('shows nothing of another shop, by a pin or by an id', () => {
    const pin = { kind: 'pin', partition: at('eu') } as const;
    expect((locate(table, pin, newcomer('shop.example'), healthy) as Location).cell).toBe(
      'eu-nl-1',
    );
    for (const [realm, host] of [
      ['eu', 'shop.example'],
      ['acme', 'www.example'],
    ] as const) {
      const path = { kind: 'path', partition: at(realm) } as const;
      expect((locate(table, path, newcomer(host), healthy) as AppError).code).toBe('not-found');
    }
    const own = { kind: 'path', partition: at('acme') } as const;
    expect((locate(table, own, newcomer('shop.example'), healthy) as Location).epoch).toBe(1);
  });

  it("lets callbacks of gateways reach it by the platform's host", () => {
    const callback = { kind: 'path', partition: at('acme'), isCallback: true } as const;
    expect((locate(table, callback, newcomer('www.example'), healthy) as Location).cell).toBe(
      'eu-nl-1',
    );
  });

  it.each([
    ['Shop.Example:8443', 'shop.example'],
    ['shop.example.', 'shop.example'],
    ['[::1]:80', '[::1]'],
    ['[::1]', '[::1]'],
  ])('%s is the host %s', (header, host) => {
    expect(plainHost(header)).toBe(host);
  });
});

describe('the explanation of a placement', () => {
  const table = fleetOf({ 'eu-de-1': 100, 'eu-fr-1': 100 });

  it('names the law, the jurisdiction with its reason, and the cells by distance', () => {
    const wish = { country: 'KE', host: undefined };
    expect(explainPlacement(table, wish, healthy)).toMatchObject({
      country: 'KE',
      law: 'Data Protection Act, 2019',
      home: { jurisdiction: 'eu', reason: expect.stringContaining('No own jurisdiction') },
      chosen: expect.stringMatching(/^eu-/),
      cells: [{ kilometres: expect.any(Number) }, { kilometres: expect.any(Number) }],
    });
  });

  it('knows no country that is none', () => {
    expect(explainPlacement(table, { country: 'XX', host: undefined }, healthy)).toBeUndefined();
  });

  it('passes over a cell that does not answer', () => {
    const dead = (cell: CellId): boolean => cell !== 'eu-de-1';
    expect(explainPlacement(table, { country: 'DE', host: undefined }, dead)?.['chosen']).toBe(
      'eu-fr-1',
    );
  });
});
