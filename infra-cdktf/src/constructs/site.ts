import { DataAzurermClientConfig } from '@cdktf/provider-azurerm/lib/data-azurerm-client-config/index.js';
import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js';
import { ResourceGroup } from '@cdktf/provider-azurerm/lib/resource-group/index.js';
import { AzurermBackend, type TerraformStack } from 'cdktf';
import type { Environment } from '../fleet/environments.ts';
import { globalNames } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';

/** Where the resources of a unit go: one stack, one resource group, one region. */
export interface Site {
  readonly stack: TerraformStack;
  readonly unit: Unit;
  readonly resourceGroup: string;
  readonly location: string;
  /** Empty where the region has no zones. */
  readonly zones: readonly string[];
  readonly subscriptionId: string;
  readonly tenantId: string;
}

/**
 * Opens a stack: its state's place, its provider and its resource group. State is kept in one account for
 * each environment, under the caller's own identity; it holds no secret, since none is made by a stack.
 */
export function openSite(stack: TerraformStack, unit: Unit): Site {
  const { names, environment, region } = unit;
  placeState(stack, environment, names.stack);
  new AzurermProvider(stack, 'azurerm', {
    features: [
      {
        keyVault: [{ purgeSoftDeleteOnDestroy: false, recoverSoftDeletedKeyVaults: true }],
        resourceGroup: [{ preventDeletionIfContainsResources: true }],
      },
    ],
    storageUseAzuread: true,
  });
  const caller = new DataAzurermClientConfig(stack, 'caller', {});
  const group = new ResourceGroup(stack, 'resource-group', {
    name: names.resourceGroup,
    location: region.name,
  });
  return Object.freeze({
    stack,
    unit,
    resourceGroup: group.name,
    location: region.name,
    zones: region.zones,
    subscriptionId: caller.subscriptionId,
    tenantId: caller.tenantId,
  });
}

function placeState(stack: TerraformStack, environment: Environment, key: string): void {
  const { stateResourceGroup, stateStorage } = globalNames(environment);
  new AzurermBackend(stack, {
    resourceGroupName: stateResourceGroup,
    storageAccountName: stateStorage,
    containerName: 'states',
    key: `${key}.tfstate`,
    useAzureadAuth: true,
  });
}

/**
 * The id of a resource that another stack makes. Composed from names, which are data, so that no stack reads
 * another's state and each can be applied by somebody who may see its own only.
 * @param path provider, type and name: `Microsoft.Network/virtualHubs/hub-1`
 */
export function resourceId(site: Site, resourceGroup: string, path: string): string {
  return `/subscriptions/${site.subscriptionId}/resourceGroups/${resourceGroup}/providers/${path}`;
}

/** Zones for resources that are given them as a list; undefined where the region has none. */
export function zonesOf(site: Site): string[] | undefined {
  return site.zones.length === 0 ? undefined : [...site.zones];
}
