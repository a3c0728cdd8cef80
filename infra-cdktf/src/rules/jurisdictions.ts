import { jurisdiction } from '@commerce/contracts/jurisdictions';
import { findAzureRegion } from '../fleet/azure-regions.ts';
import type { FleetPlan, Unit } from '../fleet/plan.ts';
import { placeOf, type StackResource, textsOf, type Violation } from './stack-json.ts';

const RULE = 'data stays in its jurisdiction';

/** The countries in which a jurisdiction's own laws hold: only there may its stores stand. */
export function homeCountries(key: string): readonly string[] {
  return jurisdiction(key)?.countries[0]?.codes ?? [];
}

/** Where copies of code, and nothing else, are sent to on purpose. */
const MAY_NAME_REGIONS_ABROAD = new Set([
  'azurerm_container_registry',
  'azurerm_cdn_frontdoor_origin',
]);

/** What holds no data at all, or what no region can be said of. */
const WITHOUT_PLACE = new Set(['global']);

/**
 * No resource of a cell or of routers may stand, copy to or refer to a place outside their jurisdiction: no
 * store, backup, sink of logs or replica. Regions are looked for in every text, so a setting that nobody has
 * thought of is found as well.
 */
export function checkJurisdictions(
  fleet: FleetPlan,
  resources: readonly StackResource[],
): readonly Violation[] {
  const units = new Map<string, Unit>(
    [...fleet.cells, ...fleet.routers, fleet.controlPlane].map((unit) => [unit.names.stack, unit]),
  );
  return resources.flatMap((resource) => {
    const unit = units.get(resource.stack);
    if (unit === undefined) return [];
    const home = homeCountries(unit.jurisdiction);
    return [
      ...checkPlace(resource, unit, home),
      ...checkReplication(resource),
      ...checkForeignStores(resource, unit, units),
    ];
  });
}

function checkPlace(
  resource: StackResource,
  unit: Unit,
  home: readonly string[],
): readonly Violation[] {
  const { location } = resource.values;
  const found: Violation[] = [];
  if (typeof location === 'string' && !WITHOUT_PLACE.has(location)) {
    const region = findAzureRegion(location);
    if (region === undefined) {
      found.push(violation(resource, `stands in ${location}, of which nobody knows the country`));
    } else if (!home.includes(region.country)) {
      found.push(
        violation(
          resource,
          `stands in ${location} (${region.country}), not in ${unit.jurisdiction}`,
        ),
      );
    }
  }
  if (MAY_NAME_REGIONS_ABROAD.has(resource.type)) return found;
  for (const [path, text] of textsOf(resource.values)) {
    if (path === 'location') continue;
    const region = findAzureRegion(text.toLowerCase().replaceAll(' ', ''));
    if (region !== undefined && !home.includes(region.country)) {
      found.push(violation(resource, `${path} names ${text} (${region.country})`));
    }
  }
  return found;
}

/** Replication that chooses its target by itself goes to a paired region, which may be another country. */
function checkReplication(resource: StackResource): readonly Violation[] {
  const kind = resource.values['account_replication_type'];
  if (typeof kind === 'string' && kind !== 'ZRS' && kind !== 'LRS') {
    return [violation(resource, `copies by ${kind}, to a region that the cloud chooses`)];
  }
  return [];
}

/** Ids of other units' resources: their resource groups say whose they are. */
function checkForeignStores(
  resource: StackResource,
  unit: Unit,
  units: ReadonlyMap<string, Unit>,
): readonly Violation[] {
  // Origins of the edge are routers, which keep nothing.
  if (unit.kind === 'control-plane') return [];
  return textsOf(resource.values).flatMap(([path, text]) => {
    const group = /\/resourceGroups\/([^/]+)\//.exec(text)?.[1];
    if (group === undefined) return [];
    const owner = [...units.values()].find(({ names }) => names.resourceGroup === group);
    if (owner === undefined || owner.kind !== 'cell' || owner.jurisdiction === unit.jurisdiction) {
      return [];
    }
    return [violation(resource, `${path} names a resource of ${owner.id} (${owner.jurisdiction})`)];
  });
}

/** Every jurisdiction has a second cell at home, or its standbys have nowhere to go. */
export function checkStandbys(fleet: FleetPlan): readonly Violation[] {
  const byJurisdiction = Map.groupBy(fleet.cells, (cell) => cell.jurisdiction);
  return [...byJurisdiction].flatMap(([key, cells]) => [
    ...(cells.length >= 2
      ? []
      : [{ rule: 'two cells in each jurisdiction', where: key, what: `has ${cells.length}` }]),
    ...(cells.some(({ region }) => region.zones.length === 3)
      ? []
      : [{ rule: 'zone redundancy', where: key, what: 'no cell of it stands in three zones' }]),
  ]);
}

function violation(resource: StackResource, what: string): Violation {
  return { rule: RULE, where: placeOf(resource), what };
}
