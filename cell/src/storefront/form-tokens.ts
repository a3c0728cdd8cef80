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
  /** Whether a token belongs to the browser's cookie, wherever it came from. */
  isOwn(cookies: ShopCookies, token: string): boolean;
  /** Whether a form is ours. */
  accept(request: FastifyRequest, origin: string, cookies: ShopCookies, token: string): boolean;
}

const TOKEN_BYTES = 18;

/**
 * Hides the token under random bytes that go before it: pages are compressed, and a text that stays the
 * same could be found out letter by letter from their length by who can add guesses to them (BREACH).
 */
function mask(token: Buffer): Buffer {
  const pad = randomBytes(TOKEN_BYTES);
  return Buffer.concat([pad, exclusiveOr(token, pad)]);
}

function exclusiveOr(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));
}

const SECRET_PATTERN = /^[\w-]{22}$/;

/** @param key one that all cells share, so that a page of one is good at the next after a move */
export function createFormTokens(key: Uint8Array): FormTokens {
  const own = Buffer.from(hkdfSync('sha256', key, '', 'storefront form tokens', 32));
  const tokenOf = (secret: string): Buffer =>
    createHmac('sha256', own).update(secret).digest().subarray(0, TOKEN_BYTES);

  const isOwn = (cookies: ShopCookies, token: string): boolean => {
    const secret = cookies.get('form');
    if (secret === undefined || !SECRET_PATTERN.test(secret)) return false;
    const masked = Buffer.from(token, 'base64url');
    if (masked.length !== 2 * TOKEN_BYTES) return false;
    const given = exclusiveOr(masked.subarray(TOKEN_BYTES), masked.subarray(0, TOKEN_BYTES));
    return timingSafeEqual(given, tokenOf(secret));
  };

  return Object.freeze({
    isOwn,
    issue(cookies: ShopCookies) {
      let secret = cookies.get('form');
      if (secret === undefined || !SECRET_PATTERN.test(secret)) {
        secret = randomBytes(16).toString('base64url');
        cookies.set('form', secret);
      }
      return mask(tokenOf(secret)).toString('base64url');
    },

    accept(request: FastifyRequest, origin: string, cookies: ShopCookies, token: string) {
      const { headers } = request;
      const site = headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
      if (headers.origin !== undefined && headers.origin !== origin) return false;
      return isOwn(cookies, token);
    },
  });
}
