import { placeOf, type StackResource, type Violation, valueAt } from './stack-json.ts';

/** What a resource of a type has to say at a path. */
interface Requirement {
  readonly type: string;
  readonly path: string;
  readonly allowed: readonly (string | number | boolean)[];
}

function must(type: string, path: string, ...allowed: (string | number | boolean)[]): Requirement {
  return { type: `azurerm_${type}`, path, allowed };
}

/** No store, vault, registry or sink of logs answers at a public address. */
const PRIVATE: readonly Requirement[] = [
  must('storage_account', 'public_network_access_enabled', false),
  must('storage_account', 'network_rules.default_action', 'Deny'),
  must('storage_account', 'allow_nested_items_to_be_public', false),
  must('storage_container', 'container_access_type', 'private'),
  must('key_vault', 'public_network_access_enabled', false),
  must('key_vault', 'network_acls.default_action', 'Deny'),
  must('eventhub_namespace', 'public_network_access_enabled', false),
  must('managed_redis', 'public_network_access', 'Disabled'),
  must('container_registry', 'public_network_access_enabled', false),
  must('container_registry', 'anonymous_pull_enabled', false),
  must('monitor_workspace', 'public_network_access_enabled', false),
  must('monitor_data_collection_endpoint', 'public_network_access_enabled', false),
  must('log_analytics_workspace', 'internet_ingestion_enabled', false),
  must('log_analytics_workspace', 'internet_query_enabled', false),
  must('application_insights', 'internet_ingestion_enabled', false),
  must('application_insights', 'internet_query_enabled', false),
  must('kubernetes_cluster', 'private_cluster_enabled', true),
  must('kubernetes_cluster', 'private_cluster_public_fqdn_enabled', false),
  must('kubernetes_cluster', 'service_mesh_profile.external_ingress_gateway_enabled', false),
  must('kubernetes_cluster', 'default_node_pool.node_public_ip_enabled', false),
  must('kubernetes_cluster_node_pool', 'node_public_ip_enabled', false),
  must('api_management', 'virtual_network_type', 'Internal'),
  must('subnet', 'default_outbound_access_enabled', false),
];

/** TLS 1.2 is the least that anything speaks. */
const TLS: readonly Requirement[] = [
  must('storage_account', 'min_tls_version', 'TLS1_2', 'TLS1_3'),
  must('storage_account', 'https_traffic_only_enabled', true),
  must('eventhub_namespace', 'minimum_tls_version', '1.2', '1.3'),
  must('managed_redis', 'default_database.client_protocol', 'Encrypted'),
  must('cdn_frontdoor_custom_domain', 'tls.minimum_tls_version', 'TLS12', 'TLS13'),
  must('cdn_frontdoor_route', 'https_redirect_enabled', true),
  must('cdn_frontdoor_route', 'forwarding_protocol', 'HttpsOnly'),
  must('cdn_frontdoor_origin', 'certificate_name_check_enabled', true),
  must('api_management', 'security.backend_tls10_enabled', false),
  must('api_management', 'security.backend_tls11_enabled', false),
  must('api_management', 'security.frontend_tls10_enabled', false),
  must('api_management', 'security.frontend_tls11_enabled', false),
];

/** Everything at rest is encrypted, with a key of the unit. */
const ENCRYPTION: readonly Requirement[] = [
  must('storage_account', 'infrastructure_encryption_enabled', true),
  must('kubernetes_cluster', 'default_node_pool.host_encryption_enabled', true),
  must('kubernetes_cluster_node_pool', 'host_encryption_enabled', true),
  must('kubernetes_cluster', 'key_management_service.key_vault_network_access', 'Private'),
  must('key_vault', 'sku_name', 'premium'),
  must('key_vault', 'purge_protection_enabled', true),
  must('key_vault_key', 'key_type', 'RSA-HSM'),
  must('disk_encryption_set', 'auto_key_rotation_enabled', true),
];

/** Identities instead of keys that can be copied. */
const KEYLESS: readonly Requirement[] = [
  must('storage_account', 'shared_access_key_enabled', false),
  must('storage_account', 'local_user_enabled', false),
  must('eventhub_namespace', 'local_authentication_enabled', false),
  must('managed_redis', 'default_database.access_keys_authentication_enabled', false),
  must('container_registry', 'admin_enabled', false),
  must('key_vault', 'rbac_authorization_enabled', true),
  must('kubernetes_cluster', 'local_account_disabled', true),
  must('kubernetes_cluster', 'run_command_enabled', false),
  must('kubernetes_cluster', 'workload_identity_enabled', true),
  must('log_analytics_workspace', 'local_authentication_enabled', false),
  must('application_insights', 'local_authentication_disabled', true),
];

const RULES: Readonly<Record<string, readonly Requirement[]>> = {
  'no public endpoint': PRIVATE,
  'TLS 1.2 or later': TLS,
  'encrypted with own keys': ENCRYPTION,
  'no shared keys': KEYLESS,
};

/** Paths at which a resource has to name something at all: the key that it is encrypted with. */
const PRESENT: readonly (readonly [string, string])[] = [
  ['azurerm_storage_account', 'customer_managed_key.key_vault_key_id'],
  ['azurerm_managed_redis', 'customer_managed_key.key_vault_key_id'],
  ['azurerm_kubernetes_cluster', 'disk_encryption_set_id'],
  ['azurerm_disk_encryption_set', 'key_vault_key_id'],
];

/** Holds each resource against what its type has to say. */
export function checkRequiredValues(resources: readonly StackResource[]): readonly Violation[] {
  return resources.flatMap((resource) => [
    ...Object.entries(RULES).flatMap(([rule, requirements]) =>
      requirements
        .filter(({ type }) => type === resource.type)
        .flatMap((requirement) => compare(rule, resource, requirement)),
    ),
    ...PRESENT.filter(([type]) => type === resource.type).flatMap(([, path]) =>
      typeof valueAt(resource.values, path) === 'string'
        ? []
        : [
            {
              rule: 'encrypted with own keys',
              where: placeOf(resource),
              what: `${path} is not set`,
            },
          ],
    ),
  ]);
}

function compare(
  rule: string,
  resource: StackResource,
  { path, allowed }: Requirement,
): readonly Violation[] {
  const found = valueAt(resource.values, path);
  if (allowed.some((value) => value === found)) return [];
  const wanted = allowed.join(' or ');
  return [
    { rule, where: placeOf(resource), what: `${path} is ${String(found)} and not ${wanted}` },
  ];
}

/** Namespaces of events name their key by a resource beside them; one without it is found here. */
export function checkEventKeys(resources: readonly StackResource[]): readonly Violation[] {
  const withKey = new Set(
    resources
      .filter(({ type }) => type === 'azurerm_eventhub_namespace_customer_managed_key')
      .map(({ stack, values }) => `${stack} ${String(values['eventhub_namespace_id'])}`),
  );
  return resources
    .filter(({ type }) => type === 'azurerm_eventhub_namespace')
    .filter(({ stack, name }) => !withKey.has(`${stack} \${azurerm_eventhub_namespace.${name}.id}`))
    .map((resource) => ({
      rule: 'encrypted with own keys',
      where: placeOf(resource),
      what: 'no key of its own is given to it',
    }));
}
