import type { FleetPlan, Unit } from '../fleet/plan.ts';
import { tagsOf } from '../stacks/tags.ts';
import { placeOf, type StackResource, type Violation, valueAt } from './stack-json.ts';

/** Where resources say over which zones they are spread. */
const ZONES: Readonly<Record<string, string>> = {
  azurerm_kubernetes_cluster: 'default_node_pool.zones',
  azurerm_kubernetes_cluster_node_pool: 'zones',
  azurerm_nat_gateway: 'zones',
  azurerm_public_ip: 'zones',
};

/** Fewest machines of a pool: one for each zone. */
const NODES_MIN = 3;

/** Whatever a unit has is spread over all zones of its region; the rest is doubled by the service itself. */
export function checkZones(
  fleet: FleetPlan,
  resources: readonly StackResource[],
): readonly Violation[] {
  const units = unitsByStack(fleet);
  return resources.flatMap((resource) => {
    const unit = units.get(resource.stack);
    if (unit === undefined) return [];
    return [...checkSpread(resource, unit), ...checkCopies(resource, unit)];
  });
}

function checkSpread(resource: StackResource, unit: Unit): readonly Violation[] {
  const path = ZONES[resource.type];
  if (path === undefined) return [];
  const found = (valueAt(resource.values, path) ?? []) as readonly string[];
  if (found.join() === unit.region.zones.join()) return [];
  return [
    violation(
      resource,
      `${path} is [${found.join()}], the region has [${unit.region.zones.join()}]`,
    ),
  ];
}

function checkCopies(resource: StackResource, unit: Unit): readonly Violation[] {
  const { type, values } = resource;
  const found: Violation[] = [];
  const hasZones = unit.region.zones.length > 0;
  if (
    type === 'azurerm_storage_account' &&
    hasZones &&
    values['account_replication_type'] !== 'ZRS'
  ) {
    found.push(violation(resource, 'keeps its copies in one zone'));
  }
  if (type === 'azurerm_managed_redis' && values['high_availability_enabled'] !== true) {
    found.push(violation(resource, 'has one node only'));
  }
  if (type === 'azurerm_eventhub_namespace' && values['sku'] !== 'Premium') {
    found.push(violation(resource, 'is of a tier that is not spread over zones'));
  }
  if (type === 'azurerm_container_registry' && values['zone_redundancy_enabled'] !== true) {
    found.push(violation(resource, 'keeps its images in one zone'));
  }
  const least =
    type === 'azurerm_kubernetes_cluster_node_pool'
      ? values['min_count']
      : type === 'azurerm_kubernetes_cluster'
        ? valueAt(values, 'default_node_pool.min_count')
        : NODES_MIN;
  if (typeof least !== 'number' || least < NODES_MIN) {
    found.push(violation(resource, `begins with ${String(least)} machines, fewer than zones`));
  }
  return found;
}

/** Every resource that can carry tags carries those of its unit. */
export function checkTags(
  fleet: FleetPlan,
  resources: readonly StackResource[],
  taggable: ReadonlySet<string>,
): readonly Violation[] {
  const units = unitsByStack(fleet);
  return resources.flatMap((resource) => {
    const unit = units.get(resource.stack);
    if (unit === undefined || !taggable.has(resource.type)) return [];
    const tags = (resource.values['tags'] ?? {}) as Readonly<Record<string, string>>;
    return Object.entries(tagsOf(unit))
      .filter(([key, value]) => tags[key] !== value)
      .map(([key, value]) => ({
        rule: 'tagged',
        where: placeOf(resource),
        what: `the tag ${key} is ${tags[key] ?? 'missing'} and not ${value}`,
      }));
  });
}

/** Types of which any resource carries tags in these stacks: the others can't. */
export function taggableTypes(resources: readonly StackResource[]): ReadonlySet<string> {
  return new Set(
    resources.filter(({ values }) => values['tags'] !== undefined).map(({ type }) => type),
  );
}

function unitsByStack(fleet: FleetPlan): ReadonlyMap<string, Unit> {
  return new Map(
    [...fleet.cells, ...fleet.routers, fleet.controlPlane].map((unit) => [unit.names.stack, unit]),
  );
}

function violation(resource: StackResource, what: string): Violation {
  return { rule: 'zone redundancy', where: placeOf(resource), what };
}
