import { describe, expect, test } from 'vitest';
import { allEnvironments } from '../src/fleet/environments.ts';
import { checkFleet } from '../src/rules/check-fleet.ts';
import { plant, testedFleet } from './fleets.ts';

for (const { name } of allEnvironments()) {
  test(`every rule holds in ${name}`, () => {
    const { fleet, stacks } = testedFleet(name);
    expect(checkFleet(fleet, stacks)).toEqual([]);
  });
}

type Planting = Parameters<typeof plant> extends [unknown, ...infer Rest] ? Rest : never;

/** What somebody might do, in a fleet of four cells, and which rule has to notice. */
const PLANTED: readonly (readonly [string, string, ...Planting])[] = [
  [
    'a backup in another country',
    'data stays in its jurisdiction',
    'cell-eu-de-1',
    'azurerm_storage_account.storage-backups',
    (values) => void (values['location'] = 'eastus'),
  ],
  [
    'backups that the cloud copies to where it likes',
    'data stays in its jurisdiction',
    'cell-eu-de-1',
    'azurerm_storage_account.storage-backups',
    (values) => void (values['account_replication_type'] = 'GZRS'),
  ],
  [
    'logs that go to another cell',
    'data stays in its jurisdiction',
    'cell-eu-de-1',
    'azurerm_monitor_diagnostic_setting.audit-vault',
    (values) =>
      void (values['log_analytics_workspace_id'] =
        '/subscriptions/0/resourceGroups/rg-cmrc-stg-cell-us-east-1/providers/Microsoft.OperationalInsights/workspaces/log'),
  ],
  [
    'a replica of the cache abroad, at a path that no rule names',
    'data stays in its jurisdiction',
    'cell-us-east-1',
    'azurerm_managed_redis.cache',
    (values) => void (values['replicas'] = [{ place: 'West Europe' }]),
  ],
  [
    'a store in a region of which nobody knows the country',
    'data stays in its jurisdiction',
    'cell-eu-de-1',
    'azurerm_eventhub_namespace.events',
    (values) => void (values['location'] = 'atlantis'),
  ],
  [
    'a public store of blobs',
    'no public endpoint',
    'cell-eu-de-1',
    'azurerm_storage_account.storage-media',
    (values) => void (values['public_network_access_enabled'] = true),
  ],
  [
    'a cluster with a public API',
    'no public endpoint',
    'router-eastus',
    'azurerm_kubernetes_cluster.cluster',
    (values) => void delete values['private_cluster_enabled'],
  ],
  [
    'old TLS at the edge',
    'TLS 1.2 or later',
    'global',
    'azurerm_cdn_frontdoor_custom_domain.edge-shop-domain',
    (values) => void (values['tls'] = { minimum_tls_version: 'TLS10' }),
  ],
  [
    'a store under the key of the cloud',
    'encrypted with own keys',
    'cell-us-west-1',
    'azurerm_storage_account.storage-audit',
    (values) => void delete values['customer_managed_key'],
  ],
  [
    'events under the key of the cloud',
    'encrypted with own keys',
    'cell-us-west-1',
    'azurerm_eventhub_namespace_customer_managed_key.events-key',
    (_values, document) =>
      void delete document.resource['azurerm_eventhub_namespace_customer_managed_key'],
  ],
  [
    'keys of accounts',
    'no shared keys',
    'cell-us-west-1',
    'azurerm_storage_account.storage-media',
    (values) => void (values['shared_access_key_enabled'] = true),
  ],
  [
    'a resource that tells nobody whose it is',
    'tagged',
    'cell-eu-fr-1',
    'azurerm_key_vault.vault',
    (values) => void delete values['tags'],
  ],
  [
    'a pool in one zone',
    'zone redundancy',
    'cell-eu-fr-1',
    'azurerm_kubernetes_cluster_node_pool.pool-data',
    (values) => void (values['zones'] = ['1']),
  ],
  [
    'copies in one zone',
    'zone redundancy',
    'cell-eu-fr-1',
    'azurerm_storage_account.storage-backups',
    (values) => void (values['account_replication_type'] = 'LRS'),
  ],
  [
    'a deployable that may do anything',
    'least privilege',
    'cell-eu-de-1',
    'azurerm_role_assignment.grant-cell-secrets',
    (values) => void (values['role_definition_name'] = 'Owner'),
  ],
  [
    'a right on the whole subscription',
    'least privilege',
    'cell-eu-de-1',
    'azurerm_role_assignment.grant-cell-secrets',
    (values) => void (values['scope'] = '/subscriptions/0'),
  ],
  [
    'every account of a cluster as the deployable',
    'least privilege',
    'cell-eu-de-1',
    'azurerm_federated_identity_credential.pods-cell-cell',
    (values) => void (values['subject'] = 'system:serviceaccount:*:*'),
  ],
  [
    'the world let in',
    'least privilege',
    'cell-eu-de-1',
    'azurerm_network_security_group.rules-nodes',
    (values) => {
      const rules = values['security_rule'] as Record<string, unknown>[];
      if (rules[0] !== undefined) rules[0]['source_address_prefix'] = 'Internet';
    },
  ],
  [
    'what no rule allows let in',
    'least privilege',
    'cell-eu-de-1',
    'azurerm_network_security_group.rules-endpoints',
    (values) => {
      const rules = values['security_rule'] as Record<string, unknown>[];
      values['security_rule'] = rules.filter(({ name }) => name !== 'refuse-inbound');
    },
  ],
  [
    'a password in a setting',
    'no secret in plain',
    'cell-eu-de-1',
    'azurerm_portal_dashboard.dashboard',
    (values) => void (values['note'] = 'postgres://cell:hunter2@db/cell'),
  ],
  [
    'a secret that a stack writes',
    'no secret in plain',
    'cell-eu-de-1',
    'azurerm_key_vault.vault',
    (_values, document) =>
      void (document.resource['azurerm_key_vault_secret'] = { pin: { value: '${var.pin}' } }),
  ],
  [
    'one cell that is larger than the others',
    'identical cells',
    'cell-us-east-1',
    'azurerm_kubernetes_cluster_node_pool.pool-app',
    (values) => void (values['max_count'] = 99),
  ],
];

describe('what is planted is found', () => {
  for (const [what, rule, ...planting] of PLANTED) {
    test(what, () => {
      const tested = testedFleet('staging');
      const found = checkFleet(tested.fleet, plant(tested, ...planting));
      expect(found.map((violation) => violation.rule)).toContain(rule);
      expect(found.some(({ where }) => where.startsWith(planting[0]))).toBe(true);
    });
  }

  test('a jurisdiction with one cell', () => {
    const { fleet, stacks } = testedFleet('staging');
    const cells = fleet.cells.filter(({ id }) => id !== 'us-west-1');
    expect(checkFleet({ ...fleet, cells }, stacks)).toContainEqual({
      rule: 'two cells in each jurisdiction',
      where: 'us',
      what: 'has 1',
    });
  });
});
