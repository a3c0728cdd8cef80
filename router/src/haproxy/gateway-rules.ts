import { HEADERS } from '@commerce/contracts/headers';
import { PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import type { RateLimit } from '@commerce/engines/cache/rate-limiter';
import { type ApiVersion, versionHeaders } from '../gateway/api-versions.ts';
import { TOKEN_PREFIXES } from '../gateway/coarse-auth.ts';
import { PRIVATE_PREFIXES } from '../gateway/index.ts';
import {
  KEYS_MAX,
  LIMIT_NAMES,
  type LimitName,
  limitReached,
  policyOf,
} from '../gateway/rate-limits.ts';
import { withAnySpace } from '../gateway/waf/front-door.ts';
import { SUSPICIOUS_PATTERN } from '../gateway/waf/inspect.ts';
import { WAF_RULES, type WafTarget } from '../gateway/waf/rules.ts';
import { renderProblemPage } from '../problem-page.ts';
import type { HaproxyFiles, HaproxySettings } from './settings.ts';

/**
 * The gateway's part in what HAProxy forwards itself. Limits of rate are counted and told here, since
 * whoever counts must see all. What the firewall, the versions and the look at tokens would refuse is
 * only recognised, and left to the Node plane, which refuses it in its own words, or lets it through.
 */

/** Counters of HAProxy by the limit that they serve; the first one keeps positions on the way of writes. */
const COUNTERS = { partition: 0, ip: 1, key: 2 } as const;

const windowS = ({ windowMs }: RateLimit): number => Math.ceil(windowMs / 1000);

/** Tables in which requests are counted, each of the rate over the limit's own window. */
export function renderLimitTables({ gateway: { limits } }: HaproxySettings): string[] {
  const types = { ip: 'ipv6', key: 'string len 43', partition: 'string len 16' } as const;
  return LIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const window = `${windowS(limit)}s`;
    return [
      `backend limit_${name} from base`,
      `  stick-table type ${types[name]} size ${KEYS_MAX} expire ${window} store http_req_rate(${window})`,
      '',
    ];
  });
}

/** Rules of the frontend that count a request, and refuse it where it is one too many. */
export function renderLimits(settings: HaproxySettings, files: HaproxyFiles): string[] {
  const { ip, key } = settings.gateway.limits;
  return [
    ...(ip === undefined ? [] : [...describeClient(settings), ...countBy('ip', 'txn.client', ip)]),
    ...(key === undefined
      ? []
      : [
          // The beginning of a token's signature tells it from all others.
          'http-request set-var(txn.key) req.hdr(authorization),field(3,.),bytes(0,43) if has_token',
          ...countBy('key', 'txn.key', key),
        ]),
    ...(ip === undefined ? [] : refuseBeyond('ip', ip, files)),
    ...(key === undefined ? [] : refuseBeyond('key', key, files)),
  ];
}

/** Counts what HAProxy forwards against its partition: reads, as the counter is another's for writes. */
export function renderPartitionLimit(settings: HaproxySettings, files: HaproxyFiles): string[] {
  const { partition } = settings.gateway.limits;
  if (partition === undefined) return [];
  return [
    ...countBy('partition', 'txn.partition', partition, 'is_read'),
    ...refuseBeyond('partition', partition, files),
  ];
}

/** What every answer says of the limit that is nearest to being reached. */
export function renderLimitHeaders({ gateway: { limits } }: HaproxySettings): string[] {
  return LIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const isNearest = `{ var(txn.nearest) -m str ${name} }`;
    return [
      `http-response set-header ratelimit-policy '${policyOf(name, limit)}' if ${isNearest}`,
      `http-response set-header ratelimit '${remainingOf(name, limit)}' if ${isNearest}`,
    ];
  });
}

/** The address that the Node plane takes for the client's: the last that is none of our own proxies. */
function describeClient({ trustedNetworks }: HaproxySettings): string[] {
  const ours = trustedNetworks.join(' ');
  const isTrusted = '{ var(txn.is_trusted) -m bool }';
  const take = (place: number): string =>
    `http-request set-var(txn.client) req.hdr_ip(x-forwarded-for,${place}) if ${isTrusted} { req.hdr(x-forwarded-for) -m found }`;
  return [
    `http-request set-var(txn.client) src if !${isTrusted}`,
    take(-1),
    ...[-2, -3].map((place) => `${take(place)} { var(txn.client) -m ip ${ours} }`),
    // Our own machines are not counted.
    `http-request unset-var(txn.client) if ${isTrusted} { var(txn.client) -m ip ${ours} }`,
  ];
}

function countBy(name: LimitName, variable: string, limit: RateLimit, only = ''): string[] {
  const counter = COUNTERS[name];
  const isCounted = `{ var(${variable}) -m found }${only === '' ? '' : ` ${only}`}`;
  const used = `txn.${name}_used`;
  const isNearer = `{ int(${limit.points}),sub(${used}),sub(txn.left) -m int lt 0 }`;
  return [
    `http-request track-sc${counter} var(${variable}) table limit_${name} if ${isCounted}`,
    `http-request set-var(${used}) sc_http_req_rate(${counter}) if ${isCounted}`,
    `http-request set-var(txn.nearest) str(${name}) if ${isCounted} !{ var(txn.nearest) -m found } || ${isCounted} ${isNearer}`,
    `http-request set-var(txn.left) int(${limit.points}),sub(${used}) if { var(txn.nearest) -m str ${name} }`,
  ];
}

/** Seconds until as much has flowed back as is used. */
const flowsBack = (name: LimitName, limit: RateLimit): string =>
  `var(txn.${name}_used),mul(${windowS(limit)}),div(${limit.points})`;

function remainingOf(name: LimitName, limit: RateLimit): string {
  return `"${name}";r=%[var(txn.left)];t=%[${flowsBack(name, limit)}]`;
}

function refuseBeyond(name: LimitName, limit: RateLimit, files: HaproxyFiles): string[] {
  const isBeyond = `{ var(txn.${name}_used) -m int gt ${limit.points} }`;
  const retryAfter = `txn.${name}_retry`;
  const headers = [
    `hdr retry-after %[var(${retryAfter})]`,
    'hdr cache-control no-store',
    `hdr ratelimit-policy '${policyOf(name, limit)}'`,
    `hdr ratelimit '"${name}";r=0;t=%[${flowsBack(name, limit)}]'`,
  ].join(' ');
  const answer = (type: string, file: string): string =>
    `http-request return status 429 content-type "${type}" file ${file} ${headers} if ${isBeyond} !has_body`;
  return [
    `http-request set-var(${retryAfter}) var(txn.${name}_used),sub(${limit.points}),mul(${windowS(limit)}),div(${limit.points}),add(1) if ${isBeyond}`,
    // The Node plane reads a body away first, so that the client comes to see the answer.
    `http-request set-header ${HEADERS.routedLimit} "${name} %[var(${retryAfter})]" if ${isBeyond} has_body`,
    `${answer('text/html; charset=utf-8', files.limitedPage(name))} { req.hdr(accept) -m sub text/html }`,
    answer(PROBLEM_CONTENT_TYPE, files.limitedProblem(name)),
  ];
}

/** What is said by HAProxy itself to who asks too often, by path. */
export function renderLimitFiles(
  { gateway: { limits } }: HaproxySettings,
  files: HaproxyFiles,
): (readonly [string, string])[] {
  return LIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const error = limitReached(name, policyOf(name, limit), 1);
    const page = renderProblemPage(error, { method: 'GET', url: '/', headers: {} }, undefined);
    return [
      [files.limitedProblem(name), JSON.stringify(toProblem(error))] as const,
      [files.limitedPage(name), page] as const,
    ];
  });
}

/** Conditions under which a request is the Node plane's, since its gateway may have something to say. */
export function renderGuards(settings: HaproxySettings, files: HaproxyFiles): string[] {
  return [
    ...guardTokens(),
    ...guardVersions(settings.gateway.versions),
    ...(settings.gateway.wafMode === 'off' ? [] : guardByRules(files)),
  ];
}

function guardTokens(): string[] {
  return [
    `acl is_private path_beg ${PRIVATE_PREFIXES.join(' ')}`,
    `acl wants_token path_beg ${TOKEN_PREFIXES.join(' ')}`,
    'acl is_known_token var(txn.token_kind) -m str ES256',
    'acl is_fresh_token var(txn.token_s) -m int gt 0',
    `http-request set-var(txn.token_kind) http_auth_bearer,jwt_header_query('$.alg') if has_token`,
    'http-request set-var(txn.now) date if has_token',
    `http-request set-var(txn.token_s) http_auth_bearer,jwt_payload_query('$.exp','int'),sub(txn.now) if has_token`,
    'use_backend plane if is_private || wants_token !has_token',
    'use_backend plane if has_token !is_known_token || has_token !is_fresh_token',
  ];
}

function guardVersions(versions: readonly ApiVersion[]): string[] {
  const known = versions.map(({ prefix }) => `${prefix}/`).join(' ');
  return [
    String.raw`acl is_versioned path -m reg '^/v\d{1,3}(?:/|$)'`,
    `acl is_known_version path_beg ${known}`,
    'use_backend plane if !is_known_version is_versioned',
    ...longestFirst(versions).flatMap((version, index) => {
      if (versionHeaders(version) === undefined && versions.length === 1) return [];
      return [
        `acl is_version_${index} path ${version.prefix}`,
        `acl is_version_${index} path_beg ${version.prefix}/`,
        `http-request set-var(txn.version) str(${index}) if is_version_${index} !{ var(txn.version) -m found }`,
        ...(version.sunsetAt === undefined
          ? []
          : [
              `use_backend plane if { var(txn.version) -m str ${index} } { date ge ${Math.floor(Date.parse(version.sunsetAt) / 1000)} }`,
            ]),
      ];
    }),
  ];
}

/** Of several prefixes that fit, the longest counts. */
function longestFirst(versions: readonly ApiVersion[]): ApiVersion[] {
  return versions.toSorted((a, b) => b.prefix.length - a.prefix.length);
}

/** What answers of a version that is to end say of it. */
export function renderVersionHeaders({ gateway: { versions } }: HaproxySettings): string[] {
  return longestFirst(versions).flatMap((version, index) => {
    const headers = versionHeaders(version) ?? [];
    return Array.from({ length: headers.length / 2 }, (_, i) => {
      const value = String(headers[i * 2 + 1])
        .replaceAll("'", '%27')
        .replaceAll('%', '%%');
      return `http-response add-header ${headers[i * 2]} '${value}' if { var(txn.version) -m str ${index} }`;
    });
  });
}

/** Ways in which a text is read before the rules see it: as it came, decoded, and decoded twice. */
const READINGS = ['', ',url_dec(1)', ',url_dec(1),url_dec(1)'] as const;

function guardByRules(files: HaproxyFiles): string[] {
  const matches = (part: string, target: WafTarget, readings: readonly string[] = READINGS) =>
    readings.map((reading) => `${part}${reading},lower -m reg -f ${files.rules(target)}`);
  return [
    `acl is_suspicious url -m reg -i -f ${files.suspicious}`,
    ...matches('path', 'path').map((condition) => `acl is_attack_in_address ${condition}`),
    ...matches('query', 'query').map((condition) => `acl is_attack_in_address ${condition}`),
    ...matches('req.fhdr(user-agent)', 'user-agent', ['']).map((text) => `acl is_attack ${text}`),
    ...matches('req.fhdr(referer)', 'referer').map((text) => `acl is_attack ${text}`),
    'use_backend plane if is_attack || is_suspicious is_attack_in_address',
  ];
}

/** On the way of writes, whose small bodies are held: a body that a rule matches goes to the Node plane. */
export function renderBodyGuard({ gateway }: HaproxySettings, files: HaproxyFiles): string[] {
  if (gateway.wafMode === 'off') return [];
  const readings = READINGS.slice(0, 2);
  const conditions = readings.map(
    (reading) => `{ req.body${reading},lower -m reg -f ${files.rules('body')} }`,
  );
  return [`use-server plane if ${conditions.join(' || ')}`];
}

/** The rules' expressions, one a line, by the path of the list of each part of a request. */
export function renderRuleFiles(files: HaproxyFiles): (readonly [string, string])[] {
  const targets = ['path', 'query', 'user-agent', 'referer', 'body'] as const;
  return [
    [files.suspicious, `${SUSPICIOUS_PATTERN.source}\n`],
    ...targets.map((target) => {
      const rules = WAF_RULES.filter(({ targets: of }) => of.includes(target));
      const lines = rules.map(({ pattern }) => withAnySpace(pattern));
      return [files.rules(target), `${lines.join('\n')}\n`] as const;
    }),
  ];
}
