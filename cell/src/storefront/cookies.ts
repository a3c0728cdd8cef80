import { SHOP_ACCESS_COOKIE } from '@commerce/contracts/headers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CookieName, PageCookies } from '../../storefront/contract.ts';

/**
 * Names in the browser. Cookies know no ports, so the console of the same host has names of its own.
 * `form` is ours alone: pages get the token that belongs to it.
 */
const NAMES: Readonly<Record<CookieName | 'form', string>> = {
  language: 'shop_language',
  currency: 'shop_currency',
  cart: 'shop_cart',
  access: SHOP_ACCESS_COOKIE,
  refresh: 'shop_refresh',
  flash: 'shop_flash',
  form: 'shop_form',
};

export interface ShopCookies extends PageCookies {
  get(name: CookieName | 'form'): string | undefined;
  set(name: CookieName | 'form', value: string, maxAgeS?: number): void;
}

/**
 * The storefront's cookies of one request. Over TLS they carry the prefix by which browsers take them
 * from this host alone, and never from a neighbour or a plain connection.
 */
export function cookiesOf(
  request: FastifyRequest,
  reply: FastifyReply,
  isSecure: boolean,
): ShopCookies {
  const nameOf = (name: CookieName | 'form'): string =>
    isSecure ? `__Host-${NAMES[name]}` : NAMES[name];
  const written = new Map<string, string | undefined>();
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure } as const;
  return {
    get: (name) => (written.has(name) ? written.get(name) : request.cookies[nameOf(name)]),
    set(name, value, maxAgeS) {
      written.set(name, value);
      void reply.setCookie(nameOf(name), value, {
        ...attributes,
        ...(maxAgeS !== undefined && { maxAge: maxAgeS }),
      });
    },
    clear(name) {
      written.set(name, undefined);
      void reply.clearCookie(nameOf(name), attributes);
    },
  };
}
