import { HEADERS } from '@commerce/contracts/headers';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import type { Access, Caller } from '../../http/access.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import type {} from '../../http/kept-answers.ts';
import type { HeldKey, IdempotencyService } from './service.ts';

/** Refusals that depend on more than the request: the next attempt deserves a fresh judgement. */
const NOT_KEPT: ReadonlySet<number> = new Set([401, 403, 408, 429]);

interface Held {
  readonly key: HeldKey;
  kept: boolean;
}

function nameOf(caller: Caller | undefined): string {
  if (caller === undefined) return 'anonymous';
  return caller.kind === 'user' ? caller.userId : caller.name;
}

function contentOf(request: FastifyRequest): string {
  const { body } = request;
  const text = Buffer.isBuffer(body) ? body.toString('base64') : JSON.stringify(body ?? null);
  return `${request.method} ${request.url}\n${text}`;
}

/**
 * Makes every route with `config.idempotent` honour Idempotency-Key: the first answer is kept for
 * 24 hours and given again to a repeat. A handler keeps it inside the transaction of its effect by
 * `request.keepAnswer`; for those that don't, it is kept when it is sent.
 */
export function registerIdempotency(
  app: HttpApp,
  deps: { readonly sql: Sql; readonly service: IdempotencyService; readonly access: Access },
): void {
  const heldBy = new WeakMap<FastifyRequest, Held>();
  app.decorateRequest('keepAnswer', undefined);

  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.idempotent !== true) return undefined;
    const key = readIdempotencyKey(request.headers[HEADERS.idempotencyKey]);
    if (key === undefined) return undefined;
    const caller = nameOf(await deps.access.identify(request));
    const begun = await deps.service.begin({ caller, key, content: contentOf(request) });
    if ('replay' in begun) {
      const { status, body, etag } = begun.replay;
      void reply.header(HEADERS.idempotencyReplayed, 'true');
      if (etag !== undefined) void reply.header('etag', etag);
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      return reply.code(status).type(`${type}; charset=utf-8`).send(body);
    }
    const held: Held = { key: begun.held, kept: false };
    heldBy.set(request, held);
    request.keepAnswer = async (transaction, status, body, etag) => {
      await held.key.keep(transaction, { status, body: JSON.stringify(body), etag });
      held.kept = true;
    };
    return undefined;
  });

  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const held = heldBy.get(request);
    if (held === undefined) return payload;
    heldBy.delete(request);
    const status = reply.statusCode;
    // An answer that was kept in a transaction is there exactly if the transaction is: a failure
    // afterwards leaves the key running, or done, and both are right.
    if (held.kept && status < 400) return payload;
    if (status >= 500 || NOT_KEPT.has(status) || typeof payload !== 'string') {
      await held.key.release();
      return payload;
    }
    const etag = reply.getHeader('etag');
    const answer = { status, body: payload, etag: typeof etag === 'string' ? etag : undefined };
    await held.key.keep(deps.sql, answer).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
    return payload;
  });
}
