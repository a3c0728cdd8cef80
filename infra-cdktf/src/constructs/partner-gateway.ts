import { ApiManagement } from '@cdktf/provider-azurerm/lib/api-management/index.js';
import { ApiManagementApi } from '@cdktf/provider-azurerm/lib/api-management-api/index.js';
import { ApiManagementApiPolicy } from '@cdktf/provider-azurerm/lib/api-management-api-policy/index.js';
import { ApiManagementApiVersionSet } from '@cdktf/provider-azurerm/lib/api-management-api-version-set/index.js';
import { ApiManagementProduct } from '@cdktf/provider-azurerm/lib/api-management-product/index.js';
import { ApiManagementProductApi } from '@cdktf/provider-azurerm/lib/api-management-product-api/index.js';
import { PrivateDnsARecord } from '@cdktf/provider-azurerm/lib/private-dns-a-record/index.js';
import { PrivateDnsZone } from '@cdktf/provider-azurerm/lib/private-dns-zone/index.js';
import { PrivateDnsZoneVirtualNetworkLink } from '@cdktf/provider-azurerm/lib/private-dns-zone-virtual-network-link/index.js';
import { globalNames, privateHost } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';
import type { Network } from './network.ts';
import { type Site, zonesOf } from './site.ts';

/** What partners call: path, what stands behind it, and how often a subscription may. */
interface PartnerApi {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly behind: string;
  readonly callsPerMinute: number;
}

/**
 * The gateway for partners: subscriptions, quotas, versions. It sees vendors' calls only, which carry no
 * shopper's data; shops are not behind it, so it is on nobody's way to a purchase.
 */
export function createPartnerGateway(site: Site, network: Network, controlPlane: Unit): void {
  const { stack, unit, resourceGroup, location } = site;
  const zones = unit.environment.sizes.apiManagementSku.endsWith('_1') ? undefined : zonesOf(site);
  const gateway = new ApiManagement(stack, 'partners', {
    name: globalNames(unit.environment).apiManagement,
    resourceGroupName: resourceGroup,
    location,
    publisherName: 'Global Commerce Platform',
    publisherEmail: unit.environment.operatorsEmail,
    skuName: unit.environment.sizes.apiManagementSku,
    ...(zones !== undefined && { zones }),
    minApiVersion: '2021-08-01',
    virtualNetworkType: 'Internal',
    virtualNetworkConfiguration: { subnetId: network.subnets.apiManagement },
    identity: { type: 'SystemAssigned' },
    security: {
      backendSsl30Enabled: false,
      backendTls10Enabled: false,
      backendTls11Enabled: false,
      frontendSsl30Enabled: false,
      frontendTls10Enabled: false,
      frontendTls11Enabled: false,
      tripleDesCiphersEnabled: false,
    },
  });
  nameInside(site, network, gateway);
  const product = new ApiManagementProduct(stack, 'partners-product', {
    productId: 'partners',
    displayName: 'Partners',
    apiManagementName: gateway.name,
    resourceGroupName: resourceGroup,
    published: true,
    subscriptionRequired: true,
    approvalRequired: true,
    subscriptionsLimit: 5,
  });
  const behind = `https://${privateHost(controlPlane.environment, controlPlane.id)}`;
  createApi(site, gateway.name, product.productId, {
    name: 'vendors',
    title: 'Vendors: products, stock, orders',
    path: 'vendors',
    behind: `${behind}/v1`,
    callsPerMinute: 600,
  });
}

/** The gateway's own name leads to its private address, in this network alone. */
function nameInside(
  { stack, unit, resourceGroup }: Site,
  network: Network,
  gateway: ApiManagement,
) {
  const zone = new PrivateDnsZone(stack, 'partners-names', {
    name: 'azure-api.net',
    resourceGroupName: resourceGroup,
  });
  new PrivateDnsZoneVirtualNetworkLink(stack, 'partners-names-link', {
    name: `link-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    privateDnsZoneName: zone.name,
    virtualNetworkId: network.id,
  });
  new PrivateDnsARecord(stack, 'partners-name', {
    name: globalNames(unit.environment).apiManagement,
    zoneName: zone.name,
    resourceGroupName: resourceGroup,
    ttl: 300,
    records: gateway.privateIpAddresses,
  });
}

function createApi(
  { stack, resourceGroup }: Site,
  gateway: string,
  product: string,
  api: PartnerApi,
): void {
  const versions = new ApiManagementApiVersionSet(stack, `partners-${api.name}-versions`, {
    name: api.name,
    displayName: api.title,
    apiManagementName: gateway,
    resourceGroupName: resourceGroup,
    versioningScheme: 'Segment',
  });
  const made = new ApiManagementApi(stack, `partners-${api.name}`, {
    name: api.name,
    displayName: api.title,
    apiManagementName: gateway,
    resourceGroupName: resourceGroup,
    revision: '1',
    version: 'v1',
    versionSetId: versions.id,
    path: api.path,
    protocols: ['https'],
    serviceUrl: api.behind,
    subscriptionRequired: true,
  });
  new ApiManagementApiPolicy(stack, `partners-${api.name}-policy`, {
    apiManagementName: gateway,
    apiName: made.name,
    resourceGroupName: resourceGroup,
    xmlContent: policyOf(api),
  });
  new ApiManagementProductApi(stack, `partners-${api.name}-product`, {
    apiManagementName: gateway,
    apiName: made.name,
    productId: product,
    resourceGroupName: resourceGroup,
  });
}

/** Limits by subscription, waits no longer than a shopper would, and tells nothing of what stands behind. */
function policyOf({ callsPerMinute }: PartnerApi): string {
  return [
    '<policies>',
    '  <inbound>',
    '    <base />',
    `    <rate-limit-by-key calls="${callsPerMinute}" renewal-period="60" counter-key="@(context.Subscription.Id)" remaining-calls-header-name="ratelimit-remaining" />`,
    '    <validate-content unspecified-content-type-action="prevent" max-size="1048576" size-exceeded-action="prevent" />',
    '  </inbound>',
    '  <backend>',
    '    <forward-request timeout="10" follow-redirects="false" />',
    '  </backend>',
    '  <outbound>',
    '    <base />',
    '    <set-header name="server" exists-action="delete" />',
    '  </outbound>',
    '  <on-error><base /></on-error>',
    '</policies>',
  ].join('\n');
}
