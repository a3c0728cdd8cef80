/**
 * Requests that may be sent twice. Owns the answers to requests with an Idempotency-Key, for 24
 * hours. It refuses a key that comes with another request, and a repeat while the first is under way.
 *
 * Invariant (I9): one effect and the same answer, because the answer is written in the transaction
 * of the effect. Answers are encrypted under the client's key: what is stored lets nobody in.
 */
export { registerIdempotency } from './hooks.ts';
export { createIdempotency, type IdempotencyService } from './service.ts';
export { tables } from './tables.ts';
