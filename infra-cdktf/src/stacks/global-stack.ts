import { type App, TerraformStack } from 'cdktf';
import { createDirectory } from '../constructs/directory.ts';
import { createEventHubs, GLOBAL_STREAMS } from '../constructs/event-hubs.ts';
import { createFrontDoor } from '../constructs/front-door.ts';
import { createIdentity, createScaler, grant, ROLES, trustPods } from '../constructs/identities.ts';
import { createCertificate, createKeyVault } from '../constructs/key-vault.ts';
import { createCluster } from '../constructs/kubernetes-cluster.ts';
import { createMonitoring } from '../constructs/monitoring.ts';
import { createNetwork } from '../constructs/network.ts';
import { createPartnerGateway } from '../constructs/partner-gateway.ts';
import { announceUnit, createPrivateLinks } from '../constructs/private-links.ts';
import { createPublicNames, createZones } from '../constructs/public-names.ts';
import { createRegistry } from '../constructs/registry.ts';
import { openSite, type Site } from '../constructs/site.ts';
import {
  AUDIT_IMMUTABLE_DAYS,
  BACKUP_IMMUTABLE_DAYS,
  createStorage,
} from '../constructs/storage.ts';
import { createDdosPlan, createWideNetwork, hubId, joinHub } from '../constructs/wide-network.ts';
import { nameUnit } from '../fleet/names.ts';
import type { FleetPlan } from '../fleet/plan.ts';
import { controlPlaneAlerts } from '../slo/objectives.ts';
import { publishOutputs } from './outputs.ts';
import { tagEverything } from './tags.ts';

/** Networks that cells lie in, all together. */
const CELLS_NETWORK = '10.0.0.0/9';
/** What there is once: edge, names, registry, directory, partners' gateway and the control plane. */
export function createGlobalStack(app: App, fleet: FleetPlan): TerraformStack {
  const { controlPlane, environment } = fleet;
  const stack = new TerraformStack(app, controlPlane.names.stack);
  const site = openSite(stack, controlPlane);
  createDdosPlan(site);
  createWideNetwork(site);
  const zone = createZones(site);
  createDirectory(stack, environment);
  const edgeHost = createFrontDoor(site, zone, fleet);
  createPublicNames(site, edgeHost);
  createControlPlane(site, fleet);
  tagEverything(stack, controlPlane);
  return stack;
}

function createControlPlane(site: Site, fleet: FleetPlan): void {
  const { controlPlane, environment } = fleet;
  const { sizes } = environment;
  const network = createNetwork(site, [
    { name: 'edge', from: [controlPlane.addresses.ingress] },
    { name: 'cells', from: [CELLS_NETWORK] },
    { name: 'partners', from: [controlPlane.addresses.apiManagement] },
  ]);
  const hubGroup = nameUnit(environment, 'router', controlPlane.region.name).resourceGroup;
  joinHub(site, network, hubId(site, controlPlane.region.name, hubGroup));
  const links = createPrivateLinks(site, network);
  announceUnit(site, network);
  createRegistry(site, links, copiesFor(fleet));
  const monitoring = createMonitoring(site, links, controlPlaneAlerts());
  const vault = createKeyVault(site, links);
  const cluster = createCluster(site, network, vault, monitoring.logsId, {
    system: sizes.systemPool,
    app: sizes.appPool,
    data: sizes.dataPool,
  });
  monitoring.collect(cluster.id);
  const backups = createStorage(site, links, vault, {
    name: 'backups',
    account: controlPlane.names.backupStorage,
    containers: ['database'],
    immutableDays: BACKUP_IMMUTABLE_DAYS,
    removeAfterDays: sizes.backupRetentionDays,
  });
  const audit = createStorage(site, links, vault, {
    name: 'audit',
    account: controlPlane.names.auditStorage,
    containers: ['audit'],
    immutableDays: AUDIT_IMMUTABLE_DAYS,
  });
  const events = createEventHubs(site, links, vault, GLOBAL_STREAMS);
  createPartnerGateway(site, network, controlPlane);
  const gateway = createCertificate(site, vault, cluster.issuer);
  const { issuer } = cluster;
  const metrics = monitoring.metricsId;
  const { deployable, database, scaler } = createIdentities(site, {
    issuer,
    vault: vault.id,
    backups,
    audit,
    events,
    metrics,
  });
  publishOutputs(site.stack, {
    issuer,
    tenantId: site.tenantId,
    deployableClientId: deployable.clientId,
    databaseClientId: database.clientId,
    gatewayClientId: gateway.clientId,
    scalerClientId: scaler.clientId,
    diskEncryptionSetId: cluster.diskEncryptionSetId,
    metricsQueryUrl: monitoring.metricsQueryUrl,
  });
  monitoring.audit('vault', vault.id, 'audit');
  monitoring.audit('cluster', cluster.id, 'audit');
}

interface Reachable {
  readonly issuer: string;
  readonly vault: string;
  readonly backups: string;
  readonly audit: string;
  readonly events: string;
  readonly metrics: string;
}

function createIdentities(site: Site, to: Reachable) {
  const deployable = createIdentity(site, 'control-plane');
  const account = { issuer: to.issuer, namespace: 'control-plane', name: 'control-plane' };
  trustPods(site, deployable, account);
  if (site.unit.environment.gatewayUrl === undefined) {
    const sandbox = { namespace: 'sandbox-gateway', name: 'sandbox-gateway' };
    trustPods(site, deployable, { issuer: to.issuer, ...sandbox });
  }
  const database = createIdentity(site, 'database');
  trustPods(site, database, { issuer: to.issuer, namespace: 'data', name: 'cockroachdb' });
  const give = (name: string, who: string, role: keyof typeof ROLES, scope: string) =>
    grant(site, name, { principalId: who, role: ROLES[role], scope });
  give('control-plane-secrets', deployable.principalId, 'readSecrets', to.vault);
  give('control-plane-audit', deployable.principalId, 'writeBlobs', to.audit);
  give('control-plane-sends', deployable.principalId, 'sendEvents', to.events);
  give('database-backups', database.principalId, 'writeBlobs', to.backups);
  give('database-secrets', database.principalId, 'readSecrets', to.vault);
  const scaler = createScaler(site, to.issuer, to.metrics);
  return { deployable, database, scaler };
}

/** Every region in which something is started; one entry each, in order. */
function copiesFor(fleet: FleetPlan) {
  const regions = new Map(
    [...fleet.cells, ...fleet.routers].map(({ region }) => [region.name, region]),
  );
  return [...regions.values()]
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ name, zones }) => ({ region: name, hasZones: zones.length > 0 }));
}
