import { StorageAccount } from '@cdktf/provider-azurerm/lib/storage-account/index.js';
import { StorageContainer } from '@cdktf/provider-azurerm/lib/storage-container/index.js';
import { StorageManagementPolicy } from '@cdktf/provider-azurerm/lib/storage-management-policy/index.js';
import type { Vault } from './key-vault.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

/** How long audit records can't be changed by anybody, owners of the subscription included. */
export const AUDIT_IMMUTABLE_DAYS = 400;
/** Backups can't be changed for as long as it takes to notice that somebody tries. */
export const BACKUP_IMMUTABLE_DAYS = 14;

/** What an account of blobs is for, and how long it has to keep what is put there. */
export interface StorageSpec {
  readonly name: 'backups' | 'audit' | 'media';
  readonly account: string;
  readonly containers: readonly string[];
  /** Days in which nobody, not even an owner, can change or remove a blob; undefined: none. */
  readonly immutableDays?: number;
  /** Days after which blobs are removed; undefined: kept. */
  readonly removeAfterDays?: number;
}

/**
 * An account of blobs: copies in all zones of its own region and nowhere else, encrypted twice, the outer time
 * with the unit's key, without account keys and without public access.
 */
export function createStorage(
  site: Site,
  links: PrivateLinks,
  vault: Vault,
  spec: StorageSpec,
): string {
  const { stack, unit, resourceGroup, location, zones } = site;
  const account = new StorageAccount(stack, `storage-${spec.name}`, {
    name: spec.account,
    resourceGroupName: resourceGroup,
    location,
    accountTier: 'Standard',
    accountKind: 'StorageV2',
    // Never to the paired region, which may lie in another country.
    accountReplicationType: zones.length > 0 ? 'ZRS' : 'LRS',
    minTlsVersion: 'TLS1_2',
    httpsTrafficOnlyEnabled: true,
    sharedAccessKeyEnabled: false,
    defaultToOauthAuthentication: true,
    allowNestedItemsToBePublic: false,
    crossTenantReplicationEnabled: false,
    allowedCopyScope: 'PrivateLink',
    publicNetworkAccessEnabled: false,
    localUserEnabled: false,
    infrastructureEncryptionEnabled: true,
    identity: { type: 'UserAssigned', identityIds: [vault.encryption.id] },
    customerManagedKey: {
      keyVaultKeyId: vault.encryptionKeyVersionlessId,
      userAssignedIdentityId: vault.encryption.id,
    },
    networkRules: { defaultAction: 'Deny', bypass: ['None'] },
    blobProperties: {
      versioningEnabled: true,
      deleteRetentionPolicy: { days: 14 },
      containerDeleteRetentionPolicy: { days: 14 },
    },
    ...(spec.immutableDays !== undefined && {
      immutabilityPolicy: {
        allowProtectedAppendWrites: true,
        periodSinceCreationInDays: spec.immutableDays,
        state: unit.environment.isLocked ? 'Locked' : 'Unlocked',
      },
    }),
  });
  links.connect(`storage-${spec.name}`, 'blob', account.id);
  for (const name of spec.containers) {
    new StorageContainer(stack, `storage-${spec.name}-${name}`, {
      name,
      storageAccountId: account.id,
      containerAccessType: 'private',
    });
  }
  if (spec.removeAfterDays !== undefined) removeOld(site, spec, account.id, spec.removeAfterDays);
  return account.id;
}

function removeOld({ stack }: Site, spec: StorageSpec, accountId: string, days: number): void {
  new StorageManagementPolicy(stack, `storage-${spec.name}-ageing`, {
    storageAccountId: accountId,
    rule: [
      {
        name: 'remove-old',
        enabled: true,
        filters: { blobTypes: ['blockBlob'] },
        actions: {
          baseBlob: {
            tierToCoolAfterDaysSinceModificationGreaterThan: 7,
            deleteAfterDaysSinceModificationGreaterThan: days,
          },
          version: { deleteAfterDaysSinceCreation: days },
        },
      },
    ],
  });
}
