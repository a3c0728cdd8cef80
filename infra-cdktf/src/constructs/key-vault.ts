import { KeyVault } from '@cdktf/provider-azurerm/lib/key-vault/index.js';
import { KeyVaultCertificate } from '@cdktf/provider-azurerm/lib/key-vault-certificate/index.js';
import { KeyVaultKey } from '@cdktf/provider-azurerm/lib/key-vault-key/index.js';
import { createIdentity, grant, type Identity, ROLES, trustPods } from './identities.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

export interface Vault {
  readonly id: string;
  /** Key that disks, blobs, events and cache are encrypted with; it never leaves the module. */
  readonly encryptionKeyId: string;
  readonly encryptionKeyVersionlessId: string;
  /** Who may use that key: the stores themselves. */
  readonly encryption: Identity;
}

/**
 * The unit's own vault, in its own region: keys in a hardware module, rotated each year, and secrets that are
 * written by `npm run infra -- secrets`, never by a stack, so that no state holds one.
 */
export function createKeyVault(site: Site, links: PrivateLinks): Vault {
  const { stack, unit, resourceGroup, location, tenantId } = site;
  const vault = new KeyVault(stack, 'vault', {
    name: unit.names.keyVault,
    resourceGroupName: resourceGroup,
    location,
    tenantId,
    skuName: 'premium',
    rbacAuthorizationEnabled: true,
    purgeProtectionEnabled: true,
    softDeleteRetentionDays: 90,
    publicNetworkAccessEnabled: false,
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
  });
  links.connect('vault', 'vault', vault.id);
  const key = new KeyVaultKey(stack, 'encryption-key', {
    name: 'encryption',
    keyVaultId: vault.id,
    keyType: 'RSA-HSM',
    keySize: 3072,
    keyOpts: ['wrapKey', 'unwrapKey'],
    rotationPolicy: {
      expireAfter: 'P18M',
      notifyBeforeExpiry: 'P30D',
      automatic: { timeAfterCreation: 'P1Y' },
    },
  });
  const encryption = createIdentity(site, 'encryption');
  grant(site, 'encryption-key', {
    principalId: encryption.principalId,
    role: ROLES.useKeys,
    scope: vault.id,
  });
  return Object.freeze({
    id: vault.id,
    encryptionKeyId: key.id,
    encryptionKeyVersionlessId: key.versionlessId,
    encryption,
  });
}

/**
 * The certificate of the unit's name, made in the vault and renewed there, and who may read it: the pod that
 * holds it for the gateway, and it nothing else.
 * @param issuer of the tokens of the cluster's pods
 * @returns that pod's identity
 */
export function createCertificate(site: Site, vault: Vault, issuer: string): Identity {
  const { stack, unit } = site;
  const certificate = new KeyVaultCertificate(stack, 'certificate', {
    name: 'ingress',
    keyVaultId: vault.id,
    certificatePolicy: {
      issuerParameters: { name: unit.environment.certificateIssuer },
      keyProperties: { exportable: true, keyType: 'RSA', keySize: 3072, reuseKey: false },
      lifetimeAction: [{ action: { actionType: 'AutoRenew' }, trigger: { daysBeforeExpiry: 30 } }],
      secretProperties: { contentType: 'application/x-pem-file' },
      x509CertificateProperties: {
        subject: `CN=${unit.host}`,
        keyUsage: ['digitalSignature', 'keyEncipherment'],
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
        validityInMonths: 6,
        subjectAlternativeNames: { dnsNames: [unit.host, ...unit.moreHosts] },
      },
    },
  });
  const reader = createIdentity(site, 'gateway');
  trustPods(site, reader, { issuer, namespace: 'aks-istio-ingress', name: 'certificate-holder' });
  grant(site, 'gateway-certificate', {
    principalId: reader.principalId,
    role: ROLES.readSecrets,
    scope: `${vault.id}/secrets/${certificate.name}`,
  });
  return reader;
}
