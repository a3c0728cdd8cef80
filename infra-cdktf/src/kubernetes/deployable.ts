import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IService } from 'kubernetes-models/v1';
import {
  DIRECTORY_AUDIENCE,
  DIRECTORY_REGION,
  directoryRole,
} from '../settings/directory-access.ts';
import type { Unit } from '../fleet/plan.ts';
import { PORTS } from '../settings/ports.ts';
import {
  CONFIG_FOLDER,
  DATA_FOLDER,
  KEYS_FOLDER,
  type Setting,
  secretsOf,
  toEnvironment,
} from '../settings/setting.ts';
import { type ImageName, ownImage } from './images.ts';
import {
  CONTAINER_SECURITY,
  disruptionBudget,
  type KubernetesObject,
  labelsOf,
  POD_SECURITY,
  type Release,
  selectorOf,
  spreadOver,
  workloadAccount,
} from './objects.ts';
import { secretProvider, secretVolume } from './secret-provider.ts';

/** One of our processes, as a cluster runs it. */
export interface DeployableSpec {
  readonly app: ImageName;
  readonly settings: Readonly<Record<string, Setting>>;
  /** Port of health and metrics, where that is not the one of its service. */
  readonly healthPort: number;
  /** Memory that a process may take, in MiB; V8 is told of three quarters. */
  readonly memoryMib: number;
  readonly dataSizeMib: number;
  /** Fixed number of processes, where it is no matter of load. */
  readonly replicas?: number;
  /** Name of a ConfigMap whose files are mounted; undefined: none. */
  readonly config?: string;
}

/** Time in which balancers learn that a pod is going, before it stops taking requests. */
const DRAIN_SECONDS = 10;
/** `runPart` ends a process after 8 s; the rest is for the balancers. */
const GRACE_SECONDS = 30;
const TOKEN_FOLDER = '/var/run/secrets/directory';
const TOKEN_SECONDS = 3600;

export function deployableObjects(
  unit: Unit,
  release: Release,
  spec: DeployableSpec,
): readonly KubernetesObject[] {
  const { app } = spec;
  return [
    workloadAccount(unit, {
      name: app,
      namespace: app,
      clientId: release.outputs.deployableClientId,
    }),
    secretProvider(
      unit,
      { name: 'keys', namespace: app },
      { clientId: release.outputs.deployableClientId, tenantId: release.outputs.tenantId },
      keysOf(spec).map((secret) => ({ secret, file: secret })),
    ),
    deployment(unit, release, spec),
    service(unit, spec),
    disruptionBudget(unit, app, app),
  ];
}

/** Its own secrets, and the certificate at the database where it has one. */
function keysOf({ settings }: DeployableSpec): readonly string[] {
  const hasDatabase = settings['DATABASE_URL'] !== undefined;
  const own = secretsOf(settings);
  const database = ['database-ca', 'database-client-certificate', 'database-client-key'];
  return hasDatabase ? [...own, ...database] : own;
}

function deployment(unit: Unit, release: Release, spec: DeployableSpec): IDeployment {
  const { app } = spec;
  const { replicas } = unit.environment.sizes;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace: app, labels: { ...labelsOf(unit, app) } },
    spec: {
      replicas: spec.replicas ?? replicas.min,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
      selector: { matchLabels: { ...selectorOf(app) } },
      strategy:
        spec.replicas === 1
          ? // Two would write the same books.
            { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template: {
        metadata: {
          labels: { ...labelsOf(unit, app), 'azure.workload.identity/use': 'true' },
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(spec.healthPort),
            'prometheus.io/path': '/metrics',
          },
        },
        spec: {
          serviceAccountName: app,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          nodeSelector: { 'commerce/pool': 'app' },
          topologySpreadConstraints: spreadOver(app, unit.region.zones.length > 0),
          containers: [container(unit, release, spec)],
          volumes: volumes(spec),
        },
      },
    },
  };
}

function container(unit: Unit, release: Release, spec: DeployableSpec) {
  const probe = (path: string) => ({ httpGet: { path, port: 'health' } });
  const ports = [{ name: 'http', containerPort: PORTS.service }];
  return {
    name: spec.app,
    image: ownImage(unit.environment, spec.app, release.version),
    imagePullPolicy: 'IfNotPresent' as const,
    securityContext: CONTAINER_SECURITY,
    ports:
      spec.healthPort === PORTS.service
        ? [{ name: 'health', containerPort: PORTS.service }]
        : [...ports, { name: 'health', containerPort: spec.healthPort }],
    env: environmentOf(unit, spec),
    resources: {
      // A process has one thread that works; more of them are more processes.
      requests: { cpu: '1', memory: `${spec.memoryMib}Mi` },
      limits: { memory: `${spec.memoryMib}Mi` },
    },
    // Migrations may take a while; nothing is asked of it before they are done.
    startupProbe: { ...probe('/health/live'), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe('/health/ready'), periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe('/health/live'), periodSeconds: 10, failureThreshold: 6 },
    lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
    volumeMounts: [
      { name: 'keys', mountPath: KEYS_FOLDER, readOnly: true },
      { name: 'data', mountPath: DATA_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'directory-token', mountPath: TOKEN_FOLDER, readOnly: true },
      ...(spec.config === undefined
        ? []
        : [{ name: 'config', mountPath: CONFIG_FOLDER, readOnly: true }]),
    ],
  };
}

/** Its settings, and what Node and the directory's client read by themselves. */
export function environmentOf(unit: Unit, spec: DeployableSpec) {
  const heapMib = Math.floor(spec.memoryMib * 0.75);
  const role = directoryRole(unit.environment.short, unit.names.stack);
  const own: Readonly<Record<string, string>> = {
    ...toEnvironment(spec.settings),
    NODE_ENV: 'production',
    NODE_OPTIONS: `--max-old-space-size=${heapMib} --max-semi-space-size=8`,
    AWS_REGION: DIRECTORY_REGION,
    AWS_ROLE_ARN: `arn:aws:iam::${unit.environment.directoryAccount}:role/${role}`,
    AWS_WEB_IDENTITY_TOKEN_FILE: `${TOKEN_FOLDER}/token`,
  };
  return Object.entries(own).map(([name, text]) => ({ name, value: text }));
}

function volumes(spec: DeployableSpec) {
  return [
    secretVolume('keys', 'keys'),
    { name: 'data', emptyDir: { sizeLimit: `${spec.dataSizeMib}Mi` } },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    {
      name: 'directory-token',
      projected: {
        sources: [
          {
            serviceAccountToken: {
              audience: DIRECTORY_AUDIENCE,
              path: 'token',
              expirationSeconds: TOKEN_SECONDS,
            },
          },
        ],
      },
    },
    ...(spec.config === undefined ? [] : [{ name: 'config', configMap: { name: spec.config } }]),
  ];
}

function service(unit: Unit, { app, healthPort }: DeployableSpec): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace: app, labels: { ...labelsOf(unit, app) } },
    spec: {
      selector: { ...selectorOf(app) },
      ports: [
        { name: 'http', port: PORTS.service, targetPort: PORTS.service },
        ...(healthPort === PORTS.service
          ? []
          : [{ name: 'http-health', port: healthPort, targetPort: healthPort }]),
      ],
    },
  };
}
