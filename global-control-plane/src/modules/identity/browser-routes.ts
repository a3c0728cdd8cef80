import { AppError } from '@commerce/contracts/problems';
import type { RateLimiter } from '@commerce/engines/cache/rate-limiter';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { BrowserGuard } from '../../http/browser.ts';
import type { BrowserSession } from './browser-sessions.ts';
import { SignIn, UserView } from './schema.ts';
import type { IdentityService } from './service.ts';

const tags = ['identity'];

/** Who may be signed in as, where the fleet is a demo; nothing anywhere else. */
export interface SignInHint {
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

const SessionOfBrowser = Type.Object({
  user: UserView,
  /** Has to come back as `x-csrf-token` with every request that changes something. */
  csrfToken: Type.String(),
  expiresAt: Type.String({ format: 'date-time' }),
});

const BrowserState = Type.Object({
  session: Type.Union([SessionOfBrowser, Type.Null()]),
  /** Sign-ins of the demo; none where there is no demo. */
  hints: Type.Array(
    Type.Object({ role: Type.String(), email: Type.String(), password: Type.String() }),
  ),
});

export interface BrowserRoutesDeps {
  readonly identity: IdentityService;
  readonly guard: BrowserGuard;
  /** Sign-ins that an address may try in a while. */
  readonly attempts: RateLimiter;
  readonly hints: () => readonly SignInHint[];
}

/** Routes of the browser's one session: who is signed in, sign in, sign out. */
export function registerBrowserRoutes(app: HttpApp, deps: BrowserRoutesDeps): void {
  const { identity, guard } = deps;
  const toView = (session: BrowserSession) => ({
    user: session.user,
    csrfToken: guard.tokenOf(session.id),
    expiresAt: session.expiresAt.toISOString(),
  });
  app.get(
    '/v1/browser-session',
    {
      schema: {
        tags,
        summary: 'Who is signed in in this browser',
        response: { 200: BrowserState },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const cookie = guard.cookieOf(request);
      const found = cookie === undefined ? undefined : await identity.findBrowserSession(cookie);
      return {
        session: found === undefined ? null : toView(found),
        hints: found === undefined ? [...deps.hints()] : [],
      };
    },
  );
  app.put(
    '/v1/browser-session',
    {
      schema: {
        tags,
        summary: 'Sign this browser in: the session is in a cookie that no script can read',
        body: SignIn,
        response: { 200: SessionOfBrowser },
      },
    },
    async (request, reply) => {
      guard.assertOwnPage(request);
      const { allowed, resetMs } = await deps.attempts.consume(request.ip);
      if (!allowed) {
        throw new AppError('rate-limited', { retryAfterS: Math.ceil(resetMs / 1000) });
      }
      const before = guard.cookieOf(request);
      const session = await identity.signInBrowser(request.body);
      // The session that the browser had before would live on, unseen.
      if (before !== undefined) await identity.endBrowserSession(before);
      guard.setCookie(reply, session.cookie, session.maxAgeS);
      void reply.header('cache-control', 'no-store');
      return toView(session);
    },
  );
  app.delete(
    '/v1/browser-session',
    { schema: { tags, summary: 'Sign this browser out' } },
    async (request, reply) => {
      guard.assertOwnPage(request);
      const cookie = guard.cookieOf(request);
      if (cookie !== undefined) await identity.endBrowserSession(cookie);
      guard.clearCookie(reply);
      return reply.code(204).header('cache-control', 'no-store').send();
    },
  );
}
