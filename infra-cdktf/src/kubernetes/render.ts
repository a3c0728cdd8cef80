import { stringify } from 'yaml';
import type { FleetPlan } from '../fleet/plan.ts';
import type { KubernetesObject, StackOutputs } from './objects.ts';
import { schemaFault } from './schemas.ts';
import { cellManifests, controlPlaneManifests, routerManifests } from './unit-manifests.ts';

/** What one cluster is told, as files. */
export interface RenderedUnit {
  /** Name of the stack that makes the cluster. */
  readonly stack: string;
  readonly objects: readonly KubernetesObject[];
  readonly files: ReadonlyMap<string, string>;
  /** What does not fit its schema; nothing is written while there is any. */
  readonly faults: readonly string[];
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Stands in for what a stack has not told yet, so that everything else can be looked at. */
const UNKNOWN: StackOutputs = Object.freeze({
  tenantId: NOBODY,
  deployableClientId: NOBODY,
  databaseClientId: NOBODY,
  gatewayClientId: NOBODY,
  diskEncryptionSetId: `/subscriptions/${NOBODY}/resourceGroups/unknown/providers/Microsoft.Compute/diskEncryptionSets/unknown`,
  metricsQueryUrl: 'https://unknown.prometheus.monitor.azure.com',
});

/** @param outputs of the stacks by their names */
export function renderFleet(
  fleet: FleetPlan,
  version: string,
  outputs: Readonly<Record<string, StackOutputs>>,
): readonly RenderedUnit[] {
  const release = (stack: string) => ({ version, outputs: outputs[stack] ?? UNKNOWN });
  const { controlPlane, routers, cells } = fleet;
  return [
    renderUnit(
      controlPlane.names.stack,
      controlPlaneManifests(fleet, release(controlPlane.names.stack)),
    ),
    ...routers.map((router) =>
      renderUnit(router.names.stack, routerManifests(router, release(router.names.stack))),
    ),
    ...cells.map((cell) =>
      renderUnit(cell.names.stack, cellManifests(cell, release(cell.names.stack))),
    ),
  ];
}

function renderUnit(stack: string, objects: readonly KubernetesObject[]): RenderedUnit {
  const files = new Map(objects.map((object) => [fileOf(object), `${stringify(object)}`]));
  if (files.size !== objects.length) throw new Error(`${stack}: two objects have the same name`);
  files.set(
    'kustomization.yaml',
    stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [...files.keys()],
    }),
  );
  const faults = objects.flatMap((object) => {
    const fault = schemaFault(object);
    return fault === undefined ? [] : [`${stack}/${fileOf(object)}: ${fault}`];
  });
  return Object.freeze({ stack, objects, files, faults });
}

function fileOf({ kind, metadata }: KubernetesObject): string {
  return [metadata?.namespace, kind.toLowerCase(), metadata?.name]
    .filter(Boolean)
    .join('-')
    .concat('.yaml');
}
