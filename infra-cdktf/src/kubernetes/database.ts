import type { IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IStorageClass } from 'kubernetes-models/storage.k8s.io/v1';
import type { IService } from 'kubernetes-models/v1';
import type { Unit } from '../fleet/plan.ts';
import { DATABASE_NAMESPACE } from '../settings/database-url.ts';
import { PORTS } from '../settings/ports.ts';
import { mirroredImage } from './images.ts';
import {
  CONTAINER_SECURITY,
  dataClaim,
  disruptionBudget,
  type KubernetesObject,
  labelsOf,
  POD_SECURITY,
  type Release,
  selectorOf,
  workloadAccount,
} from './objects.ts';
import { secretProvider, secretVolume } from './secret-provider.ts';

export const DATABASE_APP = 'cockroachdb';
export const CERTIFICATES_FOLDER = '/certificates';
/** Class of disks of whatever keeps data. */
export const DISK_CLASS = 'encrypted-data';

/** Machines of 16 cores and 128 GiB have room for two nodes, and for search beside them. */
const NODE_RESOURCES = Object.freeze({ cpu: '6', memory: '40Gi' });
const SMALL_NODE_RESOURCES = Object.freeze({ cpu: '1', memory: '8Gi' });

/**
 * CockroachDB on the data pool: a set of nodes for each zone, so that each knows its zone and three copies of a
 * row are never in the same one. Where a region has no zones, one set.
 */
export function databaseObjects(unit: Unit, release: Release): readonly KubernetesObject[] {
  return [
    diskClass(release),
    workloadAccount(unit, {
      name: DATABASE_APP,
      namespace: DATABASE_NAMESPACE,
      clientId: release.outputs.databaseClientId,
    }),
    secretProvider(
      unit,
      { name: 'database-certificates', namespace: DATABASE_NAMESPACE },
      { clientId: release.outputs.databaseClientId, tenantId: release.outputs.tenantId },
      [
        { secret: 'database-ca', file: 'ca.crt' },
        { secret: 'database-node-certificate', file: 'node.crt' },
        { secret: 'database-node-key', file: 'node.key' },
        { secret: 'database-root-certificate', file: 'client.root.crt' },
        { secret: 'database-root-key', file: 'client.root.key' },
      ],
    ),
    service(unit, DATABASE_APP, true),
    service(unit, `${DATABASE_APP}-public`, false),
    ...zonesOf(unit).map((zone) => nodes(unit, zone)),
    disruptionBudget(unit, DATABASE_APP, DATABASE_NAMESPACE),
  ];
}

interface Zone {
  readonly name: string;
  readonly replicas: number;
}

function zonesOf({ region, environment }: Unit): readonly Zone[] {
  const { nodes: count } = environment.sizes.database;
  if (region.zones.length === 0) return [{ name: '0', replicas: count }];
  return region.zones.map((name) => ({ name, replicas: Math.ceil(count / region.zones.length) }));
}

/** Addresses by which nodes find each other: the first of each zone. */
function joinAddresses(unit: Unit): string {
  return zonesOf(unit)
    .map(({ name }) => `${DATABASE_APP}-${name}-0.${DATABASE_APP}.${DATABASE_NAMESPACE}`)
    .join(',');
}

/** Disks with the unit's own key, in the zone of their pod, kept when the pod goes. */
function diskClass({ outputs }: Release): IStorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: DISK_CLASS },
    provisioner: 'disk.csi.azure.com',
    parameters: {
      skuName: 'PremiumV2_LRS',
      diskEncryptionSetID: outputs.diskEncryptionSetId,
      diskEncryptionType: 'EncryptionAtRestWithPlatformAndCustomerKeys',
    },
    reclaimPolicy: 'Retain',
    allowVolumeExpansion: true,
    volumeBindingMode: 'WaitForFirstConsumer',
  };
}

function service(unit: Unit, name: string, isHeadless: boolean): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: DATABASE_NAMESPACE,
      labels: { ...labelsOf(unit, DATABASE_APP) },
    },
    spec: {
      selector: { ...selectorOf(DATABASE_APP) },
      // Nodes have to find each other before they are ready.
      ...(isHeadless && { clusterIP: 'None', publishNotReadyAddresses: true }),
      ports: [{ name: 'tcp-sql', port: PORTS.database, targetPort: PORTS.database }],
    },
  };
}

function nodes(unit: Unit, zone: Zone): IStatefulSet {
  const { environment, region } = unit;
  const name = `${DATABASE_APP}-${zone.name}`;
  const selector = { ...selectorOf(DATABASE_APP), 'commerce/zone': zone.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: DATABASE_NAMESPACE, labels: { ...labelsOf(unit, DATABASE_APP) } },
    spec: {
      serviceName: DATABASE_APP,
      replicas: zone.replicas,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: {
            ...labelsOf(unit, DATABASE_APP),
            'commerce/zone': zone.name,
            'azure.workload.identity/use': 'true',
          },
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(PORTS.databaseHttp),
            'prometheus.io/path': '/_status/vars',
            'prometheus.io/scheme': 'https',
          },
        },
        spec: {
          serviceAccountName: DATABASE_APP,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          // A node hands its leases over before it goes.
          terminationGracePeriodSeconds: 300,
          nodeSelector: {
            'commerce/pool': 'data',
            ...(region.zones.length > 0 && {
              'topology.kubernetes.io/zone': `${region.name}-${zone.name}`,
            }),
          },
          tolerations: [{ key: 'commerce/pool', value: 'data', effect: 'NoSchedule' }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: selector },
            },
          ],
          containers: [container(unit, zone)],
          volumes: [
            secretVolume('certificates', 'database-certificates'),
            { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
          ],
        },
      },
      volumeClaimTemplates: [dataClaim(DISK_CLASS, environment.sizes.database.diskGiB)],
    },
  };
}

function container(unit: Unit, zone: Zone) {
  const isSmall = unit.environment.sizes.database.diskGiB < 512;
  const resources = isSmall ? SMALL_NODE_RESOURCES : NODE_RESOURCES;
  const start = [
    'exec /cockroach/cockroach start',
    `--certs-dir=${CERTIFICATES_FOLDER}`,
    '--store=path=/cockroach-data',
    `--advertise-host=$(hostname).${DATABASE_APP}.${DATABASE_NAMESPACE}`,
    `--listen-addr=:${PORTS.database}`,
    `--http-addr=:${PORTS.databaseHttp}`,
    `--locality=jurisdiction=${unit.jurisdiction},region=${unit.region.name},zone=${zone.name}`,
    `--join=${joinAddresses(unit)}`,
    '--cache=.3',
    '--max-sql-memory=.25',
    '--logtostderr=INFO',
    '--redactable-logs',
  ].join(' ');
  return {
    name: DATABASE_APP,
    image: mirroredImage(unit.environment, 'database'),
    imagePullPolicy: 'IfNotPresent' as const,
    securityContext: CONTAINER_SECURITY,
    command: ['/bin/bash', '-c', start],
    // The vault's driver gives files to the group, which the database takes for carelessness.
    env: [{ name: 'COCKROACH_SKIP_KEY_PERMISSION_CHECK', value: 'true' }],
    ports: [
      { name: 'tcp-sql', containerPort: PORTS.database },
      { name: 'https-status', containerPort: PORTS.databaseHttp },
    ],
    resources: { requests: { ...resources }, limits: { memory: resources.memory } },
    readinessProbe: {
      httpGet: { path: '/health?ready=1', port: 'https-status', scheme: 'HTTPS' as const },
      periodSeconds: 5,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: '/health', port: 'https-status', scheme: 'HTTPS' as const },
      initialDelaySeconds: 30,
      periodSeconds: 10,
    },
    volumeMounts: [
      { name: 'data', mountPath: '/cockroach-data' },
      { name: 'certificates', mountPath: CERTIFICATES_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
