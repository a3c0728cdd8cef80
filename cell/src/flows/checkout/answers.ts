import { minorToJson } from '@commerce/contracts/money';
import { AppError, toProblem } from '@commerce/contracts/problems';
import { type OrderRow, type PaymentView, viewGroup } from '../../modules/orders/index.ts';
import type { GroupPayment } from '../../modules/payments/index.ts';
import type { Answer } from '../../partitions/idempotency.ts';
import type { Checkout } from './context.ts';

/** How a checkout answers: by what has become of it, not by who asks. */

/** The payment's public side. */
export function viewPayment(payment: GroupPayment): PaymentView {
  return {
    state: payment.attemptState === 'requires-action' ? 'requires-action' : payment.state,
    gateway: payment.gateway,
    amountMinor: minorToJson(payment.amountMinor),
    capturedMinor: minorToJson(payment.capturedMinor),
    refundedMinor: minorToJson(payment.refundedMinor),
    releasedMinor: minorToJson(payment.releasedMinor),
    ...(payment.declineCode !== null && { declineCode: payment.declineCode }),
    ...(payment.actionUrl !== null && {
      action: { type: 'redirect' as const, url: payment.actionUrl },
    }),
  };
}

/** 201: the orders are placed. */
export function placedAnswer(checkout: Checkout, orders: readonly OrderRow[]): Answer {
  return {
    status: 201,
    body: viewGroup(checkout.group, orders, viewPayment(checkout.payment), true),
  };
}

/** 202: the shopper has to do something, or the gateway has not answered yet. */
export function waitingAnswer({ group, payment }: Checkout): Answer {
  const { actionUrl } = payment;
  return {
    status: 202,
    body: {
      status: actionUrl === null ? 'processing' : 'action_required',
      orderGroupId: group.id,
      totalMinor: minorToJson(group.quote.totalMinor),
      currency: group.currency,
      ...(actionUrl !== null && { action: { type: 'redirect', url: actionUrl } }),
    },
  };
}

/** Why a checkout was undone, as it is kept with its group. */
export const CANCEL_REASONS = {
  declined: 'the gateway declined the payment',
  refused: 'the gateway did not accept the token',
  expired: 'nobody finished the payment in time',
  superseded: 'the shopper began another checkout of the same cart',
} as const;
export type CancelReason = keyof typeof CANCEL_REASONS;

/** 402, 422 or 409: the checkout came to nothing, and the cart is open again. */
export function undoneAnswer({ group, payment }: Checkout, reason: string): Answer {
  const extensions = { orderGroupId: group.id };
  const error =
    reason === 'declined'
      ? new AppError('payment-declined', {
          detail: 'The payment was declined; try another way to pay.',
          field: 'payment/token',
          extensions: { ...extensions, declineCode: payment.declineCode ?? 'declined' },
        })
      : reason === 'refused'
        ? new AppError('unprocessable', {
            detail: 'The gateway does not know this token.',
            field: 'payment/token',
            extensions,
          })
        : new AppError('conflict', {
            detail: `This checkout has ended: ${CANCEL_REASONS[reason as CancelReason] ?? reason}.`,
            extensions: { ...extensions, reason },
          });
  return { status: error.status, body: toProblem(error) };
}
