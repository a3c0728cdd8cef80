import { expect, test } from 'vitest';
import { allCellLocations } from '../../platform/contracts/src/cell-locations.ts';
import { allJurisdictions } from '../../platform/contracts/src/jurisdictions.ts';
import { azureRegion } from '../src/fleet/azure-regions.ts';
import { allEnvironments, environment } from '../src/fleet/environments.ts';
import { CELL_PLACEMENTS, JURISDICTION_BLOCKS, ROUTER_SLOTS } from '../src/fleet/placements.ts';
import { planCell, planFleet } from '../src/fleet/plan.ts';
import { homeCountries } from '../src/rules/jurisdictions.ts';
import { synthesiseFleet } from '../src/stacks/synthesise.ts';
import { testedFleet } from './fleets.ts';

const EARTH_RADIUS_KM = 6_371;

function distanceKm(
  a: { latitude: number; longitude: number },
  b: { latitude: number; longitude: number },
): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const half =
    Math.sin(rad(b.latitude - a.latitude) / 2) ** 2 +
    Math.cos(rad(a.latitude)) *
      Math.cos(rad(b.latitude)) *
      Math.sin(rad(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(half));
}

test('production runs every cell that the platform knows, and none that it does not', () => {
  const known = allCellLocations().map(({ id }) => id);
  expect([...environment('production').cells].toSorted()).toEqual([...known].toSorted());
  expect(Object.keys(CELL_PLACEMENTS).toSorted()).toEqual([...known].toSorted());
});

test('every jurisdiction of the policy has two cells at home in production', () => {
  const { cells } = planFleet(environment('production'));
  for (const { key } of allJurisdictions()) {
    const own = cells.filter((cell) => cell.jurisdiction === key);
    expect(own.length, key).toBeGreaterThanOrEqual(2);
    for (const cell of own) expect(homeCountries(key)).toContain(cell.region.country);
  }
});

test('a cell stands where the platform tells shoppers that it stands', () => {
  for (const cell of planFleet(environment('production')).cells) {
    expect(cell.region.country, cell.id).toBe(cell.location.country);
    // Regions are given by a point in them; some are as wide as a province.
    expect(distanceKm(cell.region, cell.location), cell.id).toBeLessThan(450);
  }
});

test('no two networks of the world overlap', () => {
  const blocks = Object.values(JURISDICTION_BLOCKS);
  expect(new Set(blocks).size).toBe(blocks.length);
  expect(new Set(Object.values(ROUTER_SLOTS)).size).toBe(Object.keys(ROUTER_SLOTS).length);
  const { cells, routers, controlPlane } = planFleet(environment('production'));
  const networks = [...cells, ...routers, controlPlane].map(({ addresses }) => addresses.network);
  expect(new Set(networks).size).toBe(networks.length);
});

test('names fit what the cloud allows, and no two units share one', () => {
  const { cells, routers, controlPlane } = planFleet(environment('production'));
  const all = [...cells, ...routers, controlPlane].map(({ names }) => names);
  for (const names of all) {
    for (const account of [names.backupStorage, names.auditStorage, names.mediaStorage]) {
      expect(account).toMatch(/^[a-z0-9]{3,24}$/);
    }
    expect(names.keyVault).toMatch(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
    expect(names.nodeResourceGroup.length).toBeLessThanOrEqual(80);
    expect(names.cluster.length).toBeLessThanOrEqual(63);
    expect(names.redis.length).toBeLessThanOrEqual(60);
    expect(names.eventHubs.length).toBeLessThanOrEqual(50);
    expect(`id-${names.base}-control-plane`.length).toBeLessThanOrEqual(128);
  }
  for (const key of ['keyVault', 'backupStorage', 'base', 'resourceGroup'] as const) {
    expect(new Set(all.map((names) => names[key])).size, key).toBe(all.length);
  }
});

test('a rollout begins with one cell, reaches all, and never takes both cells of a jurisdiction at once', () => {
  for (const { name, waves, cells } of allEnvironments()) {
    expect(waves[0], name).toHaveLength(1);
    expect(waves.flat().toSorted(), name).toEqual([...cells].toSorted());
    for (const wave of waves) {
      const jurisdictions = wave.map((id) => planCell(environment(name), id).jurisdiction);
      expect(new Set(jurisdictions).size, `${name}: ${wave}`).toBe(wave.length);
    }
  }
});

test('the same bytes are written each time', () => {
  const { fleet, stacks } = testedFleet('staging');
  expect(synthesiseFleet(fleet)).toEqual(stacks);
});

test('adding a cell touches that cell’s stack and the lists of the global one', () => {
  const base = environment('staging');
  const before = synthesiseFleet(planFleet(base));
  const grown = { ...base, cells: [...base.cells, 'eu-nl-1'] };
  const after = synthesiseFleet(planFleet(grown));
  const jsonOf = (stacks: typeof before, name: string): string | undefined =>
    stacks.find((stack) => stack.name === name)?.json;
  const changed = after.filter(({ name, json }) => jsonOf(before, name) !== json);
  // It is the first in its region, so routers come along.
  expect(changed.map(({ name }) => name)).toEqual(['global', 'router-westeurope', 'cell-eu-nl-1']);
  const lines = (json: string | undefined): Set<string> => new Set((json ?? '').split('\n'));
  const old = lines(jsonOf(before, 'global'));
  const added = [...lines(jsonOf(after, 'global'))].filter((line) => !old.has(line)).join('\n');
  expect(added).toContain('westeurope');
  expect(added).not.toContain('germany');
});

test('a region that nobody has thought of is refused with the cure', () => {
  expect(() => azureRegion('moonbase1')).toThrow('The region "moonbase1" is not in use.');
  expect(() => planCell(environment('dev'), 'eu-xx-9')).toThrow('Nobody has said where');
});
