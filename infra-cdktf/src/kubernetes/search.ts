import type { IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IConfigMap, IService } from 'kubernetes-models/v1';
import type { Unit } from '../fleet/plan.ts';
import { DATABASE_NAMESPACE } from '../settings/database-url.ts';
import { PORTS } from '../settings/ports.ts';
import { DATABASE_APP, DISK_CLASS } from './database.ts';
import { mirroredImage } from './images.ts';
import {
  CONTAINER_SECURITY,
  dataClaim,
  disruptionBudget,
  type KubernetesObject,
  labelsOf,
  POD_SECURITY,
  selectorOf,
  spreadOver,
} from './objects.ts';
import { secretVolume } from './secret-provider.ts';

const APP = 'opensearch';
const CERTIFICATES = '/usr/share/opensearch/config/certificates';

/**
 * OpenSearch on the data pool. Its index is made from the database and can be made again, so it has no backup; it
 * speaks TLS with the certificates of the database's nodes, whose names include its own.
 */
export function searchObjects(unit: Unit): readonly KubernetesObject[] {
  return [
    settings(unit),
    service(unit),
    nodes(unit),
    disruptionBudget(unit, APP, DATABASE_NAMESPACE),
  ];
}

function place(unit: Unit, name: string) {
  return { name, namespace: DATABASE_NAMESPACE, labels: { ...labelsOf(unit, APP) } };
}

function settings(unit: Unit): IConfigMap {
  const count = unit.environment.sizes.search.nodes;
  const hosts = Array.from({ length: count }, (_, index) => `${APP}-${index}`);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: place(unit, APP),
    data: {
      'opensearch.yml': [
        `cluster.name: ${unit.id}`,
        'network.host: 0.0.0.0',
        `discovery.seed_hosts: [${hosts.map((host) => `${host}.${APP}`).join(', ')}]`,
        `cluster.initial_cluster_manager_nodes: [${hosts.join(', ')}]`,
        'cluster.routing.allocation.awareness.attributes: zone',
        'plugins.security.ssl.transport.pemcert_filepath: certificates/node.crt',
        'plugins.security.ssl.transport.pemkey_filepath: certificates/node.key',
        'plugins.security.ssl.transport.pemtrustedcas_filepath: certificates/ca.crt',
        'plugins.security.ssl.http.enabled: true',
        'plugins.security.ssl.http.clientauth_mode: REQUIRE',
        'plugins.security.ssl.http.pemcert_filepath: certificates/node.crt',
        'plugins.security.ssl.http.pemkey_filepath: certificates/node.key',
        'plugins.security.ssl.http.pemtrustedcas_filepath: certificates/ca.crt',
        'plugins.security.ssl.http.enabled_protocols: [TLSv1.2, TLSv1.3]',
        "plugins.security.nodes_dn: ['CN=node']",
        "plugins.security.authcz.admin_dn: ['CN=root']",
        '',
      ].join('\n'),
    },
  };
}

function service(unit: Unit): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: place(unit, APP),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { ...selectorOf(APP) },
      ports: [
        { name: 'https', port: PORTS.search, targetPort: PORTS.search },
        { name: 'tcp-transport', port: PORTS.searchTransport, targetPort: PORTS.searchTransport },
      ],
    },
  };
}

function nodes(unit: Unit): IStatefulSet {
  const { search } = unit.environment.sizes;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: place(unit, APP),
    spec: {
      serviceName: APP,
      replicas: search.nodes,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { ...selectorOf(APP) } },
      template: {
        metadata: { labels: { ...labelsOf(unit, APP), 'azure.workload.identity/use': 'true' } },
        spec: {
          serviceAccountName: DATABASE_APP,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          terminationGracePeriodSeconds: 120,
          nodeSelector: { 'commerce/pool': 'data' },
          tolerations: [{ key: 'commerce/pool', value: 'data', effect: 'NoSchedule' }],
          topologySpreadConstraints: spreadOver(APP, unit.region.zones.length > 0),
          containers: [container(unit)],
          volumes: [
            secretVolume('certificates', 'database-certificates'),
            { name: 'settings', configMap: { name: APP } },
            { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
            { name: 'logs', emptyDir: { sizeLimit: '1Gi' } },
          ],
        },
      },
      volumeClaimTemplates: [dataClaim(DISK_CLASS, search.diskGiB)],
    },
  };
}

function container(unit: Unit) {
  const isSmall = unit.environment.sizes.search.diskGiB < 512;
  const heapMib = isSmall ? 1_024 : 8_192;
  const root = '/usr/share/opensearch';
  return {
    name: APP,
    image: mirroredImage(unit.environment, 'search'),
    imagePullPolicy: 'IfNotPresent' as const,
    securityContext: CONTAINER_SECURITY,
    env: [
      { name: 'OPENSEARCH_JAVA_OPTS', value: `-Xms${heapMib}m -Xmx${heapMib}m` },
      { name: 'node.name', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    ports: [
      { name: 'https', containerPort: PORTS.search },
      { name: 'tcp-transport', containerPort: PORTS.searchTransport },
    ],
    resources: {
      requests: { cpu: isSmall ? '500m' : '3', memory: `${heapMib * 2}Mi` },
      limits: { memory: `${heapMib * 2}Mi` },
    },
    // Clients have to show a certificate, which a probe can't.
    readinessProbe: { tcpSocket: { port: 'https' }, periodSeconds: 10 },
    livenessProbe: {
      tcpSocket: { port: 'tcp-transport' },
      initialDelaySeconds: 60,
      periodSeconds: 20,
    },
    volumeMounts: [
      { name: 'data', mountPath: `${root}/data` },
      { name: 'settings', mountPath: `${root}/config/opensearch.yml`, subPath: 'opensearch.yml' },
      { name: 'certificates', mountPath: CERTIFICATES, readOnly: true },
      { name: 'logs', mountPath: `${root}/logs` },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
