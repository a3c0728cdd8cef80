import { type App, TerraformStack } from 'cdktf';
import { createIdentity, createScaler, grant, ROLES, trustPods } from '../constructs/identities.ts';
import { createCertificate, createKeyVault } from '../constructs/key-vault.ts';
import { createCluster } from '../constructs/kubernetes-cluster.ts';
import { createMonitoring } from '../constructs/monitoring.ts';
import { createNetwork } from '../constructs/network.ts';
import { announceUnit, createPrivateLinks, registryId } from '../constructs/private-links.ts';
import { openSite } from '../constructs/site.ts';
import { createHub, joinHub } from '../constructs/wide-network.ts';
import { CONTROL_PLANE_NETWORK } from '../fleet/addresses.ts';
import type { Unit } from '../fleet/plan.ts';
import { routerAlerts } from '../slo/objectives.ts';
import { publishOutputs } from './outputs.ts';
import { tagEverything } from './tags.ts';

/** The routers of a region and the hub that joins it to the others. They keep nothing of anybody. */
export function createRouterStack(app: App, router: Unit): TerraformStack {
  const stack = new TerraformStack(app, router.names.stack);
  const site = openSite(stack, router);
  // The edge comes by a private link, whose addresses are of this very network.
  const network = createNetwork(site, [
    { name: 'edge', from: [router.addresses.ingress] },
    { name: 'operators', from: [CONTROL_PLANE_NETWORK] },
  ]);
  const hub = createHub(site);
  joinHub(site, network, hub);
  const links = createPrivateLinks(site, network);
  announceUnit(site, network);
  links.connect('registry', 'registry', registryId(site));
  const monitoring = createMonitoring(site, links, routerAlerts());
  const vault = createKeyVault(site, links);
  const { sizes } = router.environment;
  const cluster = createCluster(site, network, vault, monitoring.logsId, {
    system: sizes.systemPool,
    app: sizes.routerPool,
    data: undefined,
  });
  monitoring.collect(cluster.id);
  const gateway = createCertificate(site, vault, cluster.issuer);
  const deployable = createIdentity(site, 'router');
  trustPods(site, deployable, { issuer: cluster.issuer, namespace: 'router', name: 'router' });
  const scaler = createScaler(site, cluster.issuer, monitoring.metricsId);
  grant(site, 'router-secrets', {
    principalId: deployable.principalId,
    role: ROLES.readSecrets,
    scope: vault.id,
  });
  monitoring.audit('vault', vault.id, 'audit');
  monitoring.audit('cluster', cluster.id, 'audit');
  publishOutputs(stack, {
    issuer: cluster.issuer,
    tenantId: site.tenantId,
    deployableClientId: deployable.clientId,
    databaseClientId: '',
    gatewayClientId: gateway.clientId,
    scalerClientId: scaler.clientId,
    diskEncryptionSetId: cluster.diskEncryptionSetId,
    metricsQueryUrl: monitoring.metricsQueryUrl,
  });
  tagEverything(stack, router);
  return stack;
}
