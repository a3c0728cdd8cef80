import { DnsCnameRecord } from '@cdktf/provider-azurerm/lib/dns-cname-record/index.js';
import { DnsZone } from '@cdktf/provider-azurerm/lib/dns-zone/index.js';
import { PrivateDnsZone } from '@cdktf/provider-azurerm/lib/private-dns-zone/index.js';
import { privateZone, publicHosts } from '../fleet/names.ts';
import type { Site } from './site.ts';

/** The public zone, and the private one into which each unit writes its own name. @returns the public's id */
export function createZones({ stack, unit, resourceGroup }: Site): string {
  const zone = new DnsZone(stack, 'zone', {
    name: unit.environment.domain,
    resourceGroupName: resourceGroup,
  });
  new PrivateDnsZone(stack, 'private-zone', {
    name: privateZone(unit.environment),
    resourceGroupName: resourceGroup,
  });
  return zone.id;
}

/** Leads every public name to the edge. */
export function createPublicNames({ stack, unit, resourceGroup }: Site, edgeHost: string): void {
  const { domain, gatewayUrl } = unit.environment;
  for (const [name, host] of Object.entries(publicHosts(unit.environment))) {
    // A real gateway is somebody else's and has its own name.
    if (name === 'payments' && gatewayUrl !== undefined) continue;
    new DnsCnameRecord(stack, `name-${name}`, {
      name: host.slice(0, -(domain.length + 1)),
      zoneName: domain,
      resourceGroupName: resourceGroup,
      ttl: 300,
      record: edgeHost,
    });
  }
}
