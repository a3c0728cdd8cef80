import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import { classify, type Hint } from './classify.ts';
import { type ExchangeDeps, exchange } from './exchange.ts';
import { cacheKeyOf } from './gateway/catalogue-cache.ts';
import type { Admission } from './gateway/index.ts';
import { limitReached } from './gateway/rate-limits.ts';
import { sendCached } from './gateway/send-cached.ts';
import { type Location, locate } from './locate.ts';
import { answerOwn, OWN_PREFIX } from './own-endpoints.ts';
import { CLEARED_PIN_HEADER, pinValueIn } from './pin-cookie.ts';
import type { PlacementOptions } from './placement/settings.ts';
import { decideCountry } from './placement/shopper-country.ts';
import { plainHost } from './placement/tenant-hosts.ts';
import { sendProblem } from './problem-response.ts';
import { BODY_BYTES_MAX, refuseBody } from './request-body.ts';
import { readHead, type RequestHead } from './request-head.ts';
import { ALLOWED_METHODS, isEverybodys, mayRepin, pathOf, refuseTarget } from './request-target.ts';
import { acceptWebSockets, asksForWebSocket, isTunnel, tunnel } from './tunnel.ts';
import { answerAfterBody, leaveUnasked } from './unread-body.ts';
import type { ReadOrigin, RequestOrigin } from './request-origin.ts';
import type { TrustedPeers } from './trusted-peers.ts';

export interface RouterDeps extends ExchangeDeps {
  readonly originOf: ReadOrigin;
  /** The head of a request must have come within this, in milliseconds; the whole within three times it. */
  readonly headTimeoutMs: number;
  readonly trustedPeers: TrustedPeers;
  readonly placement: PlacementOptions;
  /** ISO 3166-1 alpha-2; undefined where shoppers of unknown country are asked. */
  readonly defaultCountry: string | undefined;
}

/** All headers of a request together, in bytes. */
const HEADER_BYTES_MAX = 32_768;
const CONNECTIONS_MAX = 10_000;

/** The public server: checks a request, finds its place, and forwards it or answers itself. */
export function createRouterServer(deps: RouterDeps): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: deps.headTimeoutMs,
      requestTimeout: 3 * deps.headTimeoutMs,
      // Node looks for late ones no oftener than this.
      connectionsCheckingInterval: Math.min(deps.headTimeoutMs / 2, 5_000),
      keepAliveTimeout: 65_000,
      // The head's reader refuses a missing or doubled Host header, with a problem document.
      requireHostHeader: false,
      // Any other protocol is left out, and the request answered in the one that it came in.
      shouldUpgradeCallback: asksForWebSocket,
    },
    (request, response) => routeRequest(deps, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  acceptWebSockets(server, (request, response) => routeRequest(deps, request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // A client that asks first is told at once that its body is too large.
    if (Number(request.headers['content-length'] ?? 0) <= BODY_BYTES_MAX) response.writeContinue();
    else leaveUnasked(request);
    routeRequest(deps, request, response);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endRaw(socket, new AppError('method-not-allowed', { detail: 'CONNECT is not served here' }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else endRaw(socket, describeClientError(error));
  });
  return server;
}

/** Answers on a socket whose request could not be read. */
function endRaw(socket: Duplex, error: AppError): void {
  const body = JSON.stringify(toProblem(error));
  const head = [
    `HTTP/1.1 ${error.status} ${error.code}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function describeClientError(error: NodeJS.ErrnoException): AppError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const detail = `address and headers are longer than ${HEADER_BYTES_MAX} bytes`;
    return new AppError('headers-too-large', { field: 'headers', detail });
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError('request-timeout');
  }
  return new AppError('invalid-request', { detail: 'this is not well-formed HTTP/1.1' });
}

/** Routes one request, whichever server of ours has read it. */
export function routeRequest(
  deps: RouterDeps,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  try {
    routeChecked(deps, request, response);
  } catch (error) {
    deps.logger.error({ err: error }, 'a request could not be routed');
    const problem = new AppError('internal-error', { cause: error });
    answerAfterBody(request, () => sendProblem(response, problem, undefined));
  }
}

/** Refuses with a problem, when what the client still sends is read away. */
function refuse(
  deps: RouterDeps,
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  requestId: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  deps.metrics.countOwn(error.status);
  answerAfterBody(request, () => sendProblem(response, error, requestId, headers));
}

function routeChecked(deps: RouterDeps, request: IncomingMessage, response: ServerResponse): void {
  const method = request.method as string;
  const url = request.url as string;
  const badTarget = refuseTarget(method, url);
  if (badTarget !== undefined) {
    const isMethod = badTarget.code === 'method-not-allowed';
    refuse(
      deps,
      request,
      response,
      badTarget,
      undefined,
      isMethod ? { allow: ALLOWED_METHODS } : {},
    );
    return;
  }
  const origin = deps.originOf(request);
  const head = readHead(request, origin, {
    trustedPeers: deps.trustedPeers,
    countryHeader: deps.placement.countryHeader,
  });
  if (head instanceof AppError) {
    refuse(deps, request, response, head, undefined);
    return;
  }
  const badBody = refuseBody(method, head);
  if (badBody !== undefined) {
    refuse(deps, request, response, badBody, head.requestId);
    return;
  }
  if (origin.beyond !== undefined) {
    const { limit, retryAfterS } = origin.beyond;
    refuse(deps, request, response, limitReached(limit, 'the limit', retryAfterS), head.requestId);
    return;
  }
  const path = pathOf(url);
  const admission = deps.gateway.admit({
    url,
    path,
    authorization: head.authorization,
    clientAddress: head.clientAddress,
    userAgent: request.headers['user-agent'],
    referer: request.headers.referer,
    nowMs: Date.now(),
    isCounted: origin.isCounted,
  });
  if (admission.refusal !== undefined) {
    const { refusal } = admission;
    refuse(deps, request, response, refusal, head.requestId, toRecord(admission.headers));
    return;
  }
  const pinValue = head.cookie === undefined ? undefined : pinValueIn(head.cookie);
  const pin = pinValue === undefined ? undefined : deps.pins.verify(pinValue);
  if (pinValue !== undefined && pin === undefined) {
    const error = new AppError('invalid-cookie', { field: 'cell_pin' });
    refuse(deps, request, response, error, head.requestId, { 'set-cookie': CLEARED_PIN_HEADER });
    return;
  }
  place(deps, { request, response, head, method, url, path, pin, origin, admission });
}

/** Headers of a refusal: where a name comes twice, such as `link`, its values are joined. */
function toRecord(headers: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    record[name] = record[name] === undefined ? value : `${record[name]}, ${value}`;
  }
  return record;
}

interface Checked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly admission: Admission;
  readonly pin: ReturnType<ExchangeDeps['pins']['verify']>;
  readonly origin: RequestOrigin;
}

function place(deps: RouterDeps, checked: Checked): void {
  const { request, response, head, method, path, pin, origin } = checked;
  const { countries, pool } = deps.placement;
  const host = head.host === undefined ? undefined : plainHost(head.host);
  if (pool !== undefined && host !== undefined && !pool.serves(host)) {
    const detail = `${host} is served by the routers ${pool.handOf(host).join(', ')}`;
    refuse(deps, request, response, new AppError('wrong-router', { detail }), head.requestId);
    return;
  }
  const table = deps.follower.current();
  const shopper = decideCountry({
    chosen: pin?.country,
    claimed: head.claimedCountry,
    locate: () =>
      head.clientAddress === undefined ? undefined : countries?.countryOf(head.clientAddress),
    byDefault: deps.defaultCountry,
  });
  const isHealthy = (cell: Parameters<typeof deps.upstreams.isHealthy>[0]): boolean =>
    deps.upstreams.isHealthy(cell, Date.now());
  if (path.startsWith(OWN_PREFIX)) {
    const { pins } = deps;
    answerOwn({
      request,
      response,
      head,
      method,
      path,
      host,
      table,
      pin,
      shopper,
      pins,
      isHealthy,
    }).then(
      () => {
        deps.metrics.countOwn(response.statusCode);
        request.resume();
      },
      (error: unknown) => {
        deps.logger.error({ err: error, requestId: head.requestId }, 'an own endpoint failed');
        response.destroy();
      },
    );
    return;
  }
  const { routedBefore } = origin;
  const hint: Hint =
    routedBefore === undefined
      ? classify({ path, authorization: head.authorization, pin })
      : { kind: 'pin', partition: routedBefore };
  const newcomer = { country: shopper.country, idempotencyKey: head.idempotencyKey, host };
  const location = locate(table, hint, newcomer, isHealthy);
  if (location instanceof AppError) {
    refuse(deps, request, response, location, head.requestId);
    return;
  }
  const settled = isEverybodys(method, path) ? { ...location, isNewPin: false } : location;
  const admission = deps.gateway.admitTo(location.partition, checked.admission);
  if (admission.refusal !== undefined) {
    const { refusal, headers } = admission;
    refuse(deps, request, response, refusal, head.requestId, toRecord(headers));
    return;
  }
  forward(deps, { ...checked, admission }, settled, shopper.country);
}

/** Paths whose answers hold no secret beside what a stranger can put into them; see `compression.ts`. */
const COMPRESSED_PATHS_PATTERN = /^\/(?:v\d{1,3}\/|graphql(?:$|\/)|openapi\.json$|docs\/|sitemap)/;

/** Answers from the shared cache where it can, and sends everything else to the cell. */
function forward(
  deps: RouterDeps,
  checked: Checked,
  location: Location,
  country: string | undefined,
): void {
  const { request, response, head, method, url, path, pin, admission } = checked;
  const { gateway } = deps;
  const nowMs = Date.now();
  const cacheKey =
    gateway.cache &&
    cacheKeyOf({
      method,
      path,
      url,
      isAnonymous: head.authorization === undefined,
      acceptLanguage: request.headers['accept-language'],
      country,
    });
  const kept = cacheKey && gateway.cache?.find(location.cell, cacheKey, nowMs);
  if (kept) {
    const { isNewPin, partition, cell, epoch } = location;
    if (isNewPin) deps.metrics.countNewPin(cell);
    const pinned = { partition, country: pin?.country };
    sendCached(request, response, kept, {
      requestId: head.requestId,
      pinHeader: isNewPin
        ? deps.pins.setHeader(pinned, { secure: head.isSecure, nowMs })
        : undefined,
      isCountryUnknown: country === undefined,
      isLast: deps.isStopping(),
      extras: admission.headers,
      epoch,
      nowMs,
    });
    deps.metrics.countAnswer(cell, response.statusCode, 0);
    request.resume();
    return;
  }
  const send = isTunnel(response) ? tunnel : exchange;
  send(deps, {
    request,
    response,
    head,
    method,
    url,
    location,
    country,
    chosenCountry: pin?.country,
    mayRepin: mayRepin(method, path),
    answerExtras: admission.headers,
    cacheKey,
    mayCompress: gateway.compresses && COMPRESSED_PATHS_PATTERN.test(path),
  });
}
