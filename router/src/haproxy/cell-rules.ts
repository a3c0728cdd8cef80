import { HEADERS, PIN_COOKIE } from '@commerce/contracts/headers';
import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/problems';
import { ROUTED_AUTH_LIFETIME_S } from '@commerce/contracts/routed-auth';
import { REQUEST_ID_PATTERN, TRACEPARENT_PATTERN } from '../request-head.ts';
import { renderBodyGuard, renderVersionHeaders } from './gateway-rules.ts';
import type { HaproxyCell, HaproxyFiles, HaproxySettings } from './settings.ts';

/**
 * What is done with a request on its way to a cell and with the answer on its way back: the same headers
 * as the Node plane's `readHead` and `answerHeaders` leave, add and take.
 */

/**
 * Headers of the hop, and those that say something only a router may say. Those of them that no browser
 * sends, nor a proxy before us, are the Node plane's business; see `SPECIAL`.
 */
const DROPPED = ['keep-alive', 'te', 'via', 'x-real-ip', 'x-forwarded-port'] as const;
const DROPPED_FROM_ANSWERS = [
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  HEADERS.surrogateControl,
  HEADERS.surrogateKey,
] as const;
/** A proof is made for the half-minute, so that a cell has one to verify and not one a second. */
const PROOF_STEP_S = ROUTED_AUTH_LIFETIME_S / 2;

/** Positions are kept in three numbers of 31 bits: epoch, and the version's upper and lower part. */
export const POSITION_PART = 2 ** 31;

/** What all cells share: a section of defaults for each of the two ways to a cell. */
export function renderCellDefaults(settings: HaproxySettings, files: HaproxyFiles): string[] {
  const common = [
    'option http-buffer-request',
    'option redispatch 1',
    'retries 1',
    'option httpchk',
    'http-check send meth GET uri /health/live',
    ...renderShedding(settings, files),
    ...renderForwardedHeaders(),
    ...renderCountry(settings, files),
    ...renderProof(settings),
    ...renderAnswerRules(),
    ...renderVersionHeaders(settings),
  ];
  return [
    'defaults read from base',
    ...indent([...common, 'retry-on conn-failure empty-response 425', 'http-reuse always']),
    '',
    // What has an effect is sent again only where the cell has not seen it, or has refused it before any.
    'defaults write from base',
    ...indent([
      ...common,
      'retry-on conn-failure 425',
      'http-reuse safe',
      ...renderPositionRules(),
    ]),
  ];
}

/** The two ways to a cell; that for reads also finds out whether it answers. */
export function renderCell(
  cell: HaproxyCell,
  settings: HaproxySettings,
  files: HaproxyFiles,
): string[] {
  const { limits } = settings;
  const target = new URL(cell.url);
  const isSecure = target.protocol === 'https:';
  const port = target.port === '' ? (isSecure ? '443' : '80') : target.port;
  const tls = isSecure ? ` ssl verify required ca-file @system-ca sni str(${target.hostname})` : '';
  const server = `server cell ${target.hostname}:${port} weight 0 maxconn ${limits.connectionsMax}${tls}`;
  const watched = `observe layer4 error-limit ${limits.failuresMax} on-error mark-down`;
  // A request that the cell refused, or that can't reach it, is chosen a server by weight: the plane.
  const plane = `server plane unix@${files.planeSocket} weight 1 maxconn ${limits.connectionsMax}`;
  return [
    `backend read.${cell.id} from read`,
    ...indent([
      'use-server cell if TRUE',
      `${server} check inter 1s fastinter 500ms fall 3 rise 1 ${watched} init-addr libc,none`,
      plane,
    ]),
    '',
    `backend write.${cell.id} from write`,
    ...indent([
      ...renderBodyGuard(settings, files),
      'use-server cell if TRUE',
      `${server} track read.${cell.id}/cell init-addr libc,none`,
      plane,
    ]),
    '',
  ];
}

function renderShedding({ limits }: HaproxySettings, files: HaproxyFiles): string[] {
  const answer = 'http-request return status 503';
  const headers = 'hdr retry-after 1 hdr cache-control no-store';
  const isFull = `be_conn gt ${limits.inFlightMax}`;
  return [
    `${answer} content-type "text/html; charset=utf-8" file ${files.fullPage} ${headers} if { ${isFull} } { req.hdr(accept) -m sub text/html }`,
    `${answer} content-type "${PROBLEM_CONTENT_TYPE}" file ${files.fullProblem} ${headers} if { ${isFull} }`,
  ];
}

function renderForwardedHeaders(): string[] {
  const isTrusted = '{ var(txn.is_trusted) -m bool }';
  const isForwarded = '{ var(txn.is_forwarded) -m bool }';
  const isIdGiven = '{ var(txn.request_id) -m found }';
  const id = REQUEST_ID_PATTERN.source;
  const trace = TRACEPARENT_PATTERN.source;
  return [
    `http-request del-header '^(?:${DROPPED.join('|')})$' -m reg if { req.hdr_names -m reg '(?:^|,)(?:${DROPPED.join('|')})(?:,|$)' }`,
    // The pin is the business of routers alone.
    `http-request del-header cookie if { var(txn.pin) -m found } !{ req.hdr(cookie) -m sub ; }`,
    `http-request replace-header cookie '^\\s*${PIN_COOKIE}=[^;]*;\\s*(.*)$' '\\1' if { req.hdr(cookie) -m beg ${PIN_COOKIE}= }`,
    `http-request replace-header cookie '^(.*?);\\s*${PIN_COOKIE}=[^;]*(.*)$' '\\1\\2' if { req.hdr(cookie) -m sub ${PIN_COOKIE}= }`,
    `http-request set-var(txn.request_id) req.hdr(${HEADERS.requestId}) if { req.hdr(${HEADERS.requestId}) -m reg '${id}' }`,
    `http-request set-header ${HEADERS.requestId} %[uuid] if !${isIdGiven}`,
    `http-request set-var(txn.request_id) req.hdr(${HEADERS.requestId}) if !${isIdGiven}`,
    // Attempts under one request id make one trace. Hashes of it cost less than other random numbers.
    `http-request set-header traceparent 00-%[var(txn.request_id),xxh64(1),hex,lower]%[var(txn.request_id),xxh64(2),hex,lower]-%[rand,xxh64(3),hex,lower]-01 if !{ req.hdr(traceparent) -m reg '${trace}' }`,
    `http-request set-var(txn.is_forwarded) bool(true) if { req.hdr_names -m sub x-forwarded- }`,
    `http-request del-header x-forwarded- -m beg if ${isForwarded} !${isTrusted}`,
    `http-request set-var(txn.proto) str(https) if ${isForwarded} ${isTrusted} { req.fhdr(x-forwarded-proto) -m reg ^https[[:space:]]*(,|$) }`,
    `http-request set-header x-forwarded-for "%[req.fhdr(x-forwarded-for)], %[src]" if ${isForwarded} { req.fhdr(x-forwarded-for) -m found }`,
    'http-request add-header x-forwarded-for %[src] if !{ req.fhdr(x-forwarded-for) -m found }',
    'http-request set-header x-forwarded-proto %[var(txn.proto,http)]',
    'http-request set-header x-forwarded-host %[req.fhdr(host)] if !{ req.fhdr(x-forwarded-host) -m found }',
  ];
}

/** The shopper's own choice, else what a trusted proxy says, else the default of this deployment. */
function renderCountry({ defaultCountry }: HaproxySettings, files: HaproxyFiles): string[] {
  const isKnown = '{ var(txn.is_known_country) -m bool }';
  const isTrusted = '{ var(txn.is_trusted) -m bool }';
  const { clientCountry } = HEADERS;
  const know = `http-request set-var(txn.is_known_country) bool(true) if { var(txn.country) -m str -f ${files.countries} }`;
  return [
    String.raw`http-request set-var(txn.country) var(txn.claims),field(8,'\"') if { var(txn.claims),field(6,'\"') -m str country }`,
    know,
    `http-request set-var(txn.country) req.fhdr(${clientCountry}),upper if !${isKnown} ${isTrusted}`,
    `${know} !${isKnown}`,
    ...(defaultCountry === undefined
      ? []
      : [`http-request set-var(txn.country) str(${defaultCountry}) if !${isKnown}`, know]),
    `http-request del-header ${clientCountry} if !${isKnown}`,
    `http-request set-header ${clientCountry} %[var(txn.country)] if ${isKnown}`,
  ];
}

function renderProof({ routedAuthKey }: HaproxySettings): string[] {
  const key = Buffer.from(routedAuthKey).toString('base64');
  return [
    'http-request set-var(txn.epoch) var(txn.place),field(2,:)',
    `http-request set-var(txn.expires) date(${ROUTED_AUTH_LIFETIME_S}),div(${PROOF_STEP_S}),mul(${PROOF_STEP_S}),add(${PROOF_STEP_S})`,
    String.raw`http-request set-var-fmt(txn.claim) "%[var(txn.place),field(1,:)]\n%[var(txn.partition)]\n%[var(txn.epoch)]\n%[var(txn.expires)]"`,
    // No such header has come this far, so none has to be looked for.
    `http-request add-header ${HEADERS.routedPartition} %[var(txn.partition)]`,
    `http-request add-header ${HEADERS.routedEpoch} %[var(txn.epoch)]`,
    `http-request add-header ${HEADERS.routedAuth} v1.%[var(txn.expires)].%[var(txn.claim),hmac(sha256,${key}),ub64enc]`,
    `http-request add-header ${HEADERS.routedRefusal} 425`,
  ];
}

function renderAnswerRules(): string[] {
  return [
    // A refusal that was not sent again after all.
    'http-response set-status 421 if { status 425 }',
    'http-response del-header x-routed- -m beg',
    ...DROPPED_FROM_ANSWERS.map((name) => `http-response del-header ${name}`),
    `http-response set-header ${HEADERS.requestId} %[var(txn.request_id)] if !{ res.hdr(${HEADERS.requestId}) -m found }`,
  ];
}

/**
 * Keeps the highest position of each partition, as the Node plane does. Each thread has entries of its
 * own, since comparing and writing are two steps: whoever reads takes the highest of all threads.
 */
function renderPositionRules(): string[] {
  const header = `res.hdr(${HEADERS.partitionPosition})`;
  const isGiven = '{ var(txn.p_version) -m found }';
  const isNewer = '{ var(txn.is_newer) -m int 1 }';
  return [
    'http-request set-var-fmt(txn.seen_by) "%[var(txn.partition)]/%[thread]"',
    'http-request track-sc0 var(txn.seen_by) table positions',
    `http-response set-var(txn.p_epoch) ${header},field(1,.),add(0) if { ${header} -m reg ^[0-9]{1,9}[.][0-9]{1,18}$ }`,
    `http-response set-var(txn.p_version) ${header},field(2,.),add(0) if { var(txn.p_epoch) -m found }`,
    `http-response set-var(txn.k_epoch) sc_get_gpt(0,0) if ${isGiven}`,
    `http-response set-var(txn.k_low) sc_get_gpt(2,0) if ${isGiven}`,
    `http-response set-var(txn.k_version) sc_get_gpt(1,0),mul(${POSITION_PART}),add(txn.k_low) if ${isGiven}`,
    `http-response set-var(txn.d_epoch) var(txn.p_epoch),sub(txn.k_epoch) if ${isGiven}`,
    `http-response set-var(txn.d_version) var(txn.p_version),sub(txn.k_version) if ${isGiven}`,
    `http-response set-var(txn.is_newer) int(1) if { var(txn.d_epoch) -m int gt 0 } || { var(txn.d_epoch) -m int eq 0 } { var(txn.d_version) -m int gt 0 }`,
    `http-response sc-set-gpt(0,0) var(txn.p_epoch) if ${isNewer}`,
    `http-response sc-set-gpt(1,0) var(txn.p_version),div(${POSITION_PART}) if ${isNewer}`,
    `http-response sc-set-gpt(2,0) var(txn.p_version),mod(${POSITION_PART}) if ${isNewer}`,
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
