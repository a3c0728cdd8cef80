import { type App, TerraformStack } from 'cdktf';
import { CELL_STREAMS, createEventHubs } from '../constructs/event-hubs.ts';
import { createIdentity, createScaler, grant, ROLES, trustPods } from '../constructs/identities.ts';
import { createCertificate, createKeyVault } from '../constructs/key-vault.ts';
import { createCluster } from '../constructs/kubernetes-cluster.ts';
import { createMonitoring } from '../constructs/monitoring.ts';
import { createNetwork } from '../constructs/network.ts';
import { announceUnit, createPrivateLinks, registryId } from '../constructs/private-links.ts';
import { createRedis } from '../constructs/redis.ts';
import { openSite } from '../constructs/site.ts';
import {
  AUDIT_IMMUTABLE_DAYS,
  BACKUP_IMMUTABLE_DAYS,
  createStorage,
} from '../constructs/storage.ts';
import { hubId, joinHub } from '../constructs/wide-network.ts';
import { CONTROL_PLANE_NETWORK, jurisdictionNetwork, ROUTERS_NETWORK } from '../fleet/addresses.ts';
import { nameUnit } from '../fleet/names.ts';
import type { CellUnit } from '../fleet/plan.ts';
import { cellAlerts } from '../slo/objectives.ts';
import { publishOutputs } from './outputs.ts';
import { tagEverything } from './tags.ts';

/**
 * A cell: everything that its shoppers need and all of their data. Two cells' stacks are the same but for
 * names, region, zones, addresses and the day of patches.
 */
export function createCellStack(app: App, cell: CellUnit): TerraformStack {
  const { environment, names } = cell;
  const stack = new TerraformStack(app, names.stack);
  const site = openSite(stack, cell);
  const network = createNetwork(site, [
    { name: 'routers', from: [ROUTERS_NETWORK] },
    { name: 'fellow-cells', from: [jurisdictionNetwork(cell.block)] },
    { name: 'control-plane', from: [CONTROL_PLANE_NETWORK] },
  ]);
  const hubGroup = nameUnit(environment, 'router', cell.hubRegion).resourceGroup;
  joinHub(site, network, hubId(site, cell.hubRegion, hubGroup));
  const links = createPrivateLinks(site, network);
  announceUnit(site, network);
  links.connect('registry', 'registry', registryId(site));
  const monitoring = createMonitoring(site, links, cellAlerts());
  const vault = createKeyVault(site, links);
  const { sizes } = environment;
  const cluster = createCluster(site, network, vault, monitoring.logsId, {
    system: sizes.systemPool,
    app: sizes.appPool,
    data: sizes.dataPool,
  });
  monitoring.collect(cluster.id);
  const gateway = createCertificate(site, vault, cluster.issuer);

  const deployable = createIdentity(site, 'cell');
  trustPods(site, deployable, { issuer: cluster.issuer, namespace: 'cell', name: 'cell' });
  const database = createIdentity(site, 'database');
  trustPods(site, database, { issuer: cluster.issuer, namespace: 'data', name: 'cockroachdb' });
  const scaler = createScaler(site, cluster.issuer, monitoring.metricsId);

  const backups = createStorage(site, links, vault, {
    name: 'backups',
    account: names.backupStorage,
    containers: ['database'],
    immutableDays: BACKUP_IMMUTABLE_DAYS,
    removeAfterDays: sizes.backupRetentionDays,
  });
  const audit = createStorage(site, links, vault, {
    name: 'audit',
    account: names.auditStorage,
    containers: ['audit', 'erasures'],
    immutableDays: AUDIT_IMMUTABLE_DAYS,
  });
  const media = createStorage(site, links, vault, {
    name: 'media',
    account: names.mediaStorage,
    containers: ['media'],
  });
  const events = createEventHubs(site, links, vault, CELL_STREAMS);
  createRedis(site, links, vault, deployable);

  const give = (
    name: string,
    who: { principalId: string },
    role: keyof typeof ROLES,
    scope: string,
  ) => grant(site, name, { principalId: who.principalId, role: ROLES[role], scope });
  give('cell-secrets', deployable, 'readSecrets', vault.id);
  give('cell-audit', deployable, 'writeBlobs', audit);
  give('cell-media', deployable, 'writeBlobs', media);
  give('cell-sends', deployable, 'sendEvents', events);
  give('cell-receives', deployable, 'receiveEvents', events);
  give('database-backups', database, 'writeBlobs', backups);
  give('database-secrets', database, 'readSecrets', vault.id);
  monitoring.audit('vault', vault.id, 'audit');
  monitoring.audit('cluster', cluster.id, 'audit');
  publishOutputs(stack, {
    issuer: cluster.issuer,
    tenantId: site.tenantId,
    deployableClientId: deployable.clientId,
    databaseClientId: database.clientId,
    gatewayClientId: gateway.clientId,
    scalerClientId: scaler.clientId,
    diskEncryptionSetId: cluster.diskEncryptionSetId,
    metricsQueryUrl: monitoring.metricsQueryUrl,
  });
  tagEverything(stack, cell);
  return stack;
}
