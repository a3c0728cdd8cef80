import { createHash, timingSafeEqual } from 'node:crypto';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { type GatewayDeps, sendRefusal, toAnswer } from './answers.ts';
import { addChallengeRoutes } from './challenge-routes.ts';
import type { Outcome, Payment, RequestKey } from './ledger.ts';
import { sendProblem } from './problems.ts';
import { AmountBody, LedgerQuery, ListQuery, PaymentAnswer, PaymentBody } from './schemas.ts';
import { TEST_TOKENS, type TestToken } from './tokens.ts';
import { pause } from './webhooks.ts';

const BODY_BYTES_MAX = 16_384;
const PAGE_DEFAULT = 100;
const PAGE_MAX = 1_000;
/** Keys of refused first attempts that are remembered; the oldest are forgotten. */
const REFUSED_KEYS_MAX = 10_000;
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/** Builds the gateway's HTTP side. */
export function buildGateway(deps: GatewayDeps): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  });
  app.setErrorHandler((error: FaultLike, _request, reply) => {
    if (error.validation !== undefined || (error.statusCode ?? 500) < 500) {
      const field = error.validation?.[0]?.instancePath || undefined;
      return sendProblem(reply, 'invalid-request', error.message, field);
    }
    deps.onFault(error);
    return sendProblem(reply, 'internal-error');
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'));
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', () => ({ status: 'ready' }));
  app.get('/v1/test-tokens', () => ({ tokens: [...TEST_TOKENS.values()] }));
  app.register(async (merchants) => addMerchantRoutes(merchants, deps));
  app.register(async (shoppers) => addChallengeRoutes(shoppers, deps));
  return app;
}

interface FaultLike {
  readonly message: string;
  readonly statusCode?: number;
  readonly validation?: readonly { readonly instancePath?: string }[];
}

function addMerchantRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const expected = createHash('sha256').update(`Bearer ${deps.apiKey}`).digest();
  app.addHook('onRequest', (request, reply, done) => {
    const given = createHash('sha256')
      .update(request.headers.authorization ?? '')
      .digest();
    if (timingSafeEqual(given, expected)) done();
    else void sendProblem(reply, 'unauthenticated');
  });
  addPaymentCreation(app, deps);
  addPaymentChanges(app, deps);
  addReading(app, deps);
}

function addPaymentCreation(app: FastifyInstance, deps: GatewayDeps): void {
  const refusedOnce = new Set<string>();
  app.post<{ Body: PaymentBody }>(
    '/v1/payments',
    { schema: { body: PaymentBody, response: { 200: PaymentAnswer } } },
    async (request, reply) => {
      const key = requestKey(request);
      if (key === undefined) return sendProblem(reply, 'idempotency-key-missing');
      const token = TEST_TOKENS.get(request.body.token);
      if (token === undefined) {
        return sendProblem(
          reply,
          'unknown-token',
          `Test tokens are ${[...TEST_TOKENS.keys()].join(', ')}.`,
          '/token',
        );
      }
      if (token.unavailableOnce === true && !refusedOnce.has(key.key)) {
        rememberKey(refusedOnce, key.key);
        return sendProblem(reply, 'unavailable');
      }
      const outcome = await deps.ledger.createPayment(request.body, key);
      if ('refused' in outcome) return sendRefusal(reply, outcome);
      if (!outcome.repeated) await misbehave(token, outcome, deps);
      return toAnswer(outcome.payment, deps.publicUrl());
    },
  );
}

/** What makes a test token special happens after the effect and before the answer. */
async function misbehave(token: TestToken, outcome: Outcome, deps: GatewayDeps): Promise<void> {
  if (token.webhookFirst === true) await deps.webhooksOf(outcome.payment.id);
  const captured = outcome.payment.status === 'captured';
  const delayMs = token.answerDelayMs ?? (captured ? token.captureAnswerDelayMs : undefined);
  if (delayMs !== undefined) await pause(delayMs, deps.closing);
}

function rememberKey(keys: Set<string>, key: string): void {
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > REFUSED_KEYS_MAX && oldest !== undefined) keys.delete(oldest);
}

function addPaymentChanges(app: FastifyInstance, deps: GatewayDeps): void {
  const { ledger } = deps;
  const withAmount = { schema: { body: AmountBody, response: { 200: PaymentAnswer } } };
  type WithAmount = { Params: { id: string }; Body: AmountBody };
  app.post<WithAmount>('/v1/payments/:id/capture', withAmount, async (request, reply) => {
    const key = requestKey(request);
    if (key === undefined) return sendProblem(reply, 'idempotency-key-missing');
    const { id } = request.params;
    const outcome = await ledger.capture(id, request.body.amountMinor, key);
    if ('refused' in outcome) return sendRefusal(reply, outcome);
    const delayMs = TEST_TOKENS.get(outcome.payment.request.token)?.captureAnswerDelayMs;
    if (delayMs !== undefined && !outcome.repeated) await pause(delayMs, deps.closing);
    return toAnswer(outcome.payment, deps.publicUrl());
  });
  app.post<WithAmount>('/v1/payments/:id/refunds', withAmount, async (request, reply) => {
    const key = requestKey(request);
    if (key === undefined) return sendProblem(reply, 'idempotency-key-missing');
    const outcome = await ledger.refund(request.params.id, request.body.amountMinor, key);
    if ('refused' in outcome) return sendRefusal(reply, outcome);
    return toAnswer(outcome.payment, deps.publicUrl());
  });
  app.post<{ Params: { id: string } }>('/v1/payments/:id/cancel', async (request, reply) => {
    const key = requestKey(request);
    if (key === undefined) return sendProblem(reply, 'idempotency-key-missing');
    const outcome = await ledger.cancel(request.params.id, key);
    if ('refused' in outcome) return sendRefusal(reply, outcome);
    return toAnswer(outcome.payment, deps.publicUrl());
  });
}

function addReading(app: FastifyInstance, deps: GatewayDeps): void {
  const { ledger } = deps;
  app.get<{ Params: { id: string } }>('/v1/payments/:id', async (request, reply) => {
    const payment = await ledger.find(request.params.id);
    if (payment === undefined) return sendProblem(reply, 'not-found');
    return toAnswer(payment, deps.publicUrl());
  });
  app.get<{ Querystring: ListQuery }>(
    '/v1/payments',
    { schema: { querystring: ListQuery } },
    async (request) => {
      const { reference, partition, after } = request.query;
      const limit = Math.min(Number(request.query.limit ?? PAGE_DEFAULT), PAGE_MAX);
      const filter = {
        ...(reference === undefined ? {} : { reference }),
        ...(partition === undefined ? {} : { partition }),
      };
      const found = await ledger.list(filter, after, limit);
      const next = found.length === limit ? found.at(-1)?.id : undefined;
      const payments = found.map((payment) => toAnswer(payment, deps.publicUrl()));
      return { payments, ...(next === undefined ? {} : { next }) };
    },
  );
  app.get<{ Querystring: LedgerQuery }>(
    '/v1/ledger',
    { schema: { querystring: LedgerQuery } },
    async (request) => {
      const after = Number(request.query.after ?? 0);
      const limit = Math.min(Number(request.query.limit ?? PAGE_MAX), PAGE_MAX);
      const found = await ledger.read(after, limit);
      const entries = await Promise.all(
        found.map(async ({ seq, entry }) => ({
          seq,
          type: entry.type,
          at: entry.at,
          amountMinor: entry.amountMinor,
          idempotencyKey: entry.cause.key,
          payment: toAnswer(
            { ...((await ledger.find(entry.paymentId)) as Payment), ...entry.after },
            deps.publicUrl(),
          ),
        })),
      );
      const last = found.at(-1)?.seq;
      return { entries, ...(found.length === limit ? { next: last } : {}) };
    },
  );
}

function requestKey(request: FastifyRequest): RequestKey | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) return undefined;
  const body = canonicalJson(request.body ?? {});
  return { key, digest: createHash('sha256').update(body).digest('base64url').slice(0, 22) };
}

/** The same text for the same flat object, in whatever order its members came. */
function canonicalJson(body: unknown): string {
  const entries = Object.entries(body as Record<string, unknown>);
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
