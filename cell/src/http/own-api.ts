import { HEADERS } from '@commerce/contracts/headers';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What of a request goes with each call that is made for it: where it belongs, and who asks from where. */
const HANDED_ON = [
  HEADERS.routedPartition,
  HEADERS.routedEpoch,
  HEADERS.routedAuth,
  HEADERS.clientCountry,
  'traceparent',
  'x-forwarded-for',
  'user-agent',
] as const;

/** What of a call's answer the router is to have with the whole: whose it became, and how far it is. */
const PASSED_BACK = [
  HEADERS.routedPartition,
  HEADERS.partitionPosition,
  HEADERS.durability,
] as const;

export interface OwnApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON; undefined: none. */
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  /** Beside those that are handed on. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer as the app gives it, its body as text. */
export type OwnApiAnswer = Awaited<ReturnType<HttpApp['inject']>>;

/**
 * Calls the cell's own API in process, for a request that needs several of its answers: the same routes
 * validate, refuse and answer as for any client.
 * @param more names of further headers that are handed on
 */
export function createOwnApi(
  app: HttpApp,
  request: FastifyRequest,
  reply: FastifyReply,
  more: readonly string[] = [],
): (call: OwnApiCall) => Promise<OwnApiAnswer> {
  const handedOn: Record<string, string> = { [HEADERS.requestId]: request.id };
  for (const name of [...HANDED_ON, ...more]) {
    const value = request.headers[name];
    if (typeof value === 'string') handedOn[name] = value;
  }
  return async ({ method, path, body, idempotencyKey, headers }) => {
    const answer = await app.inject({
      method,
      url: path,
      headers: {
        ...handedOn,
        ...headers,
        ...(idempotencyKey !== undefined && { [HEADERS.idempotencyKey]: idempotencyKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    for (const name of PASSED_BACK) {
      const value = answer.headers[name];
      if (value !== undefined) void reply.header(name, value);
    }
    return answer;
  };
}
