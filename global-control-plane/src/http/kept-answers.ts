import type { SqlReader } from '@commerce/engines/sql/sql';

/**
 * What a handler may do for a request with an Idempotency-Key: keep its answer in the transaction
 * that has the effect, so that there is never one without the other.
 */
export type KeepAnswer = (
  transaction: SqlReader,
  status: number,
  body: unknown,
  etag?: string,
) => Promise<void>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where the request has no Idempotency-Key. */
    keepAnswer: KeepAnswer | undefined;
  }
  interface FastifyContextConfig {
    /** The route's POST has an effect, and honours Idempotency-Key. */
    readonly idempotent?: boolean;
  }
}
