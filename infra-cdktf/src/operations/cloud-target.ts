import path from 'node:path';
import type { FleetPlan, Unit } from '../fleet/plan.ts';
import type { StackOutputs } from '../kubernetes/objects.ts';
import type { Observation, RolloutTarget } from './rollout.ts';
import type { Runner, Step } from './steps.ts';

/** Where the manifests of a release lie, written by `manifests`. */
export interface ReleaseFolders {
  folderOf(version: string): string;
}

const ROLLOUT_TIMEOUT = '10m';
/** Observations are sums over this; a bake is shorter. */
const OBSERVED = '1d';
const METRICS_AUDIENCE = 'https://prometheus.monitor.azure.com';

/** Deployment, namespace and image of what a kind of unit runs. */
const APPS = { cell: 'cell', router: 'router', 'control-plane': 'control-plane' } as const;

/** Units in the cloud, cells first of all: a cluster is told of the release and replaces pod by pod. */
export function createCloudTarget(
  fleet: FleetPlan,
  outputs: Readonly<Record<string, StackOutputs>>,
  releases: ReleaseFolders,
  runner: Runner,
): RolloutTarget {
  const units: readonly Unit[] = [...fleet.cells, ...fleet.routers, fleet.controlPlane];
  const unitOf = (id: string): Unit => {
    const unit = units.find((each) => each.id === id);
    if (unit === undefined) throw new RangeError(`the fleet has no ${id}`);
    return unit;
  };

  /** What routers counted: all of them for a cell, a router's own for itself. */
  async function count(unit: Unit, failed: string): Promise<number> {
    const routers = unit.kind === 'router' ? [unit] : fleet.routers;
    const labels = [unit.kind === 'cell' ? `cell="${unit.id}"` : '', failed].filter(Boolean);
    const counts = await Promise.all(
      routers.map(async ({ names }) => {
        const url = outputs[names.stack]?.metricsQueryUrl;
        if (url === undefined) return 0;
        const { output } = await runner.run(queryStep(url, unit.id, labels.join(',')));
        return readScalar(output);
      }),
    );
    return counts.reduce((sum, each) => sum + each, 0);
  }

  return Object.freeze({
    async roll(id: string, version: string): Promise<void> {
      const unit = unitOf(id);
      const folder = path.join(releases.folderOf(version), unit.names.stack);
      for (const step of rollSteps(unit, APPS[unit.kind], folder)) await runner.run(step);
    },
    async observe(id: string): Promise<Observation> {
      const unit = unitOf(id);
      // Shoppers never meet the control plane: its pods' readiness is all there is to see.
      if (runner.isDry || unit.kind === 'control-plane') return { requests: 0, failures: 0 };
      return { requests: await count(unit, ''), failures: await count(unit, 'class="5xx"') };
    },
  });
}

/** Tells a cluster what to run, and waits until it does. @param app its Deployment and namespace */
export function rollSteps(unit: Unit, app: string, folder: string): readonly Step[] {
  const context = unit.names.cluster;
  return [
    credentialsStep(unit),
    {
      says: `${unit.id}: telling the cluster`,
      program: 'kubectl',
      words: ['--context', context, 'apply', '--kustomize', folder],
    },
    {
      says: `${unit.id}: waiting for its pods`,
      program: 'kubectl',
      words: [
        '--context',
        context,
        '--namespace',
        app,
        'rollout',
        'status',
        `deployment/${app}`,
        `--timeout=${ROLLOUT_TIMEOUT}`,
      ],
    },
  ];
}

/** The clusters have no local accounts: whoever runs this is asked who they are. */
export function credentialsStep({ id, names }: Unit): Step {
  return {
    says: `${id}: signing in to its cluster`,
    program: 'az',
    words: [
      'aks',
      'get-credentials',
      '--resource-group',
      names.resourceGroup,
      '--name',
      names.cluster,
      '--overwrite-existing',
      '--format',
      'exec',
    ],
  };
}

function queryStep(url: string, unit: string, labels: string): Step {
  const query = `sum(increase(router_cell_answers_total{${labels}}[${OBSERVED}]))`;
  return {
    says: `${unit}: asking for its answers`,
    program: 'az',
    words: [
      'rest',
      '--method',
      'get',
      '--resource',
      METRICS_AUDIENCE,
      '--url',
      `${url}/api/v1/query?query=${encodeURIComponent(query)}`,
    ],
  };
}

interface QueryAnswer {
  readonly data?: { readonly result?: readonly { readonly value?: readonly [number, string] }[] };
}

/** The one number of an answer; 0 where there is no series yet. */
export function readScalar(json: string): number {
  const { data } = JSON.parse(json) as QueryAnswer;
  return Number(data?.result?.[0]?.value?.[1] ?? 0);
}
