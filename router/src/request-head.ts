import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { isIP } from 'node:net';
import { HEADERS } from '@commerce/contracts/headers';
import { newGlobalId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { withoutPin } from './pin-cookie.ts';
import type { RequestOrigin } from './request-origin.ts';
import type { TrustedPeers } from './trusted-peers.ts';

/** The headers of a request, read once: what the router decides by, and what the cell will see. */
export interface RequestHead {
  cookie: string | undefined;
  authorization: string | undefined;
  idempotencyKey: string | undefined;
  /** As the client or its proxy sent it; believed from trusted peers only. */
  claimedCountry: string | undefined;
  requestId: string;
  /** Length of the body in bytes where it is announced. */
  contentLength: number | undefined;
  /** Whether the body comes in chunks of unknown number. */
  isChunked: boolean;
  /** Whether the client reached us, or our proxy, by TLS. */
  isSecure: boolean;
  /** Host that the client asked for, as it was written; undefined in HTTP/1.0 alone. */
  host: string | undefined;
  /** Address of the client; undefined where a trusted peer asks and names none: one of our own machines. */
  clientAddress: string | undefined;
  /** Names and values in turn, for the cell. */
  readonly forwarded: string[];
}

/** What is done with a header that is not simply passed on. */
type Treatment =
  | 'drop'
  | 'cookie'
  | 'authorization'
  | 'idempotency-key'
  | 'country'
  | 'request-id'
  | 'traceparent'
  | 'content-length'
  | 'transfer-encoding'
  | 'connection'
  | 'host'
  | 'forwarded-for'
  | 'forwarded-proto'
  | 'forwarded-host';

const TREATMENTS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ['cookie', 'cookie'],
  ['authorization', 'authorization'],
  [HEADERS.idempotencyKey, 'idempotency-key'],
  [HEADERS.clientCountry, 'country'],
  [HEADERS.requestId, 'request-id'],
  ['traceparent', 'traceparent'],
  ['content-length', 'content-length'],
  ['transfer-encoding', 'transfer-encoding'],
  ['connection', 'connection'],
  ['host', 'host'],
  ['x-forwarded-for', 'forwarded-for'],
  ['x-forwarded-proto', 'forwarded-proto'],
  ['x-forwarded-host', 'forwarded-host'],
  // Hop by hop (RFC 9110, 7.6.1), and those that say something only a router may say.
  ['keep-alive', 'drop'],
  ['proxy-connection', 'drop'],
  ['proxy-authenticate', 'drop'],
  ['proxy-authorization', 'drop'],
  ['te', 'drop'],
  ['trailer', 'drop'],
  ['upgrade', 'drop'],
  ['expect', 'drop'],
  ['http2-settings', 'drop'],
  ['forwarded', 'drop'],
  ['via', 'drop'],
  ['x-real-ip', 'drop'],
  ['x-forwarded-port', 'drop'],
]);

/** Whatever only the router says to a cell, known or yet to come. */
const ROUTED_PREFIX = 'x-routed-';
export const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{8,128}$/;
export const TRACEPARENT_PATTERN = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Headers that come once or not at all: two of them would be read differently on the two sides. */
const SINGLE: ReadonlySet<Treatment> = new Set<Treatment>([
  'authorization',
  'idempotency-key',
  'country',
  'content-length',
  'transfer-encoding',
  'host',
]);

const COLON = 0x3a;

interface Draft extends RequestHead {
  authority: string | undefined;
  connection: string | undefined;
  traceparent: string | undefined;
  forwardedFor: string | undefined;
  forwardedProto: string | undefined;
  forwardedHost: string | undefined;
}

/** Whom the reader of headers believes, and in what. */
export interface HeadTrust {
  readonly trustedPeers: TrustedPeers;
  /** Name, in lower case, of the header in which a trusted peer tells the client's country. */
  readonly countryHeader: string;
}

/**
 * Reads a request's headers in one pass. Headers of the hop, and all that a stranger may not say to a
 * cell, are left out.
 * @returns the head, or the refusal of a request that could be read in two ways
 */
export function readHead(
  request: IncomingMessage,
  origin: RequestOrigin,
  trust: HeadTrust,
): RequestHead | AppError {
  const raw = request.rawHeaders;
  const draft: Draft = {
    cookie: undefined,
    authorization: undefined,
    idempotencyKey: undefined,
    claimedCountry: undefined,
    requestId: '',
    contentLength: undefined,
    isChunked: false,
    isSecure: false,
    host: undefined,
    clientAddress: undefined,
    forwarded: [],
    authority: undefined,
    connection: undefined,
    traceparent: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
  };
  const seen = new Set<Treatment>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    if (name.charCodeAt(0) === COLON) {
      // HTTP/2 says what HTTP/1.1 has in its first line and `Host`.
      if (name === ':authority') draft.authority = raw[i + 1];
      continue;
    }
    const treatment = treatmentOf(name, trust.countryHeader);
    if (treatment === undefined) {
      if (!name.startsWith(ROUTED_PREFIX)) draft.forwarded.push(name, raw[i + 1] as string);
      continue;
    }
    if (treatment === 'drop') continue;
    if (seen.has(treatment) && SINGLE.has(treatment)) {
      return new AppError('invalid-request', { field: name, detail: `${name} was sent twice` });
    }
    seen.add(treatment);
    const refusal = readHeader(draft, treatment, raw[i + 1] as string);
    if (refusal !== undefined) return refusal;
  }
  return finish(draft, request, origin, trust);
}

/** A country under another name than the one agreed on may be the client's own invention. */
function treatmentOf(name: string, countryHeader: string): Treatment | undefined {
  if (name === countryHeader) return 'country';
  const treatment = TREATMENTS.get(name);
  return treatment === 'country' ? 'drop' : treatment;
}

/** Takes one header into the draft. */
function readHeader(draft: Draft, treatment: Treatment, value: string): AppError | undefined {
  switch (treatment) {
    case 'cookie':
      draft.cookie = draft.cookie === undefined ? value : `${draft.cookie}; ${value}`;
      return undefined;
    case 'authorization':
      draft.authorization = value;
      draft.forwarded.push('authorization', value);
      return undefined;
    case 'idempotency-key':
      draft.idempotencyKey = value;
      draft.forwarded.push(HEADERS.idempotencyKey, value);
      return undefined;
    case 'country':
      draft.claimedCountry = value;
      return undefined;
    case 'request-id':
      draft.requestId = value;
      return undefined;
    case 'traceparent':
      draft.traceparent = value;
      return undefined;
    case 'content-length':
      return readContentLength(draft, value);
    case 'transfer-encoding':
      if (value.trim().toLowerCase() !== 'chunked') {
        return new AppError('invalid-request', {
          field: 'transfer-encoding',
          detail: 'only chunked is understood',
        });
      }
      draft.isChunked = true;
      return undefined;
    case 'connection':
      draft.connection = draft.connection === undefined ? value : `${draft.connection},${value}`;
      return undefined;
    case 'host':
      draft.host = value;
      return undefined;
    case 'forwarded-for':
      draft.forwardedFor =
        draft.forwardedFor === undefined ? value : `${draft.forwardedFor}, ${value}`;
      return undefined;
    case 'forwarded-proto':
      draft.forwardedProto = value;
      return undefined;
    case 'forwarded-host':
      draft.forwardedHost = value;
      return undefined;
    case 'drop':
      return undefined;
  }
}

function readContentLength(draft: Draft, value: string): AppError | undefined {
  const length = Number(value);
  if (!/^\d{1,15}$/.test(value)) {
    return new AppError('invalid-request', {
      field: 'content-length',
      detail: 'a number of bytes is expected',
    });
  }
  draft.contentLength = length;
  return undefined;
}

function finish(
  draft: Draft,
  request: IncomingMessage,
  origin: RequestOrigin,
  trust: HeadTrust,
): RequestHead | AppError {
  if (draft.isChunked && draft.contentLength !== undefined) {
    return new AppError('invalid-request', {
      field: 'content-length',
      detail: 'content-length and transfer-encoding exclude each other',
    });
  }
  if (request.httpVersionMajor === 2) {
    const refusal = readStream(draft, request as unknown as Http2ServerRequest);
    if (refusal !== undefined) return refusal;
  }
  if (draft.host === undefined && request.httpVersionMinor > 0) {
    return new AppError('invalid-request', { field: 'host', detail: 'the header is missing' });
  }
  const { forwarded } = draft;
  if (draft.connection !== undefined) dropNamed(forwarded, draft.connection);
  if (draft.cookie !== undefined) {
    const cookie = withoutPin(draft.cookie);
    if (cookie !== undefined) forwarded.push('cookie', cookie);
  }
  if (!REQUEST_ID_PATTERN.test(draft.requestId)) draft.requestId = newGlobalId('req');
  forwarded.push(HEADERS.requestId, draft.requestId);
  const { traceparent } = draft;
  forwarded.push(
    'traceparent',
    traceparent !== undefined && TRACEPARENT_PATTERN.test(traceparent)
      ? traceparent
      : newTraceparent(),
  );
  pushForwarded(draft, request, origin, trust);
  if (!origin.isTrusted) draft.claimedCountry = undefined;
  return draft;
}

function pushForwarded(
  draft: Draft,
  request: IncomingMessage,
  origin: RequestOrigin,
  trust: HeadTrust,
): void {
  const { isTrusted, peer, routedBefore } = origin;
  const earlier = isTrusted ? draft.forwardedFor : undefined;
  // Where the request was forwarded before, the peer is the last of them already.
  const isComplete = earlier !== undefined && routedBefore !== undefined;
  const forwardedFor = isComplete ? earlier : withPeer(earlier, peer);
  const proto = isTrusted ? draft.forwardedProto?.split(',')[0]?.trim() : undefined;
  draft.isSecure = proto === 'https' || 'encrypted' in request.socket;
  draft.forwarded.push(
    'x-forwarded-for',
    forwardedFor,
    'x-forwarded-proto',
    draft.isSecure ? 'https' : 'http',
  );
  const host = (isTrusted ? draft.forwardedHost : undefined) ?? draft.host;
  if (host !== undefined) draft.forwarded.push('x-forwarded-host', host);
  draft.host = host;
  draft.clientAddress = isTrusted ? addressBehind(earlier, trust.trustedPeers) : peer;
}

function withPeer(earlier: string | undefined, peer: string): string {
  return earlier === undefined ? peer : `${earlier}, ${peer}`;
}

/** What HTTP/2 tells otherwise: the host, and whether a body of unknown length follows. */
function readStream(draft: Draft, { stream }: Http2ServerRequest): AppError | undefined {
  if (draft.authority !== undefined && draft.host !== undefined && draft.authority !== draft.host) {
    return new AppError('invalid-request', {
      field: 'host',
      detail: 'host and :authority name two hosts',
    });
  }
  draft.host ??= draft.authority;
  draft.isChunked = draft.contentLength === undefined && !stream.endAfterHeaders;
  return undefined;
}

/** The last address of the list that is none of our proxies: whoever stands before it may have made it up. */
function addressBehind(list: string | undefined, trustedPeers: TrustedPeers): string | undefined {
  if (list === undefined) return undefined;
  const addresses = list.split(',');
  for (let i = addresses.length - 1; i >= 0; i--) {
    const address = plainAddress((addresses[i] as string).trim());
    if (isIP(address) === 0) return undefined;
    if (!trustedPeers.includes(address)) return address;
  }
  return undefined;
}

const WITH_PORT_PATTERN = /^(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([0-9a-f:.]+)\])(?::\d{1,5})?$/i;

/** Some proxies write the client's port too. */
function plainAddress(text: string): string {
  const match = WITH_PORT_PATTERN.exec(text);
  return match?.[1] ?? match?.[2] ?? text;
}

/** Takes out the headers that `Connection` names: they are for this hop alone. */
function dropNamed(forwarded: string[], connection: string): void {
  if (connection === 'keep-alive' || connection === 'close') return;
  const names = new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  let kept = 0;
  for (let i = 0; i < forwarded.length; i += 2) {
    if (names.has(forwarded[i] as string)) continue;
    forwarded[kept] = forwarded[i] as string;
    forwarded[kept + 1] = forwarded[i + 1] as string;
    kept += 2;
  }
  forwarded.length = kept;
}

/** Random bytes are drawn for many traces at once: a draw costs more than what is drawn. */
const TRACE_BYTES = 24;
const randomPool = Buffer.allocUnsafe(TRACE_BYTES * 256);
let randomUsed = randomPool.length;

function newTraceparent(): string {
  if (randomUsed === randomPool.length) {
    randomFillSync(randomPool);
    randomUsed = 0;
  }
  const hex = randomPool.toString('hex', randomUsed, randomUsed + TRACE_BYTES);
  randomUsed += TRACE_BYTES;
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}
