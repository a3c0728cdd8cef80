import { type CellLocation, cellLocation } from '@commerce/contracts/cell-locations';
import {
  type AddressPlan,
  cellAddresses,
  controlPlaneAddresses,
  routerAddresses,
} from './addresses.ts';
import { type AzureRegion, azureRegion } from './azure-regions.ts';
import type { Environment } from './environments.ts';
import { fail } from './fault.ts';
import { controlPlaneHosts, nameUnit, privateHost, type UnitNames } from './names.ts';
import { CELL_PLACEMENTS, JURISDICTION_BLOCKS, ROUTER_SLOTS } from './placements.ts';

/** What a stack is made for: a cell, the routers of a region, or the control plane. */
export interface Unit {
  readonly kind: 'cell' | 'router' | 'control-plane';
  /** Such as `eu-de-1`, `germanywestcentral`, `control-plane`. */
  readonly id: string;
  readonly environment: Environment;
  readonly region: AzureRegion;
  /** Jurisdiction whose law the unit's stores are under. */
  readonly jurisdiction: string;
  readonly addresses: AddressPlan;
  readonly names: UnitNames;
  /** Name by which others call it, with a certificate; never resolved outside the private networks. */
  readonly host: string;
  /** Further names that its balancer answers. */
  readonly moreHosts: readonly string[];
  /** Day on which its cluster is patched; another one than its jurisdiction's other cells'. */
  readonly maintenanceDay: string;
}

const DAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;

function dayOf(slot: number): string {
  return DAYS[slot % DAYS.length] ?? DAYS[0];
}

export interface CellUnit extends Unit {
  readonly kind: 'cell';
  readonly location: CellLocation;
  /** Number of the jurisdiction in the plan of addresses. */
  readonly block: number;
  /** Region of the routers by which it is reached. */
  readonly hubRegion: string;
}

export interface FleetPlan {
  readonly environment: Environment;
  readonly cells: readonly CellUnit[];
  readonly routers: readonly Unit[];
  readonly controlPlane: Unit;
}

/** Works out every unit of an environment; touches nothing. @throws InfraFault where data is missing */
export function planFleet(environment: Environment): FleetPlan {
  const cells = environment.cells.map((id) => planCell(environment, id));
  const hubs = [...new Set(cells.map(({ hubRegion }) => hubRegion))].toSorted(
    (a, b) => slotOf(a) - slotOf(b),
  );
  return Object.freeze({
    environment,
    cells,
    routers: hubs.map((region) => planRouter(environment, region, cells)),
    controlPlane: planControlPlane(environment),
  });
}

/** One cell of an environment. @throws InfraFault where nobody has said where it stands */
export function planCell(environment: Environment, id: string): CellUnit {
  const location = cellLocation(id);
  const placement = CELL_PLACEMENTS[id];
  if (location === undefined || placement === undefined) {
    return fail(
      `Nobody has said where the cell "${id}" stands.`,
      'Add it to platform/contracts/data/cell-locations.json and to infra-cdktf/src/fleet/placements.ts.',
    );
  }
  const block =
    JURISDICTION_BLOCKS[location.jurisdiction] ??
    fail(
      `The jurisdiction "${location.jurisdiction}" has no addresses.`,
      'Give it the next number in infra-cdktf/src/fleet/placements.ts.',
    );
  return Object.freeze({
    kind: 'cell',
    id,
    environment,
    region: azureRegion(placement.region),
    jurisdiction: location.jurisdiction,
    addresses: cellAddresses(block, placement.slot),
    names: nameUnit(environment, 'cell', id),
    host: privateHost(environment, id),
    moreHosts: [],
    maintenanceDay: dayOf(placement.slot),
    location,
    block,
    hubRegion: placement.hub,
  });
}

function planRouter(environment: Environment, region: string, cells: readonly CellUnit[]): Unit {
  const near = cells.find((cell) => cell.hubRegion === region && cell.region.name === region);
  if (near === undefined) {
    return fail(
      `No cell stands in ${region}, where routers are wanted.`,
      'Let the hub of a placement be the region of a cell in infra-cdktf/src/fleet/placements.ts.',
    );
  }
  return Object.freeze({
    kind: 'router',
    id: region,
    environment,
    region: near.region,
    jurisdiction: near.jurisdiction,
    addresses: routerAddresses(slotOf(region)),
    names: nameUnit(environment, 'router', region),
    host: privateHost(environment, region),
    moreHosts: [],
    maintenanceDay: dayOf(slotOf(region)),
  });
}

function planControlPlane(environment: Environment): Unit {
  const region = azureRegion(environment.controlPlaneRegion);
  return Object.freeze({
    kind: 'control-plane',
    id: 'control-plane',
    environment,
    region,
    // It holds no shopper's personal data; vendors' and operators' accounts are under European law.
    jurisdiction: 'eu',
    addresses: controlPlaneAddresses(),
    names: nameUnit(environment, 'global', 'control-plane'),
    host: privateHost(environment, 'control-plane'),
    moreHosts: Object.values(controlPlaneHosts(environment)).filter((host) => host !== undefined),
    maintenanceDay: dayOf(0),
  });
}

function slotOf(region: string): number {
  return (
    ROUTER_SLOTS[region] ??
    fail(
      `The routers of ${region} have no addresses.`,
      'Give the region the next number in infra-cdktf/src/fleet/placements.ts.',
    )
  );
}
