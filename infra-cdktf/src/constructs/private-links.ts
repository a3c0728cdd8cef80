import { PrivateDnsARecord } from '@cdktf/provider-azurerm/lib/private-dns-a-record/index.js';
import { PrivateDnsZone } from '@cdktf/provider-azurerm/lib/private-dns-zone/index.js';
import { PrivateDnsZoneVirtualNetworkLink } from '@cdktf/provider-azurerm/lib/private-dns-zone-virtual-network-link/index.js';
import { PrivateEndpoint } from '@cdktf/provider-azurerm/lib/private-endpoint/index.js';
import { globalNames, privateZone } from '../fleet/names.ts';
import type { Network } from './network.ts';
import { resourceId, type Site } from './site.ts';

/** What is reached by private addresses only: the part of the service, and the zone of its names. */
const SERVICES = {
  vault: ['vault', 'privatelink.vaultcore.azure.net'],
  blob: ['blob', 'privatelink.blob.core.windows.net'],
  kafka: ['namespace', 'privatelink.servicebus.windows.net'],
  redis: ['redisEnterprise', 'privatelink.redis.azure.net'],
  registry: ['registry', 'privatelink.azurecr.io'],
  monitor: ['azuremonitor', 'privatelink.monitor.azure.com'],
  metrics: ['prometheusMetrics', 'privatelink.prometheus.monitor.azure.com'],
} as const;
export type PrivateService = keyof typeof SERVICES;

export interface PrivateLinks {
  /** Gives a service an address in the network, so that its public one can be closed. */
  connect(name: string, service: PrivateService, target: string): void;
}

/**
 * Private endpoints of a network. The zones are the unit's own, not shared: somebody else's mistake can't
 * lead this unit's names elsewhere.
 */
export function createPrivateLinks(site: Site, network: Network): PrivateLinks {
  const { stack, unit, resourceGroup, location } = site;
  const zones = new Map<PrivateService, string>();

  function zoneOf(service: PrivateService): string {
    const known = zones.get(service);
    if (known !== undefined) return known;
    const zone = new PrivateDnsZone(stack, `names-${service}`, {
      name: SERVICES[service][1],
      resourceGroupName: resourceGroup,
    });
    new PrivateDnsZoneVirtualNetworkLink(stack, `names-${service}-link`, {
      name: `link-${unit.names.base}`,
      resourceGroupName: resourceGroup,
      privateDnsZoneName: zone.name,
      virtualNetworkId: network.id,
    });
    zones.set(service, zone.id);
    return zone.id;
  }

  return Object.freeze({
    connect(name: string, service: PrivateService, target: string): void {
      new PrivateEndpoint(stack, `endpoint-${name}`, {
        name: `pe-${unit.names.base}-${name}`,
        resourceGroupName: resourceGroup,
        location,
        subnetId: network.subnets.endpoints,
        privateServiceConnection: {
          name,
          isManualConnection: false,
          privateConnectionResourceId: target,
          subresourceNames: [SERVICES[service][0]],
        },
        privateDnsZoneGroup: { name, privateDnsZoneIds: [zoneOf(service)] },
      });
    },
  });
}

/** Puts the unit's names into the zone that all units share, and lets its network read it. */
export function announceUnit(site: Site, network: Network): void {
  const { stack, unit } = site;
  const zone = privateZone(unit.environment);
  const { resourceGroup } = globalNames(unit.environment);
  for (const host of [unit.host, ...unit.moreHosts]) {
    const name = host.slice(0, -(zone.length + 1));
    new PrivateDnsARecord(stack, `own-name-${name === unit.id ? 'itself' : name}`, {
      name,
      zoneName: zone,
      resourceGroupName: resourceGroup,
      ttl: 60,
      records: [unit.addresses.ingressAddress],
    });
  }
  new PrivateDnsZoneVirtualNetworkLink(stack, 'own-zone-link', {
    name: `link-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    privateDnsZoneName: zone,
    virtualNetworkId: network.id,
  });
}

/** The registry's id, which the global stack makes. */
export function registryId(site: Site): string {
  const { resourceGroup, registry } = globalNames(site.unit.environment);
  return resourceId(site, resourceGroup, `Microsoft.ContainerRegistry/registries/${registry}`);
}
