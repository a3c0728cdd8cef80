import type {
  IScaledObject,
  ITriggerAuthentication,
} from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { Unit } from '../fleet/plan.ts';
import { labelsOf, type Release } from './objects.ts';

/** Load of one process at which another one is started. */
export interface ScalingTargets {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly requestsPerSecond: number;
}

/** How often the metrics are looked at; with the pod's own start this is below half a minute. */
const POLL_SECONDS = 10;
/** A process goes once three minutes have not needed it: four at the most, with the window below. */
const QUIET_SECONDS = 180;

/**
 * Scales an app between the environment's bounds by CPU, memory and requests, whichever asks for most. It makes
 * a HorizontalPodAutoscaler; the metrics of requests are the mesh's own, asked for by the scaler's identity.
 */
export function scaling(
  unit: Unit,
  { outputs }: Release,
  app: string,
  targets: ScalingTargets,
): readonly [ITriggerAuthentication, IScaledObject] {
  const { replicas } = unit.environment.sizes;
  const metadata = { name: app, namespace: app, labels: { ...labelsOf(unit, app) } };
  return [
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      metadata,
      spec: { podIdentity: { provider: 'azure-workload' } },
    },
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app },
        minReplicaCount: replicas.min,
        maxReplicaCount: replicas.max,
        pollingInterval: POLL_SECONDS,
        // Without metrics it goes on with what it has, and never below what has served so far.
        fallback: { failureThreshold: 3, replicas: Math.ceil(replicas.max / 2) },
        advanced: { horizontalPodAutoscalerConfig: { name: app, behavior: behavior() } },
        triggers: [
          {
            type: 'cpu',
            metricType: 'Utilization',
            metadata: { value: String(targets.cpuPercent) },
          },
          {
            type: 'memory',
            metricType: 'Utilization',
            metadata: { value: String(targets.memoryPercent) },
          },
          {
            type: 'prometheus',
            metadata: {
              serverAddress: outputs.metricsQueryUrl,
              query: `sum(rate(istio_requests_total{destination_workload="${app}",reporter="destination"}[1m]))`,
              threshold: String(targets.requestsPerSecond),
            },
            authenticationRef: { name: app },
          },
        ],
      },
    },
  ];
}

function behavior() {
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Percent', value: 100, periodSeconds: 15 },
        { type: 'Pods', value: 6, periodSeconds: 15 },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: QUIET_SECONDS,
      selectPolicy: 'Min',
      policies: [{ type: 'Percent', value: 25, periodSeconds: 60 }],
    },
  };
}
