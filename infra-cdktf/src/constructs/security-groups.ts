import {
  NetworkSecurityGroup,
  type NetworkSecurityGroupSecurityRule,
} from '@cdktf/provider-azurerm/lib/network-security-group/index.js';
import { PORTS } from '../settings/ports.ts';
import type { Site } from './site.ts';

/** Who may call the unit's balancer, over TLS. */
export interface Admission {
  readonly name: string;
  /** Networks of the callers. */
  readonly from: readonly string[];
}

type Rule = Required<Pick<NetworkSecurityGroupSecurityRule, 'name' | 'priority' | 'access'>> &
  Pick<
    NetworkSecurityGroupSecurityRule,
    | 'direction'
    | 'sourceAddressPrefix'
    | 'sourceAddressPrefixes'
    | 'destinationAddressPrefix'
    | 'destinationPortRange'
    | 'destinationPortRanges'
    | 'protocol'
  >;

/** After every rule of ours and before those that the cloud adds, which let a whole network in. */
const LAST = 4_000;

/** @returns ids of the groups of nodes (with their balancers), of endpoints, and of API Management */
export function createSecurityGroups(site: Site, admissions: readonly Admission[]) {
  const { addresses } = site.unit;
  const own = addresses.network;
  const nodes = createGroup(site, 'nodes', [
    ...admissions.map(({ name, from }, index) => ({
      name,
      priority: 200 + index * 10,
      access: 'Allow',
      sourceAddressPrefixes: [...from],
      destinationAddressPrefix: addresses.ingress,
      destinationPortRange: String(PORTS.https),
      protocol: 'Tcp',
    })),
    { ...balancerProbes(300) },
    { name: 'own-network', priority: 310, access: 'Allow', sourceAddressPrefix: own },
  ]);
  const endpoints = createGroup(site, 'endpoints', [
    {
      name: 'own-network',
      priority: 200,
      access: 'Allow',
      sourceAddressPrefix: own,
      destinationPortRanges: [PORTS.https, PORTS.kafka, PORTS.redis].map(String),
      protocol: 'Tcp',
    },
    { ...balancerProbes(300) },
  ]);
  const apiManagement = createGroup(site, 'api-management', [
    {
      name: 'management',
      priority: 200,
      access: 'Allow',
      sourceAddressPrefix: 'ApiManagement',
      destinationPortRange: '3443',
      protocol: 'Tcp',
    },
    {
      name: 'own-network',
      priority: 210,
      access: 'Allow',
      sourceAddressPrefix: own,
      destinationPortRange: String(PORTS.https),
      protocol: 'Tcp',
    },
    { ...balancerProbes(300) },
  ]);
  return { nodes, endpoints, apiManagement };
}

function balancerProbes(priority: number): Rule {
  return {
    name: 'balancer-probes',
    priority,
    access: 'Allow',
    sourceAddressPrefix: 'AzureLoadBalancer',
  };
}

function createGroup(
  { stack, unit, resourceGroup, location }: Site,
  name: string,
  rules: readonly Rule[],
): string {
  const refusals: readonly Rule[] = [
    { name: 'refuse-inbound', priority: LAST, access: 'Deny', sourceAddressPrefix: '*' },
    // Over TLS to gateways and the directory; the mesh says which names, this which port.
    {
      name: 'https-outbound',
      priority: 200,
      access: 'Allow',
      direction: 'Outbound',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: 'Internet',
      destinationPortRange: String(PORTS.https),
      protocol: 'Tcp',
    },
    {
      name: 'refuse-internet',
      priority: LAST,
      access: 'Deny',
      direction: 'Outbound',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: 'Internet',
    },
  ];
  const group = new NetworkSecurityGroup(stack, `rules-${name}`, {
    name: `nsg-${unit.names.base}-${name}`,
    resourceGroupName: resourceGroup,
    location,
    securityRule: [...rules, ...refusals].map((rule) => ({
      direction: 'Inbound',
      protocol: '*',
      sourcePortRange: '*',
      ...(rule.destinationPortRanges === undefined && { destinationPortRange: '*' }),
      destinationAddressPrefix: '*',
      ...rule,
    })),
  });
  return group.id;
}
