import { HEADERS } from '@commerce/contracts/headers';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAnswer, ApiOptions, CallApi } from '../../storefront/contract.ts';
import type { ShopCookies } from './cookies.ts';
import { createPageSession } from './session.ts';

/** What of a page's request goes with each call: where it belongs, and whose it is. */
const HANDED_ON = [
  HEADERS.routedPartition,
  HEADERS.routedEpoch,
  HEADERS.routedAuth,
  HEADERS.clientCountry,
  'traceparent',
  'x-forwarded-for',
  'user-agent',
] as const;

/** What of a call's answer the router is to have with the page's: whose it became, and how far it is. */
const PASSED_BACK = [
  HEADERS.routedPartition,
  HEADERS.partitionPosition,
  HEADERS.durability,
] as const;

/** What customers alone may ask for. */
const CUSTOMERS_OWN = /^\/v1\/(?:me|sessions\/current)\b/;
/** What asks who calls; nothing else has to know. */
const ASKS_WHO_CALLS = /^\/v1\/(?:me|sessions\/current|carts|orders|order-groups)\b/;

/**
 * The cell's own API for one page, in process. A page can do what any client can and no more: the same
 * routes validate, refuse and answer, so page and API are equal by construction.
 */
export function createShopApi(
  app: HttpApp,
  request: FastifyRequest,
  reply: FastifyReply,
  cookies: ShopCookies,
  nowMs: number,
): CallApi {
  const handedOn: Record<string, string> = { [HEADERS.requestId]: request.id };
  for (const name of HANDED_ON) {
    const value = request.headers[name];
    if (typeof value === 'string') handedOn[name] = value;
  }
  const call = async (
    method: Parameters<CallApi>[0],
    path: string,
    { body, key }: ApiOptions,
    access: string | undefined,
  ): Promise<ApiAnswer> => {
    const answer = await app.inject({
      method,
      url: path,
      headers: {
        ...handedOn,
        ...(access !== undefined && { authorization: `Bearer ${access}` }),
        ...(key !== undefined && { [HEADERS.idempotencyKey]: key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    for (const name of PASSED_BACK) {
      const value = answer.headers[name];
      if (value !== undefined) void reply.header(name, value);
    }
    const isJson = /\bjson\b/.test(answer.headers['content-type']?.toString() ?? '');
    return {
      status: answer.statusCode,
      body: isJson && answer.payload !== '' ? (JSON.parse(answer.payload) as unknown) : undefined,
      headers: readHeaders(answer.headers),
    };
  };
  const session = createPageSession({
    cookies,
    nowMs,
    renew: (refreshToken, key) =>
      call('POST', '/v1/sessions/refresh', { body: { refreshToken }, key }, undefined),
  });
  return async (method, path, options = {}) => {
    if (!ASKS_WHO_CALLS.test(path)) return call(method, path, options, undefined);
    const bearer = await session.bearer();
    if (bearer === undefined) return call(method, path, options, undefined);
    if ('token' in bearer) return call(method, path, options, bearer.token);
    // What is open to guests goes on without where the session is in another cell. Where it could not be
    // renewed here, going on as a guest would make a customer's cart look like somebody else's.
    const isElsewhere = bearer.refused.status === 421;
    return CUSTOMERS_OWN.test(path) || !isElsewhere
      ? bearer.refused
      : call(method, path, options, undefined);
  };
}

function readHeaders(
  headers: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value as string | number),
    ]),
  );
}
