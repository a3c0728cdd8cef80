import { CdnFrontdoorCustomDomain } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-custom-domain/index.js';
import { CdnFrontdoorEndpoint } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-endpoint/index.js';
import { CdnFrontdoorOrigin } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-origin/index.js';
import { CdnFrontdoorOriginGroup } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-origin-group/index.js';
import { CdnFrontdoorProfile } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-profile/index.js';
import { CdnFrontdoorRoute } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-route/index.js';
import { CdnFrontdoorRule } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-rule/index.js';
import { CdnFrontdoorRuleSet } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-rule-set/index.js';
import { HEADERS } from '@commerce/contracts/headers';
import { controlPlaneHosts, globalNames, publicHosts } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';
import { createFirewall } from './firewall.ts';
import { resourceId, type Site } from './site.ts';

/** A unit, and the name by which it is called. */
interface Origin {
  readonly unit: Unit;
  readonly host: string;
}

/** One name of the world and the units that answer it. */
interface Entrance {
  readonly name: 'shop' | 'console' | 'payments' | 'partners';
  readonly host: string;
  readonly origins: readonly Origin[];
  readonly probe: string;
  /** Paths of which answers say themselves how long they may be kept. */
  readonly cachedPaths: readonly string[];
}

const CACHED_PATHS = ['/assets/*', '/media/*', '/v1/media/*'];

/**
 * The edge: TLS of the public names, firewall, caches near the shopper, and private links to the routers. The
 * control plane and the partners' gateway are behind it as well, so nothing of ours has a public address.
 */
export function createFrontDoor(
  site: Site,
  zoneId: string,
  units: { readonly routers: readonly Unit[]; readonly controlPlane: Unit },
): string {
  const { stack, unit, resourceGroup } = site;
  const hosts = publicHosts(unit.environment);
  const inner = controlPlaneHosts(unit.environment);
  const profile = new CdnFrontdoorProfile(stack, 'edge', {
    name: globalNames(unit.environment).frontDoor,
    resourceGroupName: resourceGroup,
    skuName: 'Premium_AzureFrontDoor',
    responseTimeoutSeconds: 60,
    // What is logged at the edge leaves every jurisdiction, so it is nobody's address.
    logScrubbingRule: [
      { matchVariable: 'RequestIPAddress' },
      { matchVariable: 'RequestUri' },
      { matchVariable: 'QueryStringArgNames' },
    ],
  });
  const endpoint = new CdnFrontdoorEndpoint(stack, 'edge-endpoint', {
    name: globalNames(unit.environment).frontDoor,
    cdnFrontdoorProfileId: profile.id,
  });
  const rules = createHeaderRules(site, profile.id);
  const entrances: readonly Entrance[] = [
    {
      name: 'shop',
      host: hosts.shop,
      origins: units.routers.map((router) => ({ unit: router, host: router.host })),
      probe: '/health/ready',
      cachedPaths: CACHED_PATHS,
    },
    {
      name: 'console',
      host: hosts.console,
      origins: [{ unit: units.controlPlane, host: units.controlPlane.host }],
      probe: '/health/ready',
      cachedPaths: ['/assets/*'],
    },
    {
      name: 'partners',
      host: hosts.partners,
      origins: [{ unit: units.controlPlane, host: inner.partners }],
      // Answered by the partners' gateway itself.
      probe: '/status-0123456789abcdef',
      cachedPaths: [],
    },
    ...(inner.payments !== undefined
      ? [
          {
            name: 'payments',
            host: hosts.payments,
            origins: [{ unit: units.controlPlane, host: inner.payments }],
            probe: '/health/ready',
            cachedPaths: [],
          } as const,
        ]
      : []),
  ];
  const domains = entrances.map((entrance) =>
    createEntrance(site, { profile: profile.id, endpoint: endpoint.id, rules, zoneId }, entrance),
  );
  createFirewall(site, profile.id, domains);
  return endpoint.hostName;
}

interface Edge {
  readonly profile: string;
  readonly endpoint: string;
  readonly rules: string;
  readonly zoneId: string;
}

/** @returns id of the domain, for the firewall */
function createEntrance(site: Site, edge: Edge, entrance: Entrance): string {
  const { stack } = site;
  const { name, host, origins } = entrance;
  const domain = new CdnFrontdoorCustomDomain(stack, `edge-${name}-domain`, {
    name,
    cdnFrontdoorProfileId: edge.profile,
    dnsZoneId: edge.zoneId,
    hostName: host,
    tls: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' },
  });
  const group = new CdnFrontdoorOriginGroup(stack, `edge-${name}-origins`, {
    name,
    cdnFrontdoorProfileId: edge.profile,
    // The pin says where a shopper belongs, so any router will do.
    sessionAffinityEnabled: false,
    healthProbe: { protocol: 'Https', path: entrance.probe, intervalInSeconds: 30 },
    loadBalancing: {
      additionalLatencyInMilliseconds: 20,
      sampleSize: 4,
      successfulSamplesRequired: 3,
    },
  });
  const made = origins.map((origin) => createOrigin(site, name, group.id, origin));
  const route = (part: string, patterns: readonly string[], isCached: boolean): void => {
    new CdnFrontdoorRoute(stack, `edge-${name}-${part}`, {
      name: `${name}-${part}`,
      cdnFrontdoorEndpointId: edge.endpoint,
      cdnFrontdoorOriginGroupId: group.id,
      cdnFrontdoorOriginIds: made,
      cdnFrontdoorCustomDomainIds: [domain.id],
      cdnFrontdoorRuleSetIds: [edge.rules],
      patternsToMatch: [...patterns],
      supportedProtocols: ['Http', 'Https'],
      httpsRedirectEnabled: true,
      forwardingProtocol: 'HttpsOnly',
      linkToDefaultDomain: false,
      ...(isCached && {
        cache: {
          queryStringCachingBehavior: 'UseQueryString',
          compressionEnabled: true,
          contentTypesToCompress: ['text/css', 'text/javascript', 'application/json'],
        },
      }),
    });
  };
  route('all', ['/*'], false);
  if (entrance.cachedPaths.length > 0) route('cached', entrance.cachedPaths, true);
  return domain.id;
}

function createOrigin(site: Site, entrance: string, group: string, origin: Origin): string {
  const { stack } = site;
  const { unit, host } = origin;
  const service = unit.names.privateLinkService;
  const made = new CdnFrontdoorOrigin(stack, `edge-${entrance}-origin-${unit.id}`, {
    name: unit.id,
    cdnFrontdoorOriginGroupId: group,
    enabled: true,
    hostName: host,
    originHostHeader: host,
    httpsPort: 443,
    certificateNameCheckEnabled: true,
    priority: 1,
    weight: 100,
    privateLink: {
      location: unit.region.name,
      privateLinkTargetId: resourceId(
        site,
        unit.names.nodeResourceGroup,
        `Microsoft.Network/privateLinkServices/${service}`,
      ),
      requestMessage: unit.names.base,
    },
  });
  return made.id;
}

/** Tells the country of the shopper, which the edge knows, and believes nobody else who says so. */
function createHeaderRules({ stack }: Site, profile: string): string {
  const rules = new CdnFrontdoorRuleSet(stack, 'edge-headers', {
    name: 'headers',
    cdnFrontdoorProfileId: profile,
  });
  new CdnFrontdoorRule(stack, 'edge-headers-country', {
    name: 'country',
    cdnFrontdoorRuleSetId: rules.id,
    order: 1,
    behaviorOnMatch: 'Continue',
    actions: {
      requestHeaderAction: [
        {
          headerAction: 'Overwrite',
          headerName: HEADERS.clientCountry,
          value: '{geo_country}',
        },
      ],
      responseHeaderAction: [
        {
          headerAction: 'Overwrite',
          headerName: 'strict-transport-security',
          value: 'max-age=31536000; includeSubDomains; preload',
        },
      ],
    },
  });
  return rules.id;
}
