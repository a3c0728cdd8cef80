import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import { RefreshRequest, SessionView, SignIn, UserView } from './schema.ts';
import type { IdentityService } from './service.ts';

const tags = ['identity'];

/** @param jwks public keys of the control plane, as they are published */
export function registerIdentityRoutes(
  app: HttpApp,
  deps: { readonly identity: IdentityService; readonly access: Access; readonly jwks: unknown },
): void {
  const { identity, access } = deps;
  app.post(
    '/v1/sessions',
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: 'Sign in, as vendor staff or operator',
        body: SignIn,
        response: { 201: SessionView },
      },
    },
    async (request, reply) => {
      const session = await identity.signIn(request.body);
      void reply.code(201).header('cache-control', 'no-store');
      return session;
    },
  );
  app.post(
    '/v1/sessions/refresh',
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: 'Exchange a refresh token for a new pair of tokens; each can be used once',
        body: RefreshRequest,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const session = await identity.refresh(request.body.refreshToken);
      void reply.header('cache-control', 'no-store');
      return session;
    },
  );
  app.delete(
    '/v1/sessions/current',
    { schema: { tags, security: [{ bearer: [] }], summary: 'Sign out' } },
    async (request, reply) => {
      const { sessionId } = await access.requireUser(request);
      await identity.signOut(sessionId);
      return reply.code(204).send();
    },
  );
  app.get(
    '/v1/me',
    {
      schema: {
        tags,
        security: [{ bearer: [] }],
        summary: 'Who is signed in',
        response: { 200: UserView },
      },
    },
    async (request) => {
      const { userId } = await access.requireUser(request);
      const user = await identity.findUser(userId);
      if (user === undefined) throw new AppError('invalid-token', { detail: 'The user is gone.' });
      return user;
    },
  );
  app.get(
    '/.well-known/jwks.json',
    {
      schema: { tags, summary: 'Public keys of the access tokens', response: { 200: Type.Any() } },
    },
    async () => deps.jwks,
  );
}
