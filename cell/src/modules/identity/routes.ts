import { HEADERS } from '@commerce/contracts/headers';
import type { Partition } from '@commerce/contracts/ids';
import { formatPosition } from '@commerce/contracts/positions';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import { Type } from 'typebox';
import type { IdempotencyKey } from '../../partitions/idempotency.ts';
import { Jwks, RefreshBody, SignOutBody, TokensView } from './schema.ts';
import type { Identity } from './service.ts';

export interface IdentityRoutesDeps {
  readonly identity: Identity;
  /** Public keys of every realm. */
  readonly jwks: JSONWebKeySet;
  /** The partition that the shopper is pinned to; undefined where no router sent the request. */
  readonly routedPartition: (request: FastifyRequest) => Partition | undefined;
  readonly idempotencyOf: (request: FastifyRequest) => IdempotencyKey | undefined;
}

const problems = { '4xx': Problem, '5xx': Problem };

/** Adds `POST /v1/sessions/refresh`, `DELETE /v1/sessions/current` and the realms' public keys. */
export function registerIdentityRoutes(app: HttpApp, deps: IdentityRoutesDeps): void {
  registerRefresh(app, deps);
  registerSignOut(app, deps);

  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        summary: 'Public keys of access tokens',
        tags: ['identity'],
        response: { 200: Jwks },
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'public, max-age=300');
      return { keys: deps.jwks.keys.map((key) => ({ ...key })) };
    },
  );
}

function registerRefresh(app: HttpApp, deps: IdentityRoutesDeps): void {
  app.post(
    '/v1/sessions/refresh',
    {
      schema: {
        summary: 'Exchange a refresh token for new tokens',
        description:
          'Each refresh token works once. One that is used again ends its session, unless the ' +
          'request repeats an Idempotency-Key.',
        tags: ['identity'],
        body: RefreshBody,
        response: { 200: TokensView, ...problems },
      },
    },
    async (request, reply) => {
      const key = deps.identity.sealKey(deps.idempotencyOf(request));
      const { result, position } = await deps.identity.sessions.refresh(
        request.body.refreshToken,
        key,
      );
      if (position !== undefined) {
        void reply.header(HEADERS.partitionPosition, formatPosition(position));
      }
      if (result.replayed) void reply.header(HEADERS.idempotencyReplayed, 'true');
      // The token may belong to another partition of this cell than the one the shopper is pinned to.
      const pinned = deps.routedPartition(request);
      if (pinned !== undefined && pinned !== result.partition) {
        void reply.header(HEADERS.routedPartition, result.partition);
      }
      void reply.header('cache-control', 'no-store');
      return result.tokens;
    },
  );
}

function registerSignOut(app: HttpApp, deps: IdentityRoutesDeps): void {
  const { identity } = deps;
  app.delete(
    '/v1/sessions/current',
    {
      schema: {
        summary: 'Sign out',
        description: 'Ends the session of the refresh token in the body, else of the access token.',
        tags: ['identity'],
        security: [{ bearer: [] }, {}],
        body: SignOutBody,
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const refreshToken = request.body?.refreshToken;
      const by =
        refreshToken === undefined ? await identity.authenticate(request) : { refreshToken };
      if (by === undefined) throw new AppError('unauthenticated', { field: 'authorization' });
      const { position } = await identity.sessions.revoke(by);
      if (position !== undefined) {
        void reply.header(HEADERS.partitionPosition, formatPosition(position));
      }
      return reply.code(204).send(null);
    },
  );
}
