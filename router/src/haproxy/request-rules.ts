import { HEADERS, PIN_COOKIE } from '@commerce/contracts/headers';
import { PARTITION_ID_TYPES } from '@commerce/contracts/ids';
import { OWN_PREFIX } from '../own-endpoints.ts';
import { ALLOWED_METHODS, REPINNING, URL_LENGTH_MAX, WEBHOOK_PREFIX } from '../request-target.ts';
import type { HaproxyFiles, HaproxySettings } from './settings.ts';

/**
 * The decision about a request as rules of HAProxy: which partition it names, by the same steps and in
 * the same order as `classify`, and where the table puts it. What is rare, or could be read in two
 * ways, goes to the Node plane, which decides by the code itself. So these rules have to be right about
 * plain requests only, and refuse none.
 */

/** Largest body that HAProxy forwards itself, in bytes: head and body must fit the buffer of a repeat. */
export const FORWARDED_BODY_BYTES_MAX = 16_384;

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

/** Headers whose presence alone is a matter for the Node plane. */
const SPECIAL = ['transfer-encoding', 'expect', 'http2-settings'] as const;

/** The expression of an id in a path, with the partition that it names: that of the first such segment. */
export function renderIdsMap(): string {
  const types = Object.keys(PARTITION_ID_TYPES).join('|');
  const id = `(?:${types})_([a-z][a-z0-9]{1,11})([0-3][0-9a-f]{2})_[0-7][0-9a-hjkmnp-tv-z]{25}`;
  return `^(?:/[^/]*)*?/${id}(?:/.*)?$ \\1-\\2\n`;
}

/** Rules of the public frontend. */
export function renderRequestRules(settings: HaproxySettings, files: HaproxyFiles): string[] {
  return [
    // HAProxy would pass a version that it does not know on as 1.1.
    'http-request deny deny_status 400 if !{ req.ver 1.0 1.1 2.0 }',
    // Whatever only a router says, known or yet to come.
    'http-request del-header x-routed- -m beg',
    `http-request set-header ${HEADERS.routedPeer} %[src]`,
    `http-request set-var(txn.is_trusted) bool(true) if { src ${settings.trustedNetworks.join(' ')} }`,
    ...describeRequest(),
    `http-request set-var(txn.pin) req.cook(${PIN_COOKIE}) if has_pin`,
    `http-request set-var(txn.is_pinned) var(txn.pin),jwt_verify(HS256,"${settings.pinSecret}") if has_pin`,
    'acl is_pinned var(txn.is_pinned) -m int 1',
    // An id in the path, before the token, before the pin.
    `http-request set-var(txn.partition) path,map_regm(${files.ids}) if { path_sub _ }`,
    'acl is_placed var(txn.partition) -m found',
    `http-request set-var(txn.partition) http_auth_bearer,jwt_payload_query('$.part') if !is_placed !is_webhook has_token`,
    `http-request set-var(txn.partition) var(txn.pin),jwt_payload_query('$.part') if !is_placed !is_webhook !has_token is_pinned`,
    `http-request set-var(txn.place) var(txn.partition),map_str(${files.partitions})`,
    'http-request set-var(txn.cell) var(txn.place),field(1,:)',
    'http-request set-var(txn.epoch) var(txn.place),field(2,:)',
    // A cookie that no router wrote is refused by the Node plane, whatever else the request names.
    'use_backend plane if has_pin !is_pinned',
    'use_backend plane if !is_plain_target || !is_plain_method || is_special || is_repeated',
    'use_backend plane if has_connection !is_upgrade || has_connection !is_websocket',
    'use_backend plane if is_large || is_read has_body',
    'use_backend plane if is_nodes',
    'use_backend plane if !{ var(txn.place) -m found }',
    'use_backend read.%[var(txn.cell)] if is_read',
    'use_backend write.%[var(txn.cell)]',
    // The cell came after this configuration: the Node plane knows it already.
    'default_backend plane',
  ];
}

function describeRequest(): string[] {
  const plainMethods = ALLOWED_METHODS.split(', ').filter((method) => method !== 'OPTIONS');
  return [
    `acl is_plain_method method ${plainMethods.join(' ')}`,
    'acl is_read method GET HEAD',
    `acl is_plain_target url -m reg '${PLAIN_TARGET}'`,
    `acl is_special url_len gt ${URL_LENGTH_MAX}`,
    'acl is_special req.ver 1.0',
    ...SPECIAL.map((name) => `acl is_special req.hdr(${name}) -m found`),
    ...ONCE.map((name) => `acl is_repeated req.fhdr_cnt(${name}) gt 1`),
    `acl is_repeated req.cook_cnt(${PIN_COOKIE}) gt 1`,
    // HAProxy has taken keep-alive and close out: what is left names headers of this hop, or upgrades.
    'acl has_connection req.fhdr(connection) -m found',
    'acl is_upgrade req.fhdr(connection) -m str -i upgrade',
    'acl is_websocket req.fhdr(upgrade) -m str -i websocket',
    'acl has_body req.hdr_val(content-length) gt 0',
    `acl is_large req.hdr_val(content-length) gt ${FORWARDED_BODY_BYTES_MAX}`,
    `acl has_pin req.cook_cnt(${PIN_COOKIE}) gt 0`,
    'acl has_token req.hdr(authorization) -m found',
    `acl is_webhook path_beg ${WEBHOOK_PREFIX}`,
    `acl is_nodes path_beg ${OWN_PREFIX}`,
    `acl is_nodes path ${REPINNING.paths.join(' ')}`,
    `acl is_nodes path -m reg '${REPINNING.pagePattern}'`,
  ];
}
