import { createHmac, timingSafeEqual } from 'node:crypto';
import { HEADERS } from '@commerce/contracts/headers';
import { AppError } from '@commerce/contracts/problems';
import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * What protects a session that travels in a cookie. Browsers send a cookie along with requests that
 * other pages make: so a request with an effect has to come from our own pages, and to carry a token
 * that only a page which may read our answers can know.
 *
 * Cookies don't know ports: on one host the shop would get the console's cookie and the other way
 * round. The name is the console's own, so that neither takes the other's.
 */
export interface BrowserGuard {
  /** The session cookie of a request; undefined where there is none. */
  cookieOf(request: FastifyRequest): string | undefined;
  setCookie(reply: FastifyReply, value: string, maxAgeS: number): void;
  clearCookie(reply: FastifyReply): void;
  /** @throws AppError `cross-site` where another site's page made the request */
  assertOwnPage(request: FastifyRequest): void;
  /** The token that requests of this session have to carry. */
  tokenOf(sessionId: string): string;
  /** @throws AppError `cross-site` where a request with an effect lacks the token of its session */
  assertToken(request: FastifyRequest, sessionId: string): void;
}

const COOKIE = 'console_session';
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request may have an effect. */
export const hasEffect = (request: FastifyRequest): boolean => !READS.has(request.method);

/**
 * @param secret keys the tokens
 * @param publicUrl base URL as browsers see it; undefined: `http:` and the host that they name
 */
export function createBrowserGuard(deps: {
  readonly secret: Uint8Array;
  readonly publicUrl: string | undefined;
}): BrowserGuard {
  const publicOrigin = deps.publicUrl === undefined ? undefined : new URL(deps.publicUrl).origin;
  const isSecure = publicOrigin?.startsWith('https:') ?? false;
  // A browser takes a __Host- cookie from https alone, for this host alone, and lets no subdomain set it.
  const name = isSecure ? `__Host-${COOKIE}` : COOKIE;
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;

  const tokenOf = (sessionId: string): string =>
    createHmac('sha256', deps.secret).update(`csrf\n${sessionId}`).digest('base64url');

  const refuse = (field: string, detail: string): never => {
    throw new AppError('cross-site', { field, detail });
  };

  return Object.freeze({
    cookieOf: (request: FastifyRequest) => request.cookies[name],
    setCookie: (reply: FastifyReply, value: string, maxAge: number) => {
      void reply.setCookie(name, value, { ...options, maxAge });
    },
    clearCookie: (reply: FastifyReply) => {
      void reply.clearCookie(name, options);
    },
    assertOwnPage: (request: FastifyRequest) => {
      const site = request.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin') {
        refuse('sec-fetch-site', 'A page of another origin has made this request.');
      }
      const { origin } = request.headers;
      const own = publicOrigin ?? `http://${request.headers.host ?? ''}`;
      if (origin !== undefined && origin !== own) {
        refuse('origin', `This is done from the pages of ${own} only.`);
      }
    },
    tokenOf,
    assertToken: (request: FastifyRequest, sessionId: string) => {
      const given = request.headers[HEADERS.csrfToken];
      const expected = Buffer.from(tokenOf(sessionId));
      const bytes = Buffer.from(typeof given === 'string' ? given : '');
      if (bytes.length === expected.length && timingSafeEqual(bytes, expected)) return;
      refuse(HEADERS.csrfToken, 'Send the token of the session, as its answer gave it.');
    },
  });
}
