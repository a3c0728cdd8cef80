import { NetworkDdosProtectionPlan } from '@cdktf/provider-azurerm/lib/network-ddos-protection-plan/index.js';
import { VirtualHub } from '@cdktf/provider-azurerm/lib/virtual-hub/index.js';
import { VirtualHubConnection } from '@cdktf/provider-azurerm/lib/virtual-hub-connection/index.js';
import { VirtualWan } from '@cdktf/provider-azurerm/lib/virtual-wan/index.js';
import { globalNames, hubName } from '../fleet/names.ts';
import type { Network } from './network.ts';
import { resourceId, type Site } from './site.ts';

/** One plan protects every network of the environment; the plan is paid for once. */
export function createDdosPlan({ stack, unit, resourceGroup, location }: Site): void {
  new NetworkDdosProtectionPlan(stack, 'ddos', {
    name: globalNames(unit.environment).ddosPlan,
    resourceGroupName: resourceGroup,
    location,
  });
}

/** What joins the hubs of all regions; every unit is joined to one hub. */
export function createWideNetwork({ stack, unit, resourceGroup, location }: Site): void {
  new VirtualWan(stack, 'wide-network', {
    name: globalNames(unit.environment).virtualWan,
    resourceGroupName: resourceGroup,
    location,
    type: 'Standard',
    allowBranchToBranchTraffic: false,
  });
}

/** The hub of a region, in the stack of its routers. */
export function createHub(site: Site): string {
  const { stack, unit, resourceGroup, location } = site;
  const names = globalNames(unit.environment);
  const hub = new VirtualHub(stack, 'hub', {
    name: hubName(unit.environment, unit.region.name),
    resourceGroupName: resourceGroup,
    location,
    addressPrefix: unit.addresses.hub,
    sku: 'Standard',
    virtualWanId: resourceId(
      site,
      names.resourceGroup,
      `Microsoft.Network/virtualWans/${names.virtualWan}`,
    ),
  });
  return hub.id;
}

/** The id of a hub that another stack makes. */
export function hubId(site: Site, region: string, routersGroup: string): string {
  const name = hubName(site.unit.environment, region);
  return resourceId(site, routersGroup, `Microsoft.Network/virtualHubs/${name}`);
}

/** Joins a network to a hub. Who may call whom is said by the networks' own rules. */
export function joinHub({ stack, unit }: Site, network: Network, hub: string): void {
  new VirtualHubConnection(stack, 'hub-connection', {
    name: `to-${unit.names.base}`,
    virtualHubId: hub,
    remoteVirtualNetworkId: network.id,
    internetSecurityEnabled: false,
  });
}
