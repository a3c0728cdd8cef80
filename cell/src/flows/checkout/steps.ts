import { defineSaga, type Saga, type SagaStep, type StepOutcome } from '@commerce/service/saga';
import type { OrderRow } from '../../modules/orders/index.ts';
import type { GatewayOutcome } from '../../modules/payments/index.ts';
import { completeIdempotency } from '../../partitions/idempotency.ts';
import { placedAnswer, undoneAnswer } from './answers.ts';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import {
  capturesAtOnce,
  type Checkout,
  type CheckoutDeps,
  loadCheckout,
  requireGateway,
  resumeTime,
  writeCheckout,
} from './context.ts';

/**
 * The checkout, as a table of steps. The units are reserved and the payment's intent is recorded in
 * one transaction before the saga begins; `place-orders` is the pivot.
 *
 *   reserve-stock      ⇄  give the units back, open the cart
 *   authorize-payment  ⇄  bring the attempt to its end at the gateway
 *   place-orders       ⇄  close the group to placing          (pivot)
 *   capture-payment
 *
 * Undoing closes the group to placing *first*, so that nobody can place an order whose payment is
 * being let go at that moment.
 */

const DONE: StepOutcome = { kind: 'done' };
const WAIT: StepOutcome = { kind: 'wait' };

async function refresh(deps: CheckoutDeps, checkout: Checkout): Promise<void> {
  const fresh = await loadCheckout(deps, checkout.partition, checkout.groupId);
  if (fresh === undefined) throw new Error(`the checkout ${checkout.groupId} has vanished`);
  checkout.group = fresh.group;
  checkout.payment = fresh.payment;
}

function reserveStock(deps: CheckoutDeps): SagaStep<Checkout> {
  return {
    name: 'reserve-stock',
    run: async ({ group }) =>
      group.state === 'canceling' || group.state === 'canceled'
        ? { kind: 'refused', reason: group.cancelReason ?? 'expired' }
        : DONE,

    async undo(checkout, reason) {
      const { group, payment } = checkout;
      const at = deps.clock.now();
      await writeCheckout(deps, checkout, 'checkout.cancel', async (work) => {
        if (!(await deps.orders.cancel(work, group.id, at))) return;
        const end = reason === 'declined' ? 'declined' : 'canceled';
        await Promise.all([
          deps.inventory.release(work, group.id),
          deps.payments.fail(
            work,
            payment,
            group.id,
            { state: end, declineCode: payment.declineCode },
            at,
          ),
          deps.carts.reopen(work, group.cartId, group.id, at),
          completeIdempotency(work, group.id, undoneAnswer(checkout, reason)),
        ]);
      });
      return DONE;
    },
  };
}

/** What the gateway says of the attempt, asking again under the same key where nothing is known. */
async function authorize(
  deps: CheckoutDeps,
  { payment, partition }: Checkout,
): Promise<GatewayOutcome> {
  const gateway = requireGateway(deps, payment.gateway);
  const known =
    payment.attemptState === 'requires-action' ? await gateway.find(payment.attemptId) : undefined;
  if (known !== undefined) return known;
  return gateway.authorize({
    attemptId: payment.attemptId,
    partition,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    token: payment.token ?? '',
    ...(payment.returnUrl !== null && { returnUrl: payment.returnUrl }),
  });
}

function authorizePayment(deps: CheckoutDeps): SagaStep<Checkout> {
  return {
    name: 'authorize-payment',

    async run(checkout) {
      const { payment, group } = checkout;
      if (group.state !== 'pending') return DONE;
      const outcome = await authorize(deps, checkout);
      switch (outcome.kind) {
        case 'authorized':
        case 'captured':
          checkout.authorizedAs = outcome.gatewayPaymentId;
          return DONE;
        case 'requires-action':
          if (payment.attemptState === 'created') {
            await writeCheckout(deps, checkout, 'checkout.require-action', (work) =>
              Promise.all([
                deps.payments.requireAction(work, payment, outcome, deps.clock.now()),
                deps.orders.postpone(work, group.id, group.expiresAt),
              ]),
            );
            checkout.payment = {
              ...payment,
              attemptState: 'requires-action',
              actionUrl: outcome.actionUrl,
              gatewayPaymentId: outcome.gatewayPaymentId,
            };
          }
          return WAIT;
        case 'declined':
          checkout.payment = { ...payment, declineCode: outcome.declineCode };
          return { kind: 'refused', reason: 'declined' };
        case 'canceled':
          return { kind: 'refused', reason: 'expired' };
        case 'refused':
          return { kind: 'refused', reason: 'refused' };
        case 'unknown':
          return WAIT;
      }
    },

    async undo(checkout) {
      const { payment } = checkout;
      const gateway = requireGateway(deps, payment.gateway);
      // An attempt that the gateway has not heard of may still be on its way there: asking for it
      // under its own key makes it known, and then it can be ended for good.
      const outcome = (await gateway.find(payment.attemptId)) ?? (await authorize(deps, checkout));
      if (outcome.kind === 'declined' || outcome.kind === 'canceled') return DONE;
      if (outcome.kind === 'refused') return DONE;
      if (outcome.kind === 'unknown') return WAIT;
      const ended = await gateway.cancel(payment.attemptId, outcome.gatewayPaymentId);
      return ended.kind === 'canceled' || ended.kind === 'declined' ? DONE : WAIT;
    },
  };
}

function placeOrders(deps: CheckoutDeps): SagaStep<Checkout> {
  return {
    name: 'place-orders',

    async run(checkout) {
      const { group, payment, authorizedAs } = checkout;
      if (group.state === 'placed' || group.state === 'paid') return DONE;
      const at = deps.clock.now();
      const placed = await writeCheckout(deps, checkout, 'checkout.place', async (work) => {
        const resumeAt = capturesAtOnce(group) ? resumeTime(at) : null;
        const allocations = await deps.orders.place(work, group, at, resumeAt);
        if (allocations === undefined) return false;
        await Promise.all([
          deps.payments.authorize(work, payment, authorizedAs ?? '', allocations, at),
          deps.inventory.commit(work, group.id),
          deps.carts.close(work, group.cartId, group.id, at),
        ]);
        checkout.group = { ...group, state: 'placed', placedAt: at };
        checkout.payment = {
          ...payment,
          state: 'authorized',
          attemptState: 'authorized',
          gatewayPaymentId: authorizedAs ?? null,
          actionUrl: null,
        };
        if (!capturesAtOnce(group)) {
          const rows = await deps.orders.ofGroup({ query: work.read }, work.partition, group.id);
          answerPlaced(work, checkout, rows);
        }
        return true;
      });
      if (placed) return DONE;
      // Somebody else was first: with placing it, or with undoing it.
      await refresh(deps, checkout);
      return checkout.group.state === 'canceling' || checkout.group.state === 'canceled'
        ? { kind: 'refused', reason: checkout.group.cancelReason ?? 'expired' }
        : DONE;
    },

    async undo(checkout, reason) {
      const { group } = checkout;
      if (group.state === 'canceling' || group.state === 'canceled') return DONE;
      const at = deps.clock.now();
      const closed = await writeCheckout(deps, checkout, 'checkout.start-cancel', (work) =>
        deps.orders.startCancel(work, group.id, reason, at, resumeTime(at)),
      );
      if (closed) {
        checkout.group = { ...group, state: 'canceling', cancelReason: reason };
        return DONE;
      }
      await refresh(deps, checkout);
      return checkout.group.state === 'placed' || checkout.group.state === 'paid'
        ? { kind: 'refused', reason: 'the orders are placed' }
        : DONE;
    },
  };
}

function answerPlaced(work: PartitionWork, checkout: Checkout, rows: readonly OrderRow[]): void {
  checkout.answer = placedAnswer(checkout, rows);
  completeIdempotency(work, checkout.groupId, checkout.answer);
}

function capturePayment(deps: CheckoutDeps): SagaStep<Checkout> {
  return {
    name: 'capture-payment',
    async run(checkout) {
      const { group, payment } = checkout;
      if (group.state === 'paid' || !capturesAtOnce(group)) return DONE;
      const gateway = requireGateway(deps, payment.gateway);
      const gatewayPaymentId = payment.gatewayPaymentId ?? checkout.authorizedAs ?? '';
      const outcome = await gateway.capture(
        payment.attemptId,
        gatewayPaymentId,
        payment.amountMinor,
      );
      if (outcome.kind !== 'captured') return WAIT;
      const at = deps.clock.now();
      await writeCheckout(deps, checkout, 'checkout.capture', async (work) => {
        // One round trip: where the capture was booked before, the orders were paid with it, and
        // nothing changes.
        const [isNew, , rows] = await Promise.all([
          deps.payments.capture(work, payment, group.id, at),
          deps.orders.markPaid(work, group, at),
          deps.orders.ofGroup({ query: work.read }, work.partition, group.id),
        ]);
        if (!isNew) return;
        checkout.group = { ...group, state: 'paid' };
        checkout.payment = {
          ...payment,
          state: 'captured',
          attemptState: 'captured',
          capturedMinor: payment.amountMinor,
        };
        answerPlaced(work, checkout, rows);
      });
      return DONE;
    },
  };
}

/** The saga of one checkout. */
export function defineCheckout(deps: CheckoutDeps): Saga<Checkout> {
  return defineSaga({
    name: 'checkout',
    steps: [reserveStock(deps), authorizePayment(deps), placeOrders(deps), capturePayment(deps)],
    pivot: 'place-orders',
  });
}
