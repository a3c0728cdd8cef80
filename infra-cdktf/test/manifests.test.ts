import { parseAllDocuments } from 'yaml';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../platform/service/src/config/load-config.ts';
import { CellConfig } from '../../cell/src/config.ts';
import { ConfigSchema } from '../../global-control-plane/src/config.ts';
import { RouterSettings } from '../../router/src/config.ts';
import { allEnvironments, environment } from '../src/fleet/environments.ts';
import { planFleet } from '../src/fleet/plan.ts';
import { setupStatements } from '../src/kubernetes/database-jobs.ts';
import type { KubernetesObject } from '../src/kubernetes/objects.ts';
import { type RenderedUnit, renderFleet } from '../src/kubernetes/render.ts';
import { schemaFault } from '../src/kubernetes/schemas.ts';
import { looksSecret } from '../src/rules/rights.ts';
import { resourcesOf } from '../src/rules/stack-json.ts';
import { sandboxGatewaySettings } from '../src/settings/sandbox-gateway-settings.ts';
import { testedFleet } from './fleets.ts';

const rendered = new Map(
  allEnvironments().map(({ name }) => [
    name,
    renderFleet(planFleet(environment(name)), 'v0.1.0', {}),
  ]),
);
const production = rendered.get('production') ?? [];

// biome-ignore format: one line is enough
interface Container { name: string; image: string; env?: { name: string; value?: string }[]; securityContext: object; resources: { requests: Record<string, string>; limits: Record<string, string> }; startupProbe?: object; readinessProbe?: object; livenessProbe?: object; lifecycle?: object; volumeMounts: { name: string; mountPath: string }[] }
// biome-ignore format: one line is enough
interface PodTemplate { metadata: { labels: Record<string, string> }; spec: { containers: Container[]; volumes: { name: string }[]; automountServiceAccountToken: boolean; securityContext: object; terminationGracePeriodSeconds?: number; topologySpreadConstraints?: { topologyKey: string; whenUnsatisfiable: string }[] } }
interface Workload extends KubernetesObject {
  readonly spec: { replicas?: number; template: PodTemplate };
}

function isWorkload(object: KubernetesObject): object is Workload {
  return ['Deployment', 'StatefulSet', 'Job'].includes(object.kind);
}

function find<T = Record<string, never>>(unit: RenderedUnit, kind: string, name: string) {
  const found = unit.objects.find((each) => each.kind === kind && each.metadata?.name === name);
  if (found === undefined) throw new Error(`${unit.stack} has no ${kind} ${name}`);
  return found as unknown as T;
}

function unitOf(stack: string): RenderedUnit {
  const unit = production.find((each) => each.stack === stack);
  if (unit === undefined) throw new Error(`there is no ${stack}`);
  return unit;
}

test('everything that any cluster of any environment is told fits its schema', () => {
  for (const [name, units] of rendered) {
    expect(units.length, name).toBeGreaterThan(0);
    for (const { stack, faults, objects } of units) {
      expect(faults, `${name} ${stack}`).toEqual([]);
      expect(objects.length).toBeGreaterThan(15);
    }
  }
});

test('what does not fit its schema is found', () => {
  const cell = unitOf('cell-eu-de-1');
  const deployment = find<Workload>(cell, 'Deployment', 'cell');
  const broken = { ...deployment, spec: { ...deployment.spec, replicas: 'three' } };
  expect(schemaFault(broken as unknown as KubernetesObject)).toContain('replicas must be integer');
  const scaled = find<KubernetesObject>(cell, 'ScaledObject', 'cell');
  expect(schemaFault({ ...scaled, spec: {} } as KubernetesObject)).toContain('required');
  const keys = find<KubernetesObject>(cell, 'SecretProviderClass', 'keys');
  expect(schemaFault({ ...keys, spec: { provider: 'azure' } } as KubernetesObject)).toContain(
    'clientID',
  );
  expect(schemaFault({ apiVersion: 'v1', kind: 'Secret' })).toContain('no schema');
});

test('files hold what the objects say, and the list of them is whole', () => {
  for (const { files, objects } of production.slice(0, 3)) {
    const list = parseAllDocuments(files.get('kustomization.yaml') ?? '')[0]?.toJS() as {
      resources: string[];
    };
    expect(list.resources).toHaveLength(objects.length);
    const read = list.resources.map((file) => parseAllDocuments(files.get(file) ?? '')[0]?.toJS());
    expect(read).toEqual(JSON.parse(JSON.stringify(objects)));
  }
});

describe('the deployables', () => {
  const APPS = [
    ['cell-eu-de-1', 'cell', CellConfig],
    ['router-eastus', 'router', RouterSettings],
    ['global', 'control-plane', ConfigSchema],
  ] as const;

  for (const [stack, app, schema] of APPS) {
    test(`${app}: its container is started with settings that it accepts`, () => {
      const { spec } = find<Workload>(unitOf(stack), 'Deployment', app);
      const [container] = spec.template.spec.containers;
      const given = Object.fromEntries(
        (container?.env ?? []).map(({ name, value }) => [name, value]),
      );
      expect(() => loadConfig(schema, given)).not.toThrow();
      const mounted = container?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
      for (const [name, value = ''] of Object.entries(given)) {
        if (!/_(?:FILE|DIR)$/.test(name)) continue;
        expect(
          mounted.some((folder) => value.startsWith(folder)),
          `${name} ${value}`,
        ).toBe(true);
      }
    });

    test(`${app}: 3 to 50 processes, by CPU, memory and requests; up in half a minute, down in five`, () => {
      // biome-ignore format: one line is enough
      const { spec } = find<{ spec: { minReplicaCount: number; maxReplicaCount: number; pollingInterval: number; triggers: { type: string }[]; advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp: { stabilizationWindowSeconds: number; policies: { periodSeconds: number }[] }; scaleDown: { stabilizationWindowSeconds: number; policies: { periodSeconds: number }[] } } } } } }>(unitOf(stack), 'ScaledObject', app);
      expect([spec.minReplicaCount, spec.maxReplicaCount]).toEqual([3, 50]);
      expect(spec.triggers.map(({ type }) => type)).toEqual(['cpu', 'memory', 'prometheus']);
      const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
      const slowest = Math.max(...scaleUp.policies.map(({ periodSeconds }) => periodSeconds));
      expect(spec.pollingInterval + scaleUp.stabilizationWindowSeconds + slowest).toBeLessThan(30);
      const down = Math.max(...scaleDown.policies.map(({ periodSeconds }) => periodSeconds));
      expect(scaleDown.stabilizationWindowSeconds + down).toBeLessThan(300);
    });

    test(`${app}: one pod at a time goes, over all zones, and not before it has ended its work`, () => {
      const unit = unitOf(stack);
      const budget = find<{ spec: { maxUnavailable: number } }>(unit, 'PodDisruptionBudget', app);
      expect(budget.spec.maxUnavailable).toBe(1);
      const { spec } = find<Workload>(unit, 'Deployment', app);
      const pod = spec.template.spec;
      expect(pod.topologySpreadConstraints).toContainEqual(
        expect.objectContaining({
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
        }),
      );
      const [container] = pod.containers;
      expect(container?.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
      // Ten seconds of draining, eight in which a part ends itself.
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10 + 8);
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
        expect(container?.[probe], probe).toBeDefined();
      }
    });
  }
});

test('every public name is answered: the edge’s origins are names that some cluster’s gateway serves', () => {
  for (const { name } of allEnvironments()) {
    const { stacks } = testedFleet(name);
    const resources = stacks.flatMap(resourcesOf);
    const origins = resources
      .filter(({ type }) => type === 'azurerm_cdn_frontdoor_origin')
      .map(({ values }) => String(values['host_name']));
    const served = (rendered.get(name) ?? []).flatMap(({ objects }) =>
      objects
        .filter(({ kind }) => kind === 'Gateway')
        .flatMap(
          (object) =>
            (object as unknown as { spec: { servers: { hosts: string[] }[] } }).spec.servers,
        )
        .flatMap(({ hosts }) => hosts),
    );
    for (const origin of origins) expect(served, name).toContain(origin);
    const known = resources
      .filter(({ type }) => type === 'azurerm_private_dns_a_record')
      .map(({ values }) => `${String(values['name'])}.${String(values['zone_name'])}`);
    for (const host of served) expect(known, name).toContain(host);
    const publicNames = resources.filter(({ type }) => type === 'azurerm_dns_cname_record');
    const domains = resources.filter(({ type }) => type === 'azurerm_cdn_frontdoor_custom_domain');
    expect(publicNames).toHaveLength(domains.length);
  }
});

test('the sandbox gateway runs where nobody takes real payments, and nowhere else', () => {
  for (const { name, gatewayUrl } of allEnvironments()) {
    const kinds = (rendered.get(name) ?? []).flatMap(({ objects }) =>
      objects
        .filter(({ metadata }) => metadata?.name === 'sandbox-gateway')
        .map(({ kind }) => kind),
    );
    expect(kinds.includes('Deployment'), name).toBe(gatewayUrl === undefined);
  }
  const page = readFileSync(
    new URL('../../docs/reference/configuration.md', import.meta.url),
    'utf8',
  );
  const listed = page.slice(page.indexOf('## Sandbox gateway')).split('## Directory')[0] ?? '';
  const settings = sandboxGatewaySettings(planFleet(environment('dev')).controlPlane);
  const names = [...listed.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, each = '']) => each);
  expect(Object.keys(settings).toSorted()).toEqual(names.toSorted());
});

test('no pod runs as root, may write to its image, or holds a token of the cluster', () => {
  for (const { stack, objects } of production) {
    for (const { metadata, spec } of objects.filter(isWorkload)) {
      const where = `${stack} ${metadata?.name}`;
      expect(spec.template.spec.automountServiceAccountToken, where).toBe(false);
      expect(spec.template.spec.securityContext, where).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext, resources, image } of spec.template.spec.containers) {
        expect(securityContext, where).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources.limits['memory'], where).toBeDefined();
        expect(image, where).toMatch(/^cmrcprdimages\.azurecr\.io\/[a-z/-]+:v?\d/);
      }
    }
  }
});

test('no object holds a secret, and none is a secret of the cluster', () => {
  for (const { stack, objects, files } of production) {
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
    for (const [name, text] of files) expect(looksSecret(text), `${stack} ${name}`).toBe(false);
  }
});

test('every namespace of ours refuses what no policy allows, and what allows names its peers', () => {
  for (const { stack, objects } of production) {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as {
      metadata: { name: string; namespace: string };
      spec: { podSelector: object; ingress?: { from?: object[] }[]; egress?: { to?: object[] }[] };
    }[];
    for (const { kind, metadata } of objects) {
      if (kind !== 'Namespace') continue;
      const refusal = policies.find(
        (each) => each.metadata.namespace === metadata?.name && each.metadata.name === 'refuse-all',
      );
      expect(refusal?.spec, `${stack} ${metadata?.name}`).toEqual({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      });
    }
    for (const { spec } of policies) {
      for (const { from } of spec.ingress ?? []) expect(from?.length).toBeGreaterThan(0);
      for (const { to } of spec.egress ?? []) expect(to?.length).toBeGreaterThan(0);
    }
  }
});

test('the database is reached by its own deployable and by nothing else', () => {
  const policy = find<{ spec: { ingress: { from: object[]; ports: { port: number }[] }[] } }>(
    unitOf('cell-jp-east-1'),
    'NetworkPolicy',
    'cockroachdb',
  );
  const callers = policy.spec.ingress
    .filter(({ ports }) => ports.some(({ port }) => port === 26257))
    .flatMap(({ from }) => from)
    .map((each) => JSON.stringify(each));
  expect(callers).toHaveLength(3);
  expect(callers.join()).toContain('"app.kubernetes.io/name":"cell"');
  expect(callers.join()).not.toContain('router');
});

test('the database has nodes in each zone, knows its jurisdiction and is backed up at home', () => {
  const { objects } = unitOf('cell-uk-south-1');
  const sets = objects
    .filter(isWorkload)
    .filter(({ metadata }) => metadata?.name?.startsWith('cockroachdb'));
  expect(sets.map(({ metadata }) => metadata?.name)).toEqual([
    'cockroachdb-1',
    'cockroachdb-2',
    'cockroachdb-3',
  ]);
  for (const { spec } of sets) {
    expect(JSON.stringify(spec)).toContain('--locality=jurisdiction=uk,region=uksouth,zone=');
  }
  const fleet = planFleet(environment('production'));
  for (const cell of fleet.cells) {
    const statements = setupStatements(cell);
    expect(statements).toContain(`AZURE_ACCOUNT_NAME=${cell.names.backupStorage}`);
    for (const other of fleet.cells) {
      if (other !== cell) expect(statements).not.toContain(other.names.backupStorage);
    }
  }
  const [single] = unitOf('cell-uk-west-1')
    .objects.filter(isWorkload)
    .filter(({ metadata }) => metadata?.name === 'cockroachdb-0');
  expect(single?.spec.replicas).toBe(6);
});

test('two cells are told the same but for what tells them apart', () => {
  const plain = (stack: string): string => {
    const cell = planFleet(environment('production')).cells.find(
      ({ names }) => names.stack === stack,
    );
    if (cell === undefined) throw new Error(stack);
    return [
      [cell.names.keyVault, '<vault>'],
      [cell.names.backupStorage, '<backups>'],
      [cell.addresses.ingressAddress, '<address>'],
      [cell.id, '<cell>'],
      [cell.region.name, '<region>'],
    ]
      .reduce(
        (text, [from = '', to = '']) => text.replaceAll(from, to),
        JSON.stringify(unitOf(stack).objects),
      )
      .replaceAll(
        new RegExp(`jurisdiction([":=]+)${cell.jurisdiction}`, 'g'),
        'jurisdiction$1<jurisdiction>',
      )
      .replaceAll(
        new RegExp(`"STORES_COUNTRY","value":"${cell.region.country}"`, 'g'),
        '<country>',
      );
  };
  expect(plain('cell-us-east-1')).toBe(plain('cell-eu-de-1'));
  expect(plain('cell-sa-east-2')).toBe(plain('cell-eu-de-1'));
});

test('the control plane knows every cell of its environment by its private name', () => {
  for (const [name, units] of rendered) {
    const unit = units.find(({ stack }) => stack === 'global');
    if (unit === undefined) throw new Error(name);
    const { data } = find<{ data: Record<string, string> }>(unit, 'ConfigMap', 'cells');
    const cells = JSON.parse(data['cells.json'] ?? '[]') as { id: string; url: string }[];
    expect(cells.map(({ id }) => id)).toEqual(environment(name).cells);
    for (const { id, url } of cells)
      expect(url).toMatch(new RegExp(`^https://${id}\\.internal\\.`));
  }
});
