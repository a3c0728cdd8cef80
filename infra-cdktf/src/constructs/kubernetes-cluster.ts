import { DiskEncryptionSet } from '@cdktf/provider-azurerm/lib/disk-encryption-set/index.js';
import {
  KubernetesCluster,
  type KubernetesClusterConfig,
} from '@cdktf/provider-azurerm/lib/kubernetes-cluster/index.js';
import { KubernetesClusterNodePool } from '@cdktf/provider-azurerm/lib/kubernetes-cluster-node-pool/index.js';
import type { PoolSize } from '../fleet/sizes.ts';
import { createIdentity, grant, ROLES } from './identities.ts';
import type { Vault } from './key-vault.ts';
import type { Network, SubnetName } from './network.ts';
import { registryId } from './private-links.ts';
import { type Site, zonesOf } from './site.ts';

export interface Cluster {
  readonly id: string;
  /** Issuer of the pods' tokens. */
  readonly issuer: string;
  /** Set of keys that the disks of pods are encrypted with. */
  readonly diskEncryptionSetId: string;
}

/** Versions that are upgraded by hand: a mesh revision is rolled out like a release. */
const KUBERNETES_VERSION = '1.33';
const MESH_REVISION = 'asm-1-27';

/** Machines of a cluster by what runs on them; three are one for each zone. */
export interface ClusterPools {
  readonly system: PoolSize;
  readonly app: PoolSize;
  /** Machines with disks, for database and search; undefined where a unit keeps nothing. */
  readonly data: PoolSize | undefined;
}

/** A private cluster over all zones: no public API, no local accounts, pods with identities of their own. */
export function createCluster(
  site: Site,
  network: Network,
  vault: Vault,
  logsId: string,
  pools: ClusterPools,
): Cluster {
  const { stack, unit, resourceGroup, location, tenantId } = site;
  const disks = createDiskEncryption(site, vault);
  const identity = createIdentity(site, 'cluster');
  grant(site, 'cluster-network', {
    principalId: identity.principalId,
    role: ROLES.joinNetworks,
    scope: network.id,
  });
  grant(site, 'cluster-etcd-key', {
    principalId: identity.principalId,
    role: ROLES.useKeys,
    scope: vault.id,
  });
  const cluster = new KubernetesCluster(stack, 'cluster', {
    name: unit.names.cluster,
    resourceGroupName: resourceGroup,
    nodeResourceGroup: unit.names.nodeResourceGroup,
    location,
    dnsPrefixPrivateCluster: unit.names.base,
    kubernetesVersion: KUBERNETES_VERSION,
    skuTier: 'Standard',
    privateClusterEnabled: true,
    privateClusterPublicFqdnEnabled: false,
    privateDnsZoneId: 'System',
    apiServerAccessProfile: {
      virtualNetworkIntegrationEnabled: true,
      subnetId: network.subnets.apiServer,
    },
    localAccountDisabled: true,
    roleBasedAccessControlEnabled: true,
    runCommandEnabled: false,
    azureActiveDirectoryRoleBasedAccessControl: { azureRbacEnabled: true, tenantId },
    oidcIssuerEnabled: true,
    workloadIdentityEnabled: true,
    diskEncryptionSetId: disks,
    identity: { type: 'UserAssigned', identityIds: [identity.id] },
    defaultNodePool: {
      name: 'system',
      ...poolSettings(site, network, 'systemNodes', pools.system),
      type: 'VirtualMachineScaleSets',
      onlyCriticalAddonsEnabled: true,
      temporaryNameForRotation: 'systemtmp',
    },
    ...addOns(vault, logsId),
    ...upkeep(unit.maintenanceDay),
  });
  createPools(site, network, cluster.id, pools);
  grant(site, 'cluster-images', {
    principalId: cluster.kubeletIdentity.objectId,
    role: ROLES.pullImages,
    scope: registryId(site),
  });
  return Object.freeze({
    id: cluster.id,
    issuer: cluster.oidcIssuerUrl,
    diskEncryptionSetId: disks,
  });
}

function createPools(site: Site, network: Network, clusterId: string, pools: ClusterPools): void {
  const { stack } = site;
  new KubernetesClusterNodePool(stack, 'pool-app', {
    name: 'app',
    kubernetesClusterId: clusterId,
    ...poolSettings(site, network, 'appNodes', pools.app),
    mode: 'User',
    nodeLabels: { 'commerce/pool': 'app' },
    temporaryNameForRotation: 'apptmp',
  });
  if (pools.data === undefined) return;
  new KubernetesClusterNodePool(stack, 'pool-data', {
    name: 'data',
    kubernetesClusterId: clusterId,
    ...poolSettings(site, network, 'dataNodes', pools.data),
    mode: 'User',
    nodeLabels: { 'commerce/pool': 'data' },
    nodeTaints: ['commerce/pool=data:NoSchedule'],
    temporaryNameForRotation: 'datatmp',
  });
}

function poolSettings(site: Site, network: Network, subnet: SubnetName, size: PoolSize) {
  const zones = zonesOf(site);
  return {
    vmSize: size.vmSize,
    autoScalingEnabled: true,
    minCount: size.nodesMin,
    maxCount: size.nodesMax,
    ...(zones !== undefined && { zones }),
    vnetSubnetId: network.subnets[subnet],
    hostEncryptionEnabled: true,
    nodePublicIpEnabled: false,
    // On the machine's own disk: nothing of a node outlives it.
    osDiskType: 'Ephemeral',
    osSku: 'AzureLinux',
    orchestratorVersion: KUBERNETES_VERSION,
    upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 30, nodeSoakDurationInMinutes: 5 },
  };
}

function addOns(vault: Vault, logsId: string) {
  return {
    networkProfile: {
      networkPlugin: 'azure',
      networkPluginMode: 'overlay',
      networkDataPlane: 'cilium',
      networkPolicy: 'cilium',
      outboundType: 'userAssignedNATGateway',
      loadBalancerSku: 'standard',
      podCidr: '192.168.0.0/16',
      serviceCidr: '172.20.0.0/16',
      dnsServiceIp: '172.20.0.10',
    },
    keyVaultSecretsProvider: { secretRotationEnabled: true, secretRotationInterval: '2m' },
    keyManagementService: {
      keyVaultKeyId: vault.encryptionKeyId,
      keyVaultNetworkAccess: 'Private',
    },
    workloadAutoscalerProfile: { kedaEnabled: true },
    serviceMeshProfile: {
      mode: 'Istio',
      revisions: [MESH_REVISION],
      internalIngressGatewayEnabled: true,
      externalIngressGatewayEnabled: false,
    },
    monitorMetrics: {},
    omsAgent: { logAnalyticsWorkspaceId: logsId, msiAuthForMonitoringEnabled: true },
    microsoftDefender: { logAnalyticsWorkspaceId: logsId },
    azurePolicyEnabled: true,
    imageCleanerEnabled: true,
    imageCleanerIntervalHours: 48,
    storageProfile: { diskDriverEnabled: true, snapshotControllerEnabled: true },
  } satisfies Partial<KubernetesClusterConfig>;
}

/** Patches come by themselves, each cell of a jurisdiction on a day of its own. */
function upkeep(dayOfWeek: string) {
  const window = { duration: 4, interval: 1, frequency: 'Weekly', dayOfWeek, startTime: '02:00' };
  return {
    automaticUpgradeChannel: 'patch',
    nodeOsUpgradeChannel: 'NodeImage',
    maintenanceWindowAutoUpgrade: window,
    maintenanceWindowNodeOs: window,
    autoScalerProfile: {
      balanceSimilarNodeGroups: true,
      expander: 'least-waste',
      scanInterval: '10s',
      scaleDownUnneeded: '5m',
      maxGracefulTerminationSec: '600',
    },
  } satisfies Partial<KubernetesClusterConfig>;
}

/** Disks of the pods' volumes, encrypted with the unit's own key. */
function createDiskEncryption(
  { stack, unit, resourceGroup, location }: Site,
  vault: Vault,
): string {
  const set = new DiskEncryptionSet(stack, 'disk-encryption', {
    name: `des-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    keyVaultKeyId: vault.encryptionKeyVersionlessId,
    autoKeyRotationEnabled: true,
    encryptionType: 'EncryptionAtRestWithPlatformAndCustomerKeys',
    identity: { type: 'UserAssigned', identityIds: [vault.encryption.id] },
  });
  return set.id;
}
