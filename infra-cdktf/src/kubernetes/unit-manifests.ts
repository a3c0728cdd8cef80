import type { IConfigMap } from 'kubernetes-models/v1';
import { controlPlaneHosts, globalNames } from '../fleet/names.ts';
import type { CellUnit, FleetPlan, Unit } from '../fleet/plan.ts';
import { cellSettings } from '../settings/cell-settings.ts';
import { controlPlaneSettings } from '../settings/control-plane-settings.ts';
import { PORTS } from '../settings/ports.ts';
import { routerSettings } from '../settings/router-settings.ts';
import { sandboxGatewaySettings } from '../settings/sandbox-gateway-settings.ts';
import { databaseObjects } from './database.ts';
import { databaseSetup } from './database-jobs.ts';
import { type DeployableSpec, deployableObjects } from './deployable.ts';
import { type Entrance, gatewayObjects, type Passage } from './gateway.ts';
import { gatewayCertificate } from './gateway-certificate.ts';
import { namespace } from './namespaces.ts';
import {
  databaseJobPolicy,
  databasePolicy,
  deployablePolicy,
  searchPolicy,
} from './network-policies.ts';
import { type KubernetesObject, labelsOf, type Release } from './objects.ts';
import { type ScalingTargets, scaling } from './scaling.ts';
import { searchObjects } from './search.ts';

/** Loads at which one more process is started; from docs/benchmarks.md, with half of a core to spare. */
const TARGETS: Readonly<Record<'cell' | 'router' | 'control-plane', ScalingTargets>> = {
  cell: { cpuPercent: 60, memoryPercent: 80, requestsPerSecond: 300 },
  router: { cpuPercent: 60, memoryPercent: 80, requestsPerSecond: 2_000 },
  'control-plane': { cpuPercent: 60, memoryPercent: 80, requestsPerSecond: 200 },
};

/** Everything that a cell's cluster is told. */
export function cellManifests(cell: CellUnit, release: Release): readonly KubernetesObject[] {
  return unitManifests(cell, release, {
    app: 'cell',
    settings: cellSettings(cell),
    healthPort: PORTS.service,
    memoryMib: 1_024,
    dataSizeMib: 8_192,
  });
}

/** Everything that a router's cluster is told. */
export function routerManifests(router: Unit, release: Release): readonly KubernetesObject[] {
  return unitManifests(router, release, {
    app: 'router',
    settings: routerSettings(),
    healthPort: PORTS.admin,
    memoryMib: 768,
    dataSizeMib: 128,
  });
}

/** Everything that the control plane's cluster is told, the list of cells included. */
export function controlPlaneManifests(
  { controlPlane, cells }: FleetPlan,
  release: Release,
): readonly KubernetesObject[] {
  const config = 'cells';
  return [
    ...unitManifests(controlPlane, release, {
      app: 'control-plane',
      settings: controlPlaneSettings(controlPlane),
      healthPort: PORTS.service,
      memoryMib: 1_536,
      dataSizeMib: 4_096,
      config,
    }),
    cellList(controlPlane, config, cells),
    ...sandboxGateway(controlPlane, release),
  ];
}

const SANDBOX = 'sandbox-gateway';

/** Plays the payment gateway, where the environment has no real one. Its books last as long as its pod. */
function sandboxGateway(unit: Unit, release: Release): readonly KubernetesObject[] {
  if (controlPlaneHosts(unit.environment).payments === undefined) return [];
  return [
    ...namespace(SANDBOX, true),
    deployablePolicy(SANDBOX, { hasDatabase: false, hasSearch: false }),
    ...deployableObjects(unit, release, {
      app: SANDBOX,
      settings: sandboxGatewaySettings(unit),
      healthPort: PORTS.service,
      memoryMib: 512,
      dataSizeMib: 1_024,
      replicas: 1,
    }),
  ];
}

/** Content of the control plane's CELLS_FILE: every cell with its address, drained until it is let in. */
export function cellDescriptors(cells: readonly CellUnit[]) {
  return cells.map(({ location, host }) => ({
    ...location,
    url: `https://${host}`,
    state: 'accepting',
    weight: 100,
  }));
}

function cellList(unit: Unit, name: string, cells: readonly CellUnit[]): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'control-plane', labels: { ...labelsOf(unit, 'control-plane') } },
    data: { 'cells.json': `${JSON.stringify(cellDescriptors(cells), null, 2)}\n` },
  };
}

function unitManifests(
  unit: Unit,
  release: Release,
  spec: DeployableSpec & { readonly app: 'cell' | 'router' | 'control-plane' },
): readonly KubernetesObject[] {
  const { app } = spec;
  const hasDatabase = unit.kind !== 'router';
  const hasSearch = unit.kind === 'cell';
  const entrances: Entrance[] = [{ host: unit.host, app, healthPort: spec.healthPort }];
  const passages: Passage[] = [];
  if (unit.kind === 'control-plane') {
    const { partners, payments } = controlPlaneHosts(unit.environment);
    const to = `${globalNames(unit.environment).apiManagement}.azure-api.net`;
    passages.push({ host: partners, name: 'partners', namespace: app, to });
    if (payments !== undefined) {
      entrances.push({ host: payments, app: SANDBOX, healthPort: PORTS.service });
    }
  }
  return [
    ...namespace(app, true),
    deployablePolicy(app, { hasDatabase, hasSearch }),
    ...deployableObjects(unit, release, spec),
    ...scaling(unit, release, app, TARGETS[app]),
    ...gatewayObjects(unit, entrances, passages),
    ...gatewayCertificate(unit, release),
    scrapeSettings(unit),
    ...(hasDatabase
      ? [
          ...namespace('data', false),
          databasePolicy(app),
          databaseJobPolicy(),
          ...databaseObjects(unit, release),
          ...databaseSetup(unit),
        ]
      : []),
    ...(hasSearch ? [searchPolicy(app), ...searchObjects(unit)] : []),
  ];
}

/** Which pods the cluster's collector asks for metrics: those that say so, in our namespaces. */
function scrapeSettings(unit: Unit): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'ama-metrics-settings-configmap',
      namespace: 'kube-system',
      labels: { ...labelsOf(unit, 'metrics') },
    },
    data: {
      'schema-version': 'v1',
      'config-version': 'v1',
      'pod-annotation-based-scraping':
        'podannotationnamespaceregex = "cell|router|control-plane|data"\n',
    },
  };
}
