import { FederatedIdentityCredential } from '@cdktf/provider-azurerm/lib/federated-identity-credential/index.js';
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment/index.js';
import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity/index.js';
import type { Site } from './site.ts';

export interface Identity {
  readonly id: string;
  readonly principalId: string;
  readonly clientId: string;
  readonly name: string;
}

/**
 * Roles that something here is given. Each allows one kind of work on data; none lets its holder change
 * resources or give roles to others.
 */
export const ROLES = Object.freeze({
  readSecrets: 'Key Vault Secrets User',
  useKeys: 'Key Vault Crypto Service Encryption User',
  readCertificates: 'Key Vault Certificate User',
  writeBlobs: 'Storage Blob Data Contributor',
  sendEvents: 'Azure Event Hubs Data Sender',
  receiveEvents: 'Azure Event Hubs Data Receiver',
  pullImages: 'AcrPull',
  publishMetrics: 'Monitoring Metrics Publisher',
  readMetrics: 'Monitoring Data Reader',
  joinNetworks: 'Network Contributor',
});
export type Role = (typeof ROLES)[keyof typeof ROLES];

/** An identity without any right yet. @param name what it is for */
export function createIdentity(
  { stack, unit, resourceGroup, location }: Site,
  name: string,
): Identity {
  const identity = new UserAssignedIdentity(stack, `identity-${name}`, {
    name: `id-${unit.names.base}-${name}`,
    resourceGroupName: resourceGroup,
    location,
  });
  return Object.freeze({
    id: identity.id,
    principalId: identity.principalId,
    clientId: identity.clientId,
    name: `id-${unit.names.base}-${name}`,
  });
}

/**
 * Lets the pods of one service account act as the identity: by their own short-lived token, so that there is
 * no key to be lost.
 */
export function trustPods(
  { stack, resourceGroup }: Site,
  identity: Identity,
  account: { readonly issuer: string; readonly namespace: string; readonly name: string },
): void {
  new FederatedIdentityCredential(stack, `pods-${account.namespace}-${account.name}`, {
    name: `${account.namespace}-${account.name}`,
    resourceGroupName: resourceGroup,
    parentId: identity.id,
    issuer: account.issuer,
    audience: ['api://AzureADTokenExchange'],
    subject: `system:serviceaccount:${account.namespace}:${account.name}`,
  });
}

/** Gives one right on one resource. @param name unique in the stack */
export function grant(
  { stack }: Site,
  name: string,
  given: { readonly principalId: string; readonly role: Role; readonly scope: string },
): void {
  new RoleAssignment(stack, `grant-${name}`, {
    principalId: given.principalId,
    principalType: 'ServicePrincipal',
    roleDefinitionName: given.role,
    scope: given.scope,
  });
}

/** The identity of what starts more processes under load: it reads the unit's metrics, and nothing else. */
export function createScaler(site: Site, issuer: string, metricsId: string): Identity {
  const scaler = createIdentity(site, 'scaler');
  trustPods(site, scaler, { issuer, namespace: 'kube-system', name: 'keda-operator' });
  grant(site, 'scaler-metrics', {
    principalId: scaler.principalId,
    role: ROLES.readMetrics,
    scope: metricsId,
  });
  return scaler;
}
