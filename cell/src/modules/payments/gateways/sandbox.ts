import { createHmac, timingSafeEqual } from 'node:crypto';
import { minorToJson } from '@commerce/contracts/money';
import type { Clock } from '@commerce/service/clock';
import { circuitBreaker, ConsecutiveBreaker, handleAll, isBrokenCircuitError } from 'cockatiel';
import { Pool } from 'undici';
import type { GatewayOutcome, MoveOutcome, MoveRequest, PaymentGateway } from './gateway.ts';
import { createTestCards } from './sandbox-cards.ts';

/** The gateway that comes with the platform: no real money, every way of failing. */

export interface SandboxOptions {
  /** Base URL of the gateway process. */
  readonly url: string;
  /** The same as shoppers' browsers reach it; by default the same. */
  readonly pageUrl?: string | undefined;
  readonly apiKey: string;
  readonly webhookKey: Uint8Array;
  /** Base URL at which the gateway reaches this fleet's router. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** A gateway that takes longer than this is asked again by reference. */
const ANSWER_TIMEOUT_MS = 3_000;
const CONNECTIONS_MAX = 32;
/** A signed webhook older than this is a replay. */
const WEBHOOK_AGE_S_MAX = 300;

interface SandboxPayment {
  readonly id: string;
  readonly reference: string;
  readonly status: 'authorized' | 'captured' | 'requires_action' | 'declined' | 'canceled';
  readonly declineCode?: string;
  readonly actionUrl?: string;
}

function toOutcome(payment: SandboxPayment): GatewayOutcome {
  const gatewayPaymentId = payment.id;
  switch (payment.status) {
    case 'authorized':
    case 'captured':
    case 'canceled':
      return { kind: payment.status, gatewayPaymentId };
    case 'requires_action':
      return { kind: 'requires-action', gatewayPaymentId, actionUrl: payment.actionUrl ?? '' };
    case 'declined':
      return { kind: 'declined', gatewayPaymentId, declineCode: payment.declineCode ?? 'declined' };
  }
}

/** Opens the sandbox gateway. Nothing is sent before the first call. */
export function createSandboxGateway(
  options: SandboxOptions,
): PaymentGateway & { close(): Promise<void> } {
  const pool = new Pool(options.url, {
    connections: CONNECTIONS_MAX,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    connect: { timeout: 1_000 },
  });
  // A gateway that is down must not hold a cell's requests for three seconds each.
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: 2_000,
    breaker: new ConsecutiveBreaker(20),
  });

  const call = async (
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<{ status: number; body: unknown } | undefined> => {
    try {
      return await breaker.execute(async () => {
        const answer = await pool.request({
          method,
          path,
          headers: {
            authorization: `Bearer ${options.apiKey}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const json: unknown = await answer.body.json();
        if (answer.statusCode >= 500) throw new Error(`sandbox gateway: ${answer.statusCode}`);
        return { status: answer.statusCode, body: json };
      });
    } catch (error) {
      // No answer, an answer without sense, or a breaker that is open: nothing is known.
      if (error instanceof Error || isBrokenCircuitError(error as Error)) return undefined;
      throw error;
    }
  };

  const outcomeOf = (answer: { status: number; body: unknown } | undefined): GatewayOutcome => {
    if (answer === undefined) return { kind: 'unknown' };
    if (answer.status === 200) return toOutcome(answer.body as SandboxPayment);
    if (answer.status === 422 || answer.status === 400) {
      const problem = answer.body as { field?: string; detail?: string };
      return {
        kind: 'refused',
        field: problem.field ?? 'token',
        reason: problem.detail ?? 'The gateway refused the request.',
      };
    }
    return { kind: 'unknown' };
  };

  const move = async (
    operation: 'capture' | 'refunds',
    { moveId, gatewayPaymentId, amountMinor }: MoveRequest,
  ): Promise<MoveOutcome> => {
    const path = `/v1/payments/${encodeURIComponent(gatewayPaymentId)}/${operation}`;
    const answer = await call('POST', path, { amountMinor: minorToJson(amountMinor) }, moveId);
    if (answer === undefined || answer.status >= 500) return { kind: 'unknown' };
    if (answer.status === 200) return { kind: 'done' };
    const { detail } = answer.body as { detail?: string };
    return { kind: 'refused', reason: detail ?? `The gateway answered with ${answer.status}.` };
  };

  const find = async (attemptId: string): Promise<GatewayOutcome | undefined> => {
    const answer = await call('GET', `/v1/payments?reference=${encodeURIComponent(attemptId)}`);
    if (answer === undefined) return { kind: 'unknown' };
    const body = answer.body as { payments?: SandboxPayment[] } | SandboxPayment[];
    const [payment] = Array.isArray(body) ? body : (body.payments ?? []);
    return payment === undefined ? undefined : toOutcome(payment);
  };

  const listTestCards = createTestCards(options.clock, async () => {
    const answer = await call('GET', '/v1/test-tokens');
    return answer?.status === 200 ? answer.body : undefined;
  });

  return {
    name: 'sandbox',
    pageOrigins: [new URL(options.pageUrl ?? options.url).origin],
    listTestCards,

    async authorize(request) {
      const answer = await call(
        'POST',
        '/v1/payments',
        {
          amountMinor: minorToJson(request.amountMinor),
          currency: request.currency,
          token: request.token,
          capture: 'manual',
          reference: request.attemptId,
          partition: request.partition,
          webhookUrl: `${options.publicUrl}/v1/webhooks/sandbox/${request.attemptId}`,
          ...(request.returnUrl !== undefined && { returnUrl: request.returnUrl }),
        },
        request.attemptId,
      );
      // A time-out is queried, never retried under a new key: the money may be held already.
      if (answer === undefined) return (await find(request.attemptId)) ?? { kind: 'unknown' };
      return outcomeOf(answer);
    },

    find,

    async capture(attemptId, gatewayPaymentId, amountMinor) {
      const answer = await call(
        'POST',
        `/v1/payments/${encodeURIComponent(gatewayPaymentId)}/capture`,
        { amountMinor: minorToJson(amountMinor) },
        `${attemptId}:capture`,
      );
      // Without an answer, or where the capture was refused, the payment itself tells.
      if (answer?.status !== 200) return (await find(attemptId)) ?? { kind: 'unknown' };
      return outcomeOf(answer);
    },

    captureShare: (request) => move('capture', request),
    refund: (request) => move('refunds', request),

    async cancel(attemptId, gatewayPaymentId) {
      const answer = await call(
        'POST',
        `/v1/payments/${encodeURIComponent(gatewayPaymentId)}/cancel`,
        {},
        `${attemptId}:cancel`,
      );
      if (answer?.status !== 200) return (await find(attemptId)) ?? { kind: 'unknown' };
      return outcomeOf(answer);
    },

    verifyWebhook(headers, body) {
      const header = headers['sandbox-signature'];
      const match =
        typeof header === 'string' ? /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) : null;
      if (match === null) return undefined;
      const [, timeText, signature] = match as unknown as [string, string, string];
      const ageS = options.clock.nowMs() / 1000 - Number(timeText);
      if (Math.abs(ageS) > WEBHOOK_AGE_S_MAX) return undefined;
      const expected = createHmac('sha256', options.webhookKey)
        .update(`${timeText}.`)
        .update(body)
        .digest();
      if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return undefined;
      const { payment } = JSON.parse(body.toString()) as { payment: SandboxPayment };
      return { attemptId: payment.reference, outcome: toOutcome(payment) };
    },

    close: () => pool.close(),
  };
}
