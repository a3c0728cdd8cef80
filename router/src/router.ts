import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import { classify, type Hint } from './classify.ts';
import { type ExchangeDeps, exchange } from './exchange.ts';
import { locate } from './locate.ts';
import { answerOwn, OWN_PREFIX } from './own-endpoints.ts';
import { CLEARED_PIN_HEADER, pinValueIn } from './pin-cookie.ts';
import { sendProblem } from './problem-response.ts';
import { BODY_BYTES_MAX, refuseBody } from './request-body.ts';
import { readHead, type RequestHead } from './request-head.ts';
import { ALLOWED_METHODS, isEverybodys, mayRepin, pathOf, refuseTarget } from './request-target.ts';
import { decideCountry } from './shopper-country.ts';
import { acceptWebSockets, asksForWebSocket, isTunnel, tunnel } from './tunnel.ts';
import type { ReadOrigin, RequestOrigin } from './request-origin.ts';

export interface RouterDeps extends ExchangeDeps {
  readonly originOf: ReadOrigin;
  /** The head of a request must have come within this, in milliseconds; the whole within three times it. */
  readonly headTimeoutMs: number;
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
    (request, response) => route(deps, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  acceptWebSockets(server, (request, response) => route(deps, request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // A client that asks first is told at once that its body is too large.
    if (Number(request.headers['content-length'] ?? 0) <= BODY_BYTES_MAX) response.writeContinue();
    route(deps, request, response);
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

function route(deps: RouterDeps, request: IncomingMessage, response: ServerResponse): void {
  try {
    routeChecked(deps, request, response);
  } catch (error) {
    deps.logger.error({ err: error }, 'a request could not be routed');
    sendProblem(response, new AppError('internal-error', { cause: error }), undefined);
    request.resume();
  }
}

/** Refuses with a problem, and reads away what the client still sends. */
function refuse(
  deps: RouterDeps,
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  requestId: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  deps.metrics.countOwn(error.status);
  sendProblem(response, error, requestId, headers);
  request.resume();
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
  const head = readHead(request, origin);
  if (head instanceof AppError) {
    refuse(deps, request, response, head, undefined);
    return;
  }
  const badBody = refuseBody(method, head);
  if (badBody !== undefined) {
    refuse(deps, request, response, badBody, head.requestId);
    return;
  }
  const pinValue = head.cookie === undefined ? undefined : pinValueIn(head.cookie);
  const pin = pinValue === undefined ? undefined : deps.pins.verify(pinValue);
  if (pinValue !== undefined && pin === undefined) {
    const error = new AppError('invalid-cookie', { field: 'cell_pin' });
    refuse(deps, request, response, error, head.requestId, { 'set-cookie': CLEARED_PIN_HEADER });
    return;
  }
  place(deps, { request, response, head, method, url, pin, origin });
}

interface Checked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly method: string;
  readonly url: string;
  readonly pin: ReturnType<ExchangeDeps['pins']['verify']>;
  readonly origin: RequestOrigin;
}

function place(deps: RouterDeps, checked: Checked): void {
  const { request, response, head, method, url, pin, origin } = checked;
  const path = pathOf(url);
  const table = deps.follower.current();
  const shopper = decideCountry({
    chosen: pin?.country,
    claimed: head.claimedCountry,
    byDefault: deps.defaultCountry,
  });
  const isHealthy = (cell: Parameters<typeof deps.upstreams.isHealthy>[0]): boolean =>
    deps.upstreams.isHealthy(cell, Date.now());
  if (path.startsWith(OWN_PREFIX)) {
    const { pins } = deps;
    answerOwn({ request, response, head, method, path, table, pin, shopper, pins, isHealthy }).then(
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
  const newcomer = { country: shopper.country, idempotencyKey: head.idempotencyKey };
  const location = locate(table, hint, newcomer, isHealthy);
  if (location instanceof AppError) {
    refuse(deps, request, response, location, head.requestId);
    return;
  }
  const forward = isTunnel(response) ? tunnel : exchange;
  forward(deps, {
    request,
    response,
    head,
    method,
    url,
    location: isEverybodys(method, path) ? { ...location, isNewPin: false } : location,
    country: shopper.country,
    chosenCountry: pin?.country,
    mayRepin: mayRepin(method, path),
  });
}
