import {
  CdnFrontdoorFirewallPolicy,
  type CdnFrontdoorFirewallPolicyCustomRule,
} from '@cdktf/provider-azurerm/lib/cdn-frontdoor-firewall-policy/index.js';
import { CdnFrontdoorSecurityPolicy } from '@cdktf/provider-azurerm/lib/cdn-frontdoor-security-policy/index.js';
import { HEADERS } from '@commerce/contracts/headers';
import { globalNames } from '../fleet/names.ts';
import type { Site } from './site.ts';

/** Requests of one address in a minute; a family behind one address stays far below. */
const REQUESTS_PER_MINUTE_MAX = 1_200;
/** Attempts to sign in, sign up or pay. */
const SENSITIVE_PER_MINUTE_MAX = 60;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** What only routers may say to cells. */
const ROUTERS_HEADERS = [
  HEADERS.routedAuth,
  HEADERS.routedEpoch,
  HEADERS.routedHops,
  HEADERS.routedPartition,
];

/**
 * The firewall of the edge: the cloud's own rules against known attacks and bots, and ours, by what the
 * platform knows of itself.
 * @param domains ids of all public names; one without a firewall can't be made here
 */
export function createFirewall(
  { stack, unit, resourceGroup }: Site,
  profile: string,
  domains: readonly string[],
): void {
  const policy = new CdnFrontdoorFirewallPolicy(stack, 'firewall', {
    name: globalNames(unit.environment).firewallPolicy,
    resourceGroupName: resourceGroup,
    skuName: 'Premium_AzureFrontDoor',
    enabled: true,
    mode: 'Prevention',
    requestBodyCheckEnabled: true,
    customBlockResponseStatusCode: 403,
    managedRule: [
      { type: 'Microsoft_DefaultRuleSet', version: '2.1', action: 'Block' },
      { type: 'Microsoft_BotManagerRuleSet', version: '1.1', action: 'Block' },
    ],
    customRule: [...ownRules()],
  });
  new CdnFrontdoorSecurityPolicy(stack, 'firewall-domains', {
    name: 'all-domains',
    cdnFrontdoorProfileId: profile,
    securityPolicies: {
      firewall: {
        cdnFrontdoorFirewallPolicyId: policy.id,
        association: {
          patternsToMatch: ['/*'],
          domain: domains.map((id) => ({ cdnFrontdoorDomainId: id })),
        },
      },
    },
  });
}

function ownRules(): readonly CdnFrontdoorFirewallPolicyCustomRule[] {
  const block = { action: 'Block', enabled: true, type: 'MatchRule' };
  return [
    {
      ...block,
      name: 'InternalPaths',
      priority: 10,
      matchCondition: [
        {
          matchVariable: 'RequestUri',
          operator: 'RegEx',
          matchValues: ['^https?://[^/]+/+(internal|metrics)(/|$|\\?)'],
          transforms: ['Lowercase', 'UrlDecode'],
        },
      ],
    },
    ...ROUTERS_HEADERS.map((header, index) => ({
      ...block,
      name: `RoutersHeader${index + 1}`,
      priority: 20 + index,
      matchCondition: [
        {
          matchVariable: 'RequestHeader',
          selector: header,
          operator: 'Any',
          matchValues: [],
        },
      ],
    })),
    {
      ...block,
      name: 'Methods',
      priority: 30,
      matchCondition: [
        {
          matchVariable: 'RequestMethod',
          operator: 'Equal',
          negationCondition: true,
          matchValues: [...METHODS],
        },
      ],
    },
    rateLimit('SensitiveRate', 40, SENSITIVE_PER_MINUTE_MAX, {
      matchVariable: 'RequestUri',
      operator: 'RegEx',
      matchValues: ['/v1/(sessions|customers|password-resets|carts/[^/]+/checkout)'],
      transforms: ['Lowercase'],
    }),
    rateLimit('Rate', 50, REQUESTS_PER_MINUTE_MAX, {
      matchVariable: 'RequestUri',
      operator: 'Contains',
      matchValues: ['/'],
      transforms: [],
    }),
  ];
}

interface Condition {
  readonly matchVariable: string;
  readonly operator: string;
  readonly matchValues: string[];
  readonly transforms: string[];
}

/** Counts by the address of the caller, which is kept for the minute only. */
function rateLimit(
  name: string,
  priority: number,
  threshold: number,
  condition: Condition,
): CdnFrontdoorFirewallPolicyCustomRule {
  return {
    name,
    priority,
    enabled: true,
    type: 'RateLimitRule',
    action: 'Block',
    rateLimitDurationInMinutes: 1,
    rateLimitThreshold: threshold,
    matchCondition: [condition],
  };
}
