import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ShopCookies } from './cookies.ts';

/**
 * Shows that a form which is posted comes from one of our own pages: the browser says so where it can
 * (`Sec-Fetch-Site`, `Origin`), and the form carries a token that belongs to a cookie, which another site
 * can neither read nor set.
 */
export interface FormTokens {
  /** The token for the forms of a page; gives the browser its cookie where it has none. */
  issue(cookies: ShopCookies): string;
  /** Whether a form is ours. */
  accept(request: FastifyRequest, origin: string, cookies: ShopCookies, token: string): boolean;
}

const SECRET_PATTERN = /^[\w-]{22}$/;

/** @param key one that all cells share, so that a page of one is good at the next after a move */
export function createFormTokens(key: Uint8Array): FormTokens {
  const own = Buffer.from(hkdfSync('sha256', key, '', 'storefront form tokens', 32));
  const tokenOf = (secret: string): Buffer =>
    createHmac('sha256', own).update(secret).digest().subarray(0, 18);

  return Object.freeze({
    issue(cookies: ShopCookies) {
      let secret = cookies.get('form');
      if (secret === undefined || !SECRET_PATTERN.test(secret)) {
        secret = randomBytes(16).toString('base64url');
        cookies.set('form', secret);
      }
      return tokenOf(secret).toString('base64url');
    },

    accept(request: FastifyRequest, origin: string, cookies: ShopCookies, token: string) {
      const { headers } = request;
      const site = headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
      if (headers.origin !== undefined && headers.origin !== origin) return false;
      const secret = cookies.get('form');
      if (secret === undefined || !SECRET_PATTERN.test(secret)) return false;
      const given = Buffer.from(token, 'base64url');
      const expected = tokenOf(secret);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  });
}
