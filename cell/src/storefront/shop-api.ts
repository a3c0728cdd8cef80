import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiAnswer, ApiOptions, CallApi } from '../../storefront/contract.ts';
import { createOwnApi } from '../http/own-api.ts';
import type { ShopCookies } from './cookies.ts';
import { createPageSession } from './session.ts';

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
  const callOwnApi = createOwnApi(app, request, reply);
  const call = async (
    method: Parameters<CallApi>[0],
    path: string,
    { body, key }: ApiOptions,
    access: string | undefined,
  ): Promise<ApiAnswer> => {
    const answer = await callOwnApi({
      method,
      path,
      body,
      idempotencyKey: key,
      ...(access !== undefined && { headers: { authorization: `Bearer ${access}` } }),
    });
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
