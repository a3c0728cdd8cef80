import path from 'node:path';
import type { CellUnit, FleetPlan, Unit } from '../fleet/plan.ts';
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

/** A cell in the cloud: its cluster is told of the release and replaces pod by pod. */
export function createCloudTarget(
  fleet: FleetPlan,
  outputs: Readonly<Record<string, StackOutputs>>,
  releases: ReleaseFolders,
  runner: Runner,
): RolloutTarget {
  const unitOf = (cell: string): CellUnit => {
    const unit = fleet.cells.find(({ id }) => id === cell);
    if (unit === undefined) throw new RangeError(`the fleet has no cell ${cell}`);
    return unit;
  };
  return Object.freeze({
    async roll(cell: string, version: string): Promise<void> {
      const unit = unitOf(cell);
      const folder = path.join(releases.folderOf(version), unit.names.stack);
      for (const step of rollSteps(unit, 'cell', folder)) await runner.run(step);
    },
    async observe(cell: string): Promise<Observation> {
      if (runner.isDry) return { requests: 0, failures: 0 };
      const count = async (selector: string): Promise<number> => {
        const counts = await Promise.all(
          fleet.routers.map(async ({ names }) => {
            const url = outputs[names.stack]?.metricsQueryUrl;
            if (url === undefined) return 0;
            const { output } = await runner.run(queryStep(url, cell, selector));
            return readScalar(output);
          }),
        );
        return counts.reduce((sum, each) => sum + each, 0);
      };
      return { requests: await count(''), failures: await count(',class="5xx"') };
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

function queryStep(url: string, cell: string, selector: string): Step {
  const query = `sum(increase(router_cell_answers_total{cell="${cell}"${selector}}[${OBSERVED}]))`;
  return {
    says: `${cell}: asking for its answers`,
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
