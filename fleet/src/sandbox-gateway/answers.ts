import type { FastifyReply } from 'fastify';
import type { Ledger, Payment, Refusal } from './ledger.ts';
import { sendProblem } from './problems.ts';
import type { PaymentAnswer } from './schemas.ts';

/** What the gateway's routes stand on. */
export interface GatewayDeps {
  readonly ledger: Ledger;
  readonly apiKey: string;
  /** Base URL of this gateway as shoppers reach it; known once it listens. */
  readonly publicUrl: () => string;
  /** Resolves when the webhooks that a payment's latest entries caused have arrived. */
  readonly webhooksOf: (paymentId: string) => Promise<void>;
  readonly onFault: (error: unknown) => void;
  /** Ends the waiting answers when the gateway stops. */
  readonly closing: AbortSignal;
}

/** The payment as a merchant sees it. */
export function toAnswer(payment: Payment, publicUrl: string): PaymentAnswer {
  const { request, challengeId, declineCode } = payment;
  const open = payment.status === 'requires_action' && challengeId !== undefined;
  return {
    id: payment.id,
    reference: request.reference,
    partition: request.partition,
    status: payment.status,
    amountMinor: request.amountMinor,
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    currency: request.currency,
    ...(declineCode === undefined ? {} : { declineCode }),
    ...(open ? { actionUrl: `${publicUrl}/v1/challenges/${challengeId}` } : {}),
  };
}

/** Answers with the problem that tells of a refusal. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  switch (refusal.refused) {
    case 'key-reused':
      return sendProblem(reply, 'idempotency-key-reused');
    case 'unknown-payment':
      return sendProblem(reply, 'not-found');
    case 'not-possible':
      return sendProblem(reply, 'not-possible', refusal.detail);
  }
}
