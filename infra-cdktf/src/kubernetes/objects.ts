import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IPersistentVolumeClaim, IServiceAccount } from 'kubernetes-models/v1';
import type { Unit } from '../fleet/plan.ts';

/** A thing that the cluster is told; every kind has its own schema, see `schemas.ts`. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** What the unit's stack told when it was applied; no secret. */
export interface StackOutputs {
  readonly tenantId: string;
  readonly deployableClientId: string;
  /** Empty for routers, which have no database. */
  readonly databaseClientId: string;
  /** Of what copies the certificate to the gateway. */
  readonly gatewayClientId: string;
  /** Id of the set of keys that disks are encrypted with. */
  readonly diskEncryptionSetId: string;
  /** Where the cluster's metrics are asked for. */
  readonly metricsQueryUrl: string;
}

export interface Release {
  /** Tag of our images, `v1.4.2`. */
  readonly version: string;
  readonly outputs: StackOutputs;
}

/** Labels by which everything is found; the first of them selects. */
export function labelsOf(unit: Unit, app: string): Readonly<Record<string, string>> {
  return Object.freeze({
    'app.kubernetes.io/name': app,
    'app.kubernetes.io/part-of': 'commerce',
    'commerce/unit': unit.id,
    'commerce/jurisdiction': unit.jurisdiction,
  });
}

export function selectorOf(app: string): Readonly<Record<string, string>> {
  return Object.freeze({ 'app.kubernetes.io/name': app });
}

/** The account of pods that prove themselves to Azure as an identity. It has no word in the cluster. */
export function workloadAccount(
  unit: Unit,
  { name, namespace, clientId }: { name: string; namespace: string; clientId: string },
): IServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace,
      labels: { ...labelsOf(unit, name) },
      annotations: { 'azure.workload.identity/client-id': clientId },
    },
    automountServiceAccountToken: false,
  };
}

/** One pod at a time is taken away by upkeep, whatever is going on. */
export function disruptionBudget(unit: Unit, app: string, namespace: string): IPodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app, namespace, labels: { ...labelsOf(unit, app) } },
    spec: { maxUnavailable: 1, selector: { matchLabels: { ...selectorOf(app) } } },
  };
}

/** The disk of each pod of a set, mounted as `data`. */
export function dataClaim(storageClassName: string, diskGiB: number): IPersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      resources: { requests: { storage: `${diskGiB}Gi` } },
    },
  };
}

/** Pods as the strictest profile of Kubernetes wants them. */
export const POD_SECURITY = Object.freeze({
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const);

export const CONTAINER_SECURITY = Object.freeze({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
});

/** One pod more or less than in the others, for each zone; machines second. */
export function spreadOver(app: string, hasZones: boolean) {
  const spread = (topologyKey: string, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway') => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: { ...selectorOf(app) } },
  });
  return [
    ...(hasZones ? [spread('topology.kubernetes.io/zone', 'DoNotSchedule')] : []),
    spread('kubernetes.io/hostname', 'ScheduleAnyway'),
  ];
}
