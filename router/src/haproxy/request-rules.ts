import { HEADERS, PIN_COOKIE } from '@commerce/contracts/headers';
import { PARTITION_ID_TYPES } from '@commerce/contracts/ids';
import { OWN_PREFIX } from '../own-endpoints.ts';
import { ALLOWED_METHODS, REPINNING, URL_LENGTH_MAX, WEBHOOK_PREFIX } from '../request-target.ts';
import { renderGuards, renderLimits, renderPartitionLimit } from './gateway-rules.ts';
import type { HaproxyFiles, HaproxySettings } from './settings.ts';

/**
 * The decision about a request as rules of HAProxy: which partition it names, by the same steps and in
 * the same order as `classify`, and where the table puts it. What is rare, or could be read in two
 * ways, goes to the Node plane, which decides by the code itself. So these rules have to be right about
 * plain requests only, and refuse none.
 */

/** Largest body that HAProxy forwards itself, in bytes: head and body must fit the buffer of a repeat. */
export const FORWARDED_BODY_BYTES_MAX = 8_192;

/**
 * A target that needs no thought: segments of plain characters that do not begin with a dot, and a
 * query of well-formed escapes without a null byte. It is narrower than `refuseTarget` on purpose.
 */
const PLAIN_TARGET = [
  '^(?:/(?:[A-Za-z0-9_~:@$+,;=-][A-Za-z0-9._~:@$+,;=-]*)?)+',
  String.raw`(?:\?(?:[\x21\x24\x26-\x5b\x5d-\x7e]|%(?!00)[0-9A-Fa-f]{2})*)?$`,
].join('');

/** Headers that the Node plane refuses or joins where they come more than once. */
const ONCE = [
  'host',
  'authorization',
  'cookie',
  HEADERS.idempotencyKey,
  HEADERS.clientCountry,
  HEADERS.requestId,
  'traceparent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
] as const;

/** Headers whose presence alone is a matter for the Node plane: rare ones of the hop, and what only a router says. */
const SPECIAL = [
  'transfer-encoding',
  'expect',
  'http2-settings',
  'trailer',
  'forwarded',
  'proxy-[^,]*',
] as const;

/**
 * Odd heads by the list of their names, joined by commas: one look at it costs less than one at each
 * header that might be there.
 */
const ODD_NAMES = [
  `(?:^|,)(?:${SPECIAL.join('|')})(?:,|$)`,
  // Of groups, HAProxy's expressions keep those alone that have a name.
  String.raw`(?:^|,)(?<once>${ONCE.join('|')}),(?:.*,)?\k<once>(?:,|$)`,
] as const;

/** The expression of an id in a path, with the partition that it names: that of the first such segment. */
export function renderIdsMap(): string {
  const types = Object.keys(PARTITION_ID_TYPES).join('|');
  const id = `(?:${types})_([a-z][a-z0-9]{1,11})([0-3][0-9a-f]{2})_[0-7][0-9a-hjkmnp-tv-z]{25}`;
  return `^(?:/[^/]*)*?/${id}(?:/.*)?$ \\1-\\2\n`;
}

/**
 * Rules of the public frontend. Each is paid for by every request, so what is rare is recognised by few
 * conditions and left to the Node plane, and whatever is needed twice is kept in a variable.
 */
export function renderRequestRules(settings: HaproxySettings, files: HaproxyFiles): string[] {
  return [
    ...describeRequest(),
    // HAProxy would pass a version that it does not know on as 1.1.
    'http-request deny deny_status 400 if !{ req.ver 1.0 1.1 2.0 }',
    `http-request set-var(txn.is_trusted) bool(true) if { src ${settings.trustedNetworks.join(' ')} }`,
    // Nobody but HAProxy may say what a router says.
    'http-request del-header x-routed- -m beg if { req.hdr_names -m sub x-routed- }',
    ...renderLimits(settings, files),
    `http-request set-var(txn.pin) req.cook(${PIN_COOKIE})`,
    `http-request set-var(txn.is_pinned) var(txn.pin),jwt_verify(HS256,"${settings.pinSecret}") if has_pin`,
    // Of a pin that holds, the text is ours and its order known: `{"part":"…","country":"…","iat":…}`.
    'http-request set-var(txn.claims) var(txn.pin),field(2,.),ub64dec if is_pinned',
    // An id in the path, before the token, before the pin.
    `http-request set-var(txn.partition) path,map_regm(${files.ids}) if { path_sub _ }`,
    `http-request set-var(txn.partition) http_auth_bearer,jwt_payload_query('$.part') if has_token !is_placed !is_webhook`,
    String.raw`http-request set-var(txn.partition) var(txn.claims),field(4,'\"') if is_pinned !is_placed !has_token !is_webhook`,
    `http-request set-var(txn.place) var(txn.partition),map_str(${files.partitions}) if is_placed`,
    ...renderPartitionLimit(settings, files),
    `use_backend plane if { req.hdr(${HEADERS.routedLimit}) -m found }`,
    // A cookie that no router wrote is refused by the Node plane, whatever else the request names.
    'use_backend plane if has_pin !is_pinned',
    'use_backend plane if !{ var(txn.place) -m found }',
    'use_backend plane if !is_plain_target || !is_plain_method || is_special || has_odd_names || has_two_pins',
    'use_backend plane if has_connection !is_upgrade || has_connection !is_websocket',
    'use_backend plane if has_body is_read || has_body is_large',
    'use_backend plane if is_nodes || is_post may_repin',
    ...renderGuards(settings, files),
    'use_backend read.%[var(txn.place),field(1,:)] if is_read',
    'use_backend write.%[var(txn.place),field(1,:)]',
    // The cell came after this configuration: the Node plane knows it already.
    'default_backend plane',
  ];
}

/** Rules of the way to the Node plane, which is told whom it speaks with. */
export function renderPlaneRules(): string[] {
  return [`http-request set-header ${HEADERS.routedPeer} %[src]`];
}

function describeRequest(): string[] {
  const plainMethods = ALLOWED_METHODS.split(', ').filter((method) => method !== 'OPTIONS');
  return [
    `acl is_plain_method method ${plainMethods.join(' ')}`,
    'acl is_read method GET HEAD',
    'acl is_post method POST',
    `acl is_plain_target url -m reg '${PLAIN_TARGET}'`,
    `acl is_special url_len gt ${URL_LENGTH_MAX}`,
    'acl is_special req.ver 1.0',
    ...ODD_NAMES.map((pattern) => `acl has_odd_names req.hdr_names -m reg '${pattern}'`),
    `acl has_two_pins req.cook_cnt(${PIN_COOKIE}) gt 1`,
    // HAProxy has taken keep-alive and close out: what is left names headers of this hop, or upgrades.
    'acl has_connection req.fhdr(connection) -m found',
    'acl is_upgrade req.fhdr(connection) -m str -i upgrade',
    'acl is_websocket req.fhdr(upgrade) -m str -i websocket',
    'acl has_body req.hdr_val(content-length) gt 0',
    'acl has_body req.hdr(transfer-encoding) -m found',
    `acl is_large req.hdr_val(content-length) gt ${FORWARDED_BODY_BYTES_MAX}`,
    'acl has_pin var(txn.pin) -m found',
    'acl is_pinned var(txn.is_pinned) -m int 1',
    'acl is_placed var(txn.partition) -m found',
    'acl has_token req.hdr(authorization) -m found',
    `acl is_webhook path_beg ${WEBHOOK_PREFIX}`,
    `acl is_nodes path_beg ${OWN_PREFIX}`,
    `acl may_repin path ${REPINNING.paths.join(' ')}`,
    `acl may_repin path -m reg '${REPINNING.pagePattern}'`,
  ];
}
