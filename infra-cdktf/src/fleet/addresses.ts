/**
 * The plan of private addresses, 10.0.0.0/8. Cells of one jurisdiction share a /13, so that a cell's rules can
 * admit its fellows by one network and a new cell changes nothing in them:
 *
 *   10.0.0.0/9     cells: a /13 for each jurisdiction, a /16 for each cell in it
 *   10.128.0.0/10  routers: a /16 for each region
 *   10.192.0.0/16  control plane
 */

/** All routers of the world, in one network. */
export const ROUTERS_NETWORK = '10.128.0.0/10';

/** The control plane's network. */
export const CONTROL_PLANE_NETWORK = '10.192.0.0/16';

const CELLS_PER_JURISDICTION = 8;
const JURISDICTIONS_MAX = 16;
const ROUTERS_FIRST = 128;
const ROUTERS_MAX = 64;

/** Subnets of one virtual network and where the balancer listens in it. */
export interface AddressPlan {
  readonly network: string;
  readonly systemNodes: string;
  readonly appNodes: string;
  readonly dataNodes: string;
  readonly endpoints: string;
  readonly ingress: string;
  readonly apiServer: string;
  readonly apiManagement: string;
  /** Fixed address of the internal load balancer, in `ingress`. */
  readonly ingressAddress: string;
  /** Address space of a virtual hub, beside the network; used by routers. */
  readonly hub: string;
}

/** @param second the second number of the address, 0 … 255 */
function addressPlan(second: number): AddressPlan {
  const at = (third: number, bits: number): string => `10.${second}.${third}.0/${bits}`;
  return Object.freeze({
    network: at(0, 17),
    systemNodes: at(0, 22),
    appNodes: at(4, 22),
    dataNodes: at(8, 22),
    endpoints: at(12, 24),
    ingress: at(13, 24),
    apiServer: at(14, 28),
    apiManagement: at(15, 24),
    ingressAddress: `10.${second}.13.10`,
    hub: at(128, 23),
  });
}

/** The network that all cells of a jurisdiction lie in. @param block its number, 0 … 15 */
export function jurisdictionNetwork(block: number): string {
  requireRange(block, JURISDICTIONS_MAX, 'jurisdictions');
  return `10.${block * CELLS_PER_JURISDICTION}.0.0/13`;
}

/** @param block number of the jurisdiction @param slot number of the cell in it, 0 … 7 */
export function cellAddresses(block: number, slot: number): AddressPlan {
  requireRange(block, JURISDICTIONS_MAX, 'jurisdictions');
  requireRange(slot, CELLS_PER_JURISDICTION, 'cells of one jurisdiction');
  return addressPlan(block * CELLS_PER_JURISDICTION + slot);
}

/** @param slot number of the router's region, 0 … 63 */
export function routerAddresses(slot: number): AddressPlan {
  requireRange(slot, ROUTERS_MAX, 'regions of routers');
  return addressPlan(ROUTERS_FIRST + slot);
}

/** The control plane's own. */
export function controlPlaneAddresses(): AddressPlan {
  return addressPlan(ROUTERS_FIRST + ROUTERS_MAX);
}

function requireRange(value: number, limit: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= limit) {
    throw new RangeError(`the address plan has room for ${limit} ${what}, not for number ${value}`);
  }
}
