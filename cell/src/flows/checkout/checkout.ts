import type { Partition, PartitionId } from '@commerce/contracts/ids';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { Job } from '@commerce/service/jobs';
import {
  runSaga,
  type Saga,
  type SagaObserver,
  type SagaResult,
  undoSaga,
} from '@commerce/service/saga';
import { type Answer, keptAnswer, type OnceAnswer } from '../../partitions/idempotency.ts';
import type { DurabilityLevel } from '../../partitions/replication/durability.ts';
import { placedAnswer, undoneAnswer, waitingAnswer } from './answers.ts';
import { createRecovery } from '../recovery.ts';
import { beginCheckout, type CheckoutRequest } from './begin.ts';
import {
  type Checkout,
  type CheckoutDeps,
  loadCheckout,
  requireGateway,
  writeCheckout,
} from './context.ts';
import { defineCheckout } from './steps.ts';

/**
 * Checkout: from a cart to placed and paid orders, exactly once, whoever comes first: the request, a
 * retry of it, the gateway's webhook, or recovery after a crash (I1, I2).
 */
export interface CheckoutFlow {
  /**
   * Orders that were placed are answered once the partition's standby has them, captures included.
   * @throws AppError before anything has happened; afterwards every outcome is an answer
   */
  checkOut(request: CheckoutRequest): Promise<CheckedOut>;
  /**
   * Carries a checkout on as far as it goes, and waits for the standby like `checkOut`.
   * @returns undefined where there is none
   */
  resume(partition: Partition, groupId: string): Promise<SagaResult | undefined>;
  /** The job that takes up checkouts that nobody carries on, and ends those that took too long. */
  recovery: Job;
}

export interface CheckedOut {
  readonly answer: OnceAnswer;
  readonly position: Position | undefined;
  /** What the orders of the answer are worth; undefined where it tells of none. */
  readonly durability: DurabilityLevel | undefined;
}

/** A checkout that could not be brought to its end is looked at again after this long. */
const RETRY_MS = 15_000;

export interface CheckoutFlowOptions {
  /** Tests stop or repeat steps here. */
  readonly observe?: SagaObserver;
}

const PLACED = 201;

export function createCheckoutFlow(
  deps: CheckoutDeps,
  options: CheckoutFlowOptions = {},
): CheckoutFlow {
  const saga: Saga<Checkout> = defineCheckout(deps);

  /** Checkouts that this process is carrying on right now, by group. */
  const underWay = new Map<string, Promise<SagaResult>>();

  const run = async (checkout: Checkout): Promise<SagaResult> => {
    const result = await runSaga(saga, checkout, options.observe);
    const { state, expiresAt } = checkout.group;
    // Only now, as the money may have come at the last moment.
    const late = state === 'pending' && expiresAt <= deps.clock.now();
    return result.kind === 'waiting' && late
      ? undoSaga(saga, checkout, 'expired', options.observe)
      : result;
  };

  const advance = (checkout: Checkout): Promise<SagaResult> => {
    const running = run(checkout).finally(() => underWay.delete(checkout.groupId));
    underWay.set(checkout.groupId, running);
    return running;
  };

  const answerOf = async (checkout: Checkout, result: SagaResult): Promise<Answer> => {
    if (checkout.answer !== undefined) return checkout.answer;
    if (result.kind === 'undone') return undoneAnswer(checkout, result.reason);
    const { state } = checkout.group;
    if (state === 'placed' || state === 'paid') {
      const rows = await deps.orders.ofGroup(deps.sql, checkout.partition, checkout.groupId);
      return placedAnswer(checkout, rows);
    }
    return waitingAnswer(checkout);
  };

  const resumeExisting = async (partition: Partition, groupId: string): Promise<Answer> => {
    await underWay.get(groupId)?.catch(() => undefined);
    const checkout = await loadCheckout(deps, partition, groupId);
    if (checkout === undefined) throw new Error(`the checkout ${groupId} has vanished`);
    return answerOf(checkout, await advance(checkout));
  };

  /** A shopper who gave up a challenge and pays in another way need not wait for it to expire. */
  const supersede = async (partition: Partition, groupId: PartitionId<'grp'>): Promise<void> => {
    const checkout = await loadCheckout(deps, partition, groupId);
    const abandoned =
      checkout?.group.state === 'pending' && checkout.payment.attemptState === 'requires-action';
    if (checkout !== undefined && abandoned) {
      const result = await undoSaga(saga, checkout, 'superseded', options.observe);
      if (result.kind === 'undone') return;
    }
    throw new AppError('checkout-in-progress', {
      extensions: { orderGroupId: groupId },
      retryAfterS: 2,
    });
  };

  const recover = async (partition: Partition, groupId: string): Promise<void> => {
    const checkout = await loadCheckout(deps, partition, groupId);
    if (checkout === undefined) return;
    // Put off first: a checkout that can't be ended must not keep the others waiting.
    await writeCheckout(deps, checkout, 'checkout.postpone', (work) =>
      deps.orders.postpone(work, groupId, new Date(deps.clock.nowMs() + RETRY_MS)),
    );
    const result = await advance(checkout);
    deps.log.info({ partition, id: groupId, state: result.kind }, 'checkout taken up again');
  };

  const settle = async (
    partition: Partition,
    answer: OnceAnswer,
    position: Position | undefined,
  ): Promise<CheckedOut> => {
    const isPlaced = answer.status === PLACED;
    const durability = isPlaced ? await deps.durability.confirm(partition, position) : undefined;
    return { answer, position, durability };
  };

  return {
    async checkOut(request) {
      const { partition } = request;
      requireGateway(deps, request.payment.gateway);
      let begun = await beginCheckout(deps, request);
      if (begun.result.kind === 'busy') {
        await supersede(partition, begun.result.groupId);
        begun = await beginCheckout(deps, request);
      }
      const { result, position } = begun;
      switch (result.kind) {
        case 'begun': {
          const outcome = await advance(result.checkout);
          const answer = { ...(await answerOf(result.checkout, outcome)), replayed: false };
          return settle(partition, answer, result.checkout.position ?? position);
        }
        case 'known': {
          const kept = keptAnswer(result.record);
          // Whoever got no answer to the first request may be the first to hear of the orders now.
          if (kept !== undefined) return settle(partition, kept, undefined);
          const answer = await resumeExisting(partition, result.record.resource ?? '');
          return settle(partition, { ...answer, replayed: true }, undefined);
        }
        case 'busy':
          throw new AppError('checkout-in-progress', {
            extensions: { orderGroupId: result.groupId },
            retryAfterS: 2,
          });
      }
    },

    async resume(partition, groupId) {
      const running = underWay.get(groupId);
      if (running !== undefined) return running;
      const checkout = await loadCheckout(deps, partition, groupId);
      if (checkout === undefined) return undefined;
      const result = await advance(checkout);
      if (checkout.position !== undefined) {
        await deps.durability.confirm(partition, checkout.position);
      }
      return result;
    },

    recovery: createRecovery({
      name: 'checkout-recovery',
      clock: deps.clock,
      listDue: async (now, limit) =>
        (await deps.orders.listDue(now, limit)).map(({ partition, groupId }) => ({
          partition,
          id: groupId,
        })),
      isUnderWay: (groupId) => underWay.has(groupId),
      carryOn: recover,
    }),
  };
}
