import type { FastifyRequest } from 'fastify';
import type { UserCaller } from '../http/access.ts';
import { type BrowserGuard, hasEffect } from '../http/browser.ts';
import type { IdentityService } from '../modules/identity/index.ts';

/**
 * Reads who calls from the cookie of a browser. What has an effect is taken from our own pages alone.
 * @returns undefined without a session that goes on
 * @throws AppError `cross-site`
 */
export async function readBrowserCaller(
  deps: { readonly identity: IdentityService; readonly guard: BrowserGuard },
  request: FastifyRequest,
): Promise<UserCaller | undefined> {
  const cookie = deps.guard.cookieOf(request);
  if (cookie === undefined) return undefined;
  const session = await deps.identity.findBrowserSession(cookie);
  if (session === undefined) return undefined;
  if (hasEffect(request)) {
    deps.guard.assertOwnPage(request);
    deps.guard.assertToken(request, session.id);
  }
  const { id: userId, roles, vendorId } = session.user;
  return { kind: 'user', userId, sessionId: session.id, roles, vendorId: vendorId ?? undefined };
}
