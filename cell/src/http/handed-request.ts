import type { Readable } from 'node:stream';
import { HEADERS } from '@commerce/contracts/headers';
import type { Partition } from '@commerce/contracts/ids';
import { ROUTED_AUTH_LIFETIME_S, signRouted } from '@commerce/contracts/routed-auth';
import { BODY_BYTES_MAX } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Place } from '../partitions/roles/whereabouts.ts';

/** A request as it is sent on to another cell: its bytes, its headers, and the answer's. */

/** The body's bytes, kept while the request is handled. */
export interface SentBody {
  readonly chunks: (Buffer | string)[];
  bytes: number;
}

/** Headers of the hop itself (RFC 9110, 7.6.1), and those that are made anew for it. */
const NOT_SENT_ON: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'content-length',
  HEADERS.requestId,
  HEADERS.clientCountry,
  HEADERS.routedPartition,
  HEADERS.routedEpoch,
  HEADERS.routedAuth,
  HEADERS.routedHops,
]);
const NOT_ANSWERED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'trailer',
]);

/** Whether the request announces a body. */
function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Keeps the bytes of a body as they are read, up to the largest body that is read at all.
 * @returns undefined where the request has none
 */
export function keepBody(request: FastifyRequest, payload: Readable): SentBody | undefined {
  if (!hasBody(request)) return undefined;
  const kept: SentBody = { chunks: [], bytes: 0 };
  payload.on('data', (chunk: Buffer | string) => {
    kept.bytes += chunk.length;
    if (kept.bytes <= BODY_BYTES_MAX) kept.chunks.push(chunk);
    // It is refused as too large and never sent on.
    else kept.chunks.length = 0;
  });
  return kept;
}

/** The bytes of a kept body. */
export function joinBody({ chunks }: SentBody): Buffer {
  return Buffer.concat(
    chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)),
  );
}

/** How many cells have handed the request on; believed with a router's or a cell's proof only. */
export function hopsOf(request: FastifyRequest): number {
  if (request.routed === undefined) return 0;
  const hops = Number(request.headers[HEADERS.routedHops] ?? 0);
  return Number.isSafeInteger(hops) && hops > 0 ? hops : 0;
}

/** Headers for the cell that is to answer, signed for it. */
export function headersFor(
  request: FastifyRequest,
  partition: Partition,
  place: Place,
  signing: {
    readonly key: Uint8Array;
    readonly nowS: number;
    readonly country: string | undefined;
  },
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !NOT_SENT_ON.has(name)) headers[name] = value;
  }
  const claim = {
    ...place,
    partition,
    expiresAtS: signing.nowS + ROUTED_AUTH_LIFETIME_S,
  };
  if (signing.country !== undefined) headers[HEADERS.clientCountry] = signing.country;
  headers[HEADERS.requestId] = request.id;
  headers[HEADERS.routedPartition] = partition;
  headers[HEADERS.routedEpoch] = String(place.epoch);
  headers[HEADERS.routedAuth] = signRouted(claim, signing.key);
  headers[HEADERS.routedHops] = String(hopsOf(request) + 1);
  return headers;
}

/** Gives the answer of the other cell as this request's own. */
export function copyHead(
  answer: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  },
  reply: FastifyReply,
): void {
  void reply.code(answer.statusCode);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !NOT_ANSWERED.has(name)) void reply.header(name, value);
  }
}
