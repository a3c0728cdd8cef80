import { Eventhub } from '@cdktf/provider-azurerm/lib/eventhub/index.js';
import { EventhubNamespace } from '@cdktf/provider-azurerm/lib/eventhub-namespace/index.js';
import { EventhubNamespaceCustomerManagedKey } from '@cdktf/provider-azurerm/lib/eventhub-namespace-customer-managed-key/index.js';
import type { Vault } from './key-vault.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

/** Streams of a cell, as DESIGN names them; each is a topic of its own namespace. */
export const CELL_STREAMS = Object.freeze([
  'order',
  'payment',
  'inventory',
  'user',
  'audit',
  'analytics',
]);

/** Streams of the control plane: no personal data. */
export const GLOBAL_STREAMS = Object.freeze(['catalog', 'vendor']);

const PARTITIONS = 32;
const EVENTS_KEPT_HOURS = 24 * 7;

/**
 * A namespace with a Kafka endpoint. Callers are told by tokens, never by a key; the copies of events are in
 * the zones of this region only.
 */
export function createEventHubs(
  site: Site,
  links: PrivateLinks,
  vault: Vault,
  streams: readonly string[],
): string {
  const { stack, unit, resourceGroup, location } = site;
  const namespace = new EventhubNamespace(stack, 'events', {
    name: unit.names.eventHubs,
    resourceGroupName: resourceGroup,
    location,
    // The tier that has Kafka transactions, own keys and, where there are zones, copies in three.
    sku: 'Premium',
    capacity: unit.environment.sizes.eventHubsUnits,
    localAuthenticationEnabled: false,
    minimumTlsVersion: '1.2',
    publicNetworkAccessEnabled: false,
    networkRulesets: [
      {
        defaultAction: 'Deny',
        publicNetworkAccessEnabled: false,
        trustedServiceAccessEnabled: false,
      },
    ],
    identity: { type: 'UserAssigned', identityIds: [vault.encryption.id] },
  });
  new EventhubNamespaceCustomerManagedKey(stack, 'events-key', {
    eventhubNamespaceId: namespace.id,
    keyVaultKeyIds: [vault.encryptionKeyId],
    userAssignedIdentityId: vault.encryption.id,
    infrastructureEncryptionEnabled: true,
  });
  links.connect('events', 'kafka', namespace.id);
  for (const stream of streams) {
    new Eventhub(stack, `events-${stream}`, {
      name: stream,
      namespaceId: namespace.id,
      partitionCount: PARTITIONS,
      retentionDescription:
        // Who joins late needs the last state of each product, not a week of changes.
        stream === 'catalog'
          ? { cleanupPolicy: 'Compact', tombstoneRetentionTimeInHours: EVENTS_KEPT_HOURS }
          : { cleanupPolicy: 'Delete', retentionTimeInHours: EVENTS_KEPT_HOURS },
    });
  }
  return namespace.id;
}
