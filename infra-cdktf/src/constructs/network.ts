import { NatGateway } from '@cdktf/provider-azurerm/lib/nat-gateway/index.js';
import { NatGatewayPublicIpAssociation } from '@cdktf/provider-azurerm/lib/nat-gateway-public-ip-association/index.js';
import { PublicIp } from '@cdktf/provider-azurerm/lib/public-ip/index.js';
import { Subnet } from '@cdktf/provider-azurerm/lib/subnet/index.js';
import { SubnetNatGatewayAssociation } from '@cdktf/provider-azurerm/lib/subnet-nat-gateway-association/index.js';
import { SubnetNetworkSecurityGroupAssociation } from '@cdktf/provider-azurerm/lib/subnet-network-security-group-association/index.js';
import { VirtualNetwork } from '@cdktf/provider-azurerm/lib/virtual-network/index.js';
import { globalNames } from '../fleet/names.ts';
import { createSecurityGroups, type Admission } from './security-groups.ts';
import { resourceId, type Site } from './site.ts';

/** Ids of what other constructs are put into. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly subnets: Readonly<Record<SubnetName, string>>;
}

const NODE_SUBNETS = ['systemNodes', 'appNodes', 'dataNodes'] as const;
export type SubnetName =
  | (typeof NODE_SUBNETS)[number]
  | 'endpoints'
  | 'ingress'
  | 'apiServer'
  | 'apiManagement';

/**
 * A virtual network with its subnets. What may come in is listed; all else is refused, from the unit's fellows
 * as from the world. What goes out has fixed addresses, so that a gateway can know its callers.
 */
export function createNetwork(site: Site, admissions: readonly Admission[]): Network {
  const { stack, unit, resourceGroup, location } = site;
  const { addresses, names, environment } = unit;
  const network = new VirtualNetwork(stack, 'network', {
    name: `vnet-${names.base}`,
    resourceGroupName: resourceGroup,
    location,
    addressSpace: [addresses.network],
    encryption: { enforcement: 'AllowUnencrypted' },
    ddosProtectionPlan: {
      enable: true,
      id: resourceId(
        site,
        globalNames(environment).resourceGroup,
        `Microsoft.Network/ddosProtectionPlans/${globalNames(environment).ddosPlan}`,
      ),
    },
  });
  const nat = createOutboundGateway(site);
  const groups = createSecurityGroups(site, admissions);

  const subnet = (name: SubnetName, group: string, isForNodes: boolean): string => {
    const made = new Subnet(stack, `subnet-${name}`, {
      name,
      resourceGroupName: resourceGroup,
      virtualNetworkName: network.name,
      addressPrefixes: [addresses[name]],
      defaultOutboundAccessEnabled: false,
      privateEndpointNetworkPolicies: 'Enabled',
      privateLinkServiceNetworkPoliciesEnabled: name !== 'ingress',
      ...(name === 'apiServer' && {
        delegation: [
          {
            name: 'cluster',
            serviceDelegation: {
              name: 'Microsoft.ContainerService/managedClusters',
              actions: ['Microsoft.Network/virtualNetworks/subnets/join/action'],
            },
          },
        ],
      }),
    });
    new SubnetNetworkSecurityGroupAssociation(stack, `subnet-${name}-rules`, {
      subnetId: made.id,
      networkSecurityGroupId: group,
    });
    if (isForNodes) {
      new SubnetNatGatewayAssociation(stack, `subnet-${name}-nat`, {
        subnetId: made.id,
        natGatewayId: nat,
      });
    }
    return made.id;
  };

  return Object.freeze({
    id: network.id,
    name: network.name,
    subnets: {
      systemNodes: subnet('systemNodes', groups.nodes, true),
      appNodes: subnet('appNodes', groups.nodes, true),
      dataNodes: subnet('dataNodes', groups.nodes, true),
      endpoints: subnet('endpoints', groups.endpoints, false),
      ingress: subnet('ingress', groups.nodes, false),
      apiServer: subnet('apiServer', groups.endpoints, false),
      apiManagement: subnet('apiManagement', groups.apiManagement, true),
    },
  });
}

/** The only way out. Its second generation spans the zones; the first stands in one. */
function createOutboundGateway({ stack, unit, resourceGroup, location, zones }: Site): string {
  const { base } = unit.names;
  const address = new PublicIp(stack, 'outbound-address', {
    name: `ip-${base}-outbound`,
    resourceGroupName: resourceGroup,
    location,
    allocationMethod: 'Static',
    sku: 'StandardV2',
    ...(zones.length > 0 && { zones: [...zones] }),
  });
  const gateway = new NatGateway(stack, 'outbound', {
    name: `nat-${base}`,
    resourceGroupName: resourceGroup,
    location,
    skuName: 'StandardV2',
    ...(zones.length > 0 && { zones: [...zones] }),
    idleTimeoutInMinutes: 10,
  });
  new NatGatewayPublicIpAssociation(stack, 'outbound-association', {
    natGatewayId: gateway.id,
    publicIpAddressId: address.id,
  });
  return gateway.id;
}
