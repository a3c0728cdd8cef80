import type { CellDescriptor } from '@commerce/contracts/cells';
import type { Realm } from '@commerce/contracts/ids';
import type { RoutingTable } from '../routing-table.ts';

/**
 * Shops of tenants: hosts whose shoppers go to the tenant's own cells, and nowhere else. A cell that
 * has hosts takes shoppers of those alone; a realm of such cells is the tenant's.
 */
export interface TenantHosts {
  /** Whether the table has any tenant; where it has none, nothing else need be asked. */
  readonly isEmpty: boolean;
  /** Whether a cell takes shoppers who come to a host. */
  takes(cell: CellDescriptor, host: string | undefined): boolean;
  /** Whether what belongs to a realm may be reached by a host. */
  serves(host: string | undefined, realm: Realm): boolean;
}

const perTable = new WeakMap<RoutingTable, TenantHosts>();

/** The tenants of a table; found out once for each table. */
export function tenantHostsOf(table: RoutingTable): TenantHosts {
  let known = perTable.get(table);
  if (known === undefined) {
    known = readTenants(table);
    perTable.set(table, known);
  }
  return known;
}

function readTenants(table: RoutingTable): TenantHosts {
  const realmsOfHost = new Map<string, Set<Realm>>();
  const tenantRealms = new Set<Realm>();
  for (const { cell } of table.cells.values()) {
    for (const host of cell.hosts ?? []) {
      const realms = realmsOfHost.get(host);
      if (realms === undefined) realmsOfHost.set(host, new Set([cell.realm]));
      else realms.add(cell.realm);
      tenantRealms.add(cell.realm);
    }
  }
  return Object.freeze({
    isEmpty: tenantRealms.size === 0,
    takes(cell: CellDescriptor, host: string | undefined): boolean {
      const isTenants = host !== undefined && realmsOfHost.has(host);
      if (isTenants) return cell.hosts?.includes(host) === true;
      return cell.hosts === undefined || cell.hosts.length === 0;
    },
    serves(host: string | undefined, realm: Realm): boolean {
      const realms = host === undefined ? undefined : realmsOfHost.get(host);
      return realms === undefined ? !tenantRealms.has(realm) : realms.has(realm);
    },
  });
}

/** A `Host` header as tenants' hosts are written: in lower case, without port or a final dot. */
export function plainHost(header: string): string {
  const bracket = header.lastIndexOf(']');
  const colon = header.indexOf(':', bracket + 1);
  const name = colon === -1 ? header : header.slice(0, colon);
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
