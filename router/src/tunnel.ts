import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { HEADERS } from '@commerce/contracts/headers';
import { AppError } from '@commerce/contracts/problems';
import { answerHeaders } from './answer-headers.ts';
import type { ExchangeDeps, RoutedRequest } from './exchange.ts';
import type { Location } from './locate.ts';
import { redirect } from './misdirection.ts';
import { sendProblem } from './problem-response.ts';
import { describeFault } from './upstream-faults.ts';
import type { Upstream } from './upstreams.ts';

/**
 * WebSockets: a request that asks for one is checked, placed and proven like any other, and once the
 * cell has agreed the two connections are joined. What a cell answers instead goes to the client.
 */

/** Nothing in either direction for this long ends a WebSocket; both sides have pings for that. */
const IDLE_MS_MAX = 300_000;
/** Longest refusal of a cell that is looked into. */
const REFUSAL_BYTES_MAX = 16_384;

interface Waiting {
  readonly socket: Duplex;
  /** Bytes that came right behind the request's head. */
  readonly first: Buffer;
}

const waiting = new WeakMap<ServerResponse, Waiting>();
const joined = new WeakMap<Server, Set<Duplex>>();

/** Whether a request is to be joined; others that name a protocol are answered in the one they came in. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers.connection?.toLowerCase() === 'upgrade'
  );
}

/** Hands a server's requests for WebSockets to the same function as all others. */
export function acceptWebSockets(
  server: Server,
  route: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const sockets = new Set<Duplex>();
  joined.set(server, sockets);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    response.shouldKeepAlive = false;
    // Answered without being joined: Node gives the socket away with the event and does not end it.
    response.on('finish', () => socket.end());
    if (asksForWebSocket(request)) waiting.set(response, { socket, first });
    route(request, response);
  });
}

/** Ends a server's WebSockets: it waits for all of its connections before it is closed. */
export function endWebSockets(server: Server): void {
  for (const socket of joined.get(server) ?? []) socket.destroy();
}

/** Whether the answer to this request is a joined connection. */
export function isTunnel(response: ServerResponse): boolean {
  return waiting.has(response);
}

/** Joins the client with its cell. */
export function tunnel(deps: ExchangeDeps, routed: RoutedRequest): void {
  send(deps, routed, routed.location, false);
}

function send(
  deps: ExchangeDeps,
  routed: RoutedRequest,
  location: Location,
  isReplay: boolean,
): void {
  const { response, head } = routed;
  const nowMs = Date.now();
  const upstream = deps.upstreams.of(deps.follower.current(), location.cell);
  if (
    upstream === undefined ||
    upstream.inFlight >= deps.inFlightMax ||
    !upstream.breaker.tryPass(nowMs)
  ) {
    const detail = 'the cell takes no connection at present';
    fail(deps, routed, new AppError('unavailable', { detail, retryAfterS: 1 }));
    return;
  }
  upstream.inFlight++;
  let isLeft = false;
  const leave = (): void => {
    if (!isLeft) upstream.inFlight--;
    isLeft = true;
  };
  const url = new URL(upstream.url);
  const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    path: routed.url,
    method: 'GET',
    agent: false,
    timeout: deps.answerTimeoutMs,
    headers: [
      'host',
      url.host,
      'connection',
      'Upgrade',
      'upgrade',
      'websocket',
      ...head.forwarded,
      ...(routed.country === undefined ? [] : [HEADERS.clientCountry, routed.country]),
      HEADERS.routedPartition,
      location.partition,
      HEADERS.routedEpoch,
      String(location.epoch),
      HEADERS.routedAuth,
      deps.proofs.proofFor(location, nowMs),
    ],
  });
  response.on('close', () => sent.destroy());
  sent.on('timeout', () =>
    sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
  );
  sent.on('upgrade', (answer, socket, first) => {
    upstream.breaker.recordSuccess();
    socket.once('close', leave);
    join(deps, routed, location, { answer, socket, first });
  });
  sent.on('response', (answer) => {
    upstream.breaker.recordSuccess();
    answer.once('close', leave);
    if (answer.statusCode === 421 && !isReplay) {
      void follow(deps, routed, location, answer);
      return;
    }
    answerWith(deps, routed, answer, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', (fault) => {
    leave();
    blame(deps, upstream, fault, routed);
  });
  sent.end();
}

function blame(deps: ExchangeDeps, upstream: Upstream, fault: Error, routed: RoutedRequest): void {
  if (routed.response.destroyed || routed.response.writableEnded) return;
  const { error, isCells } = describeFault(fault);
  if (isCells) upstream.breaker.recordFailure(Date.now());
  fail(deps, routed, error);
}

function fail(deps: ExchangeDeps, { response, head }: RoutedRequest, error: AppError): void {
  deps.metrics.countOwn(error.status);
  sendProblem(response, error, head.requestId);
}

/** Sends a refused request once more, to where the partition is by now. */
async function follow(
  deps: ExchangeDeps,
  routed: RoutedRequest,
  location: Location,
  answer: IncomingMessage,
): Promise<void> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes <= REFUSAL_BYTES_MAX) pieces.push(piece);
    }
    const body = Buffer.concat(pieces);
    const redirection = await redirect(location, body.toString(), deps.follower);
    if (routed.response.destroyed) return;
    if (redirection === undefined) {
      answerWith(deps, routed, answer, answer.headers);
      routed.response.end(body);
      return;
    }
    deps.metrics.countReplay(redirection.reason);
    send(deps, routed, redirection.location, true);
  } catch (error) {
    fail(deps, routed, new AppError('bad-gateway', { cause: error }));
  }
}

function answerWith(
  deps: ExchangeDeps,
  routed: RoutedRequest,
  answer: IncomingMessage,
  headers: IncomingMessage['headers'],
): void {
  routed.response.writeHead(answer.statusCode as number, [
    ...(answerHeaders(headers, additions(deps, routed)) as string[]),
  ]);
}

function additions(
  deps: ExchangeDeps,
  { head, location, chosenCountry, country, answerExtras }: RoutedRequest,
) {
  const { partition, isNewPin, cell } = location;
  if (isNewPin) deps.metrics.countNewPin(cell);
  return {
    requestId: head.requestId,
    pinHeader: isNewPin
      ? deps.pins.setHeader(
          { partition, country: chosenCountry },
          { secure: head.isSecure, nowMs: Date.now() },
        )
      : undefined,
    isCountryUnknown: country === undefined,
    isLast: false,
    extras: answerExtras,
  };
}

/** The answer that joins, and the two ends from then on. */
function join(
  deps: ExchangeDeps,
  routed: RoutedRequest,
  location: Location,
  cell: { readonly answer: IncomingMessage; readonly socket: Duplex; readonly first: Buffer },
): void {
  const { response } = routed;
  const client = waiting.get(response) as Waiting;
  const headers = answerHeaders(cell.answer.headers, additions(deps, { ...routed, location }));
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket'];
  for (let i = 0; i < headers.length; i += 2) {
    for (const value of [headers[i + 1]].flat())
      lines.push(`${String(headers[i])}: ${String(value)}`);
  }
  response.detachSocket(client.socket as never);
  client.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (cell.first.length > 0) client.socket.write(cell.first);
  if (client.first.length > 0) cell.socket.write(client.first);
  for (const [one, other] of [
    [client.socket, cell.socket],
    [cell.socket, client.socket],
  ] as const) {
    one.pipe(other);
    one.on('close', () => other.destroy());
    one.on('error', () => other.destroy());
    (one as Partial<{ setTimeout(ms: number, ended: () => void): void }>).setTimeout?.(
      IDLE_MS_MAX,
      () => one.destroy(),
    );
  }
  deps.metrics.countAnswer(location.cell, 101, 0);
}
