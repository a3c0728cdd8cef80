import { ManagedRedis } from '@cdktf/provider-azurerm/lib/managed-redis/index.js';
import { ResourceGroupTemplateDeployment } from '@cdktf/provider-azurerm/lib/resource-group-template-deployment/index.js';
import type { Identity } from './identities.ts';
import type { Vault } from './key-vault.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

/**
 * The cell's cache: sessions, rate limits, answers. It holds copies only, so nothing of it is kept on disk,
 * and a cell goes on without it.
 */
export function createRedis(site: Site, links: PrivateLinks, vault: Vault, reader: Identity): void {
  const { stack, unit, resourceGroup, location } = site;
  const redis = new ManagedRedis(stack, 'cache', {
    name: unit.names.redis,
    resourceGroupName: resourceGroup,
    location,
    skuName: unit.environment.sizes.redisSku,
    // Two nodes, which the service puts into different zones where there are any.
    highAvailabilityEnabled: true,
    publicNetworkAccess: 'Disabled',
    identity: { type: 'UserAssigned', identityIds: [vault.encryption.id] },
    customerManagedKey: {
      keyVaultKeyId: vault.encryptionKeyId,
      userAssignedIdentityId: vault.encryption.id,
    },
    defaultDatabase: {
      clientProtocol: 'Encrypted',
      accessKeysAuthenticationEnabled: false,
      clusteringPolicy: 'OSSCluster',
      evictionPolicy: 'AllKeysLRU',
    },
  });
  links.connect('cache', 'redis', redis.id);
  allowIdentity(site, redis, reader);
}

/** The provider has no resource for a right on a managed Redis, so the cloud's own template gives it. */
function allowIdentity(
  { stack, unit, resourceGroup }: Site,
  redis: ManagedRedis,
  reader: Identity,
): void {
  new ResourceGroupTemplateDeployment(stack, 'cache-access', {
    name: `access-${unit.names.redis}`,
    resourceGroupName: resourceGroup,
    deploymentMode: 'Incremental',
    templateContent: JSON.stringify({
      $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
      contentVersion: '1.0.0.0',
      parameters: { principalId: { type: 'string' } },
      resources: [
        {
          type: 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments',
          apiVersion: '2025-04-01',
          name: `${unit.names.redis}/default/deployable`,
          properties: {
            accessPolicyName: 'default',
            user: { objectId: "[parameters('principalId')]" },
          },
        },
      ],
    }),
    parametersContent: JSON.stringify({ principalId: { value: reader.principalId } }),
    dependsOn: [redis],
  });
}
