import { ContainerRegistry } from '@cdktf/provider-azurerm/lib/container-registry/index.js';
import { globalNames } from '../fleet/names.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

/**
 * The registry of images: code, no data of anybody. Copied to every region of the fleet, so that a cell starts
 * its pods from its own copy when the home region is gone.
 */
export function createRegistry(
  { stack, unit, resourceGroup, location }: Site,
  links: PrivateLinks,
  copies: readonly { readonly region: string; readonly hasZones: boolean }[],
): string {
  const registry = new ContainerRegistry(stack, 'registry', {
    name: globalNames(unit.environment).registry,
    resourceGroupName: resourceGroup,
    location,
    sku: 'Premium',
    adminEnabled: false,
    anonymousPullEnabled: false,
    publicNetworkAccessEnabled: false,
    networkRuleBypassOption: 'None',
    dataEndpointEnabled: true,
    exportPolicyEnabled: false,
    zoneRedundancyEnabled: true,
    retentionPolicyInDays: 30,
    georeplications: copies
      .filter(({ region }) => region !== location)
      .map(({ region, hasZones }) => ({ location: region, zoneRedundancyEnabled: hasZones })),
  });
  links.connect('registry', 'registry', registry.id);
  return registry.id;
}
