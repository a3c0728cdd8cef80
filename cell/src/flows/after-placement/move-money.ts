import type { Partition } from '@commerce/contracts/ids';
import type { StepOutcome } from '@commerce/service/saga';
import {
  endsHold,
  type GroupPayment,
  type MoneyMove,
  type MoveOutcome,
} from '../../modules/payments/index.ts';
import { requireGateway } from '../checkout/context.ts';
import type { AfterPlacementDeps } from './context.ts';

/**
 * Moves money at the gateway, under the movement's id. It may be called again: the gateway gives the
 * same answer to the same key.
 */
export async function moveAtGateway(
  deps: Pick<AfterPlacementDeps, 'gateways'>,
  payment: GroupPayment,
  move: MoneyMove,
): Promise<MoveOutcome> {
  const gateway = requireGateway(deps, payment.gateway);
  const gatewayPaymentId = payment.gatewayPaymentId ?? '';
  const request = { moveId: move.id, gatewayPaymentId, amountMinor: move.amountMinor };
  switch (move.kind) {
    case 'refund':
      return gateway.refund(request);
    case 'capture':
      return gateway.captureShare(request);
    case 'release': {
      // Gateways let go of a payment as a whole; a part is let go by never being captured.
      if (payment.capturedMinor > 0n || !endsHold(payment)) return { kind: 'done' };
      const outcome = await gateway.cancel(payment.attemptId, gatewayPaymentId);
      if (outcome.kind === 'canceled' || outcome.kind === 'declined') return { kind: 'done' };
      return outcome.kind === 'unknown'
        ? { kind: 'unknown' }
        : { kind: 'refused', reason: `The payment is ${outcome.kind}.` };
    }
  }
}

/** A cause whose money has to move: what was decided, and how far it is. */
export interface MovingMoney {
  readonly partition: Partition;
  readonly groupId: string;
  readonly cause: string;
  /** What the gateway said, by movement; set by the step that asked it. */
  readonly said: Map<string, Exclude<MoveOutcome, { kind: 'unknown' }>>;
}

/**
 * Asks the gateway to move all that a cause has to move and that has not ended.
 * @returns `wait` where an answer is missing
 */
export async function moveAll(deps: AfterPlacementDeps, moving: MovingMoney): Promise<StepOutcome> {
  const { partition, groupId, cause } = moving;
  const [payment, moves] = await Promise.all([
    deps.payments.findByGroup(deps.sql, partition, groupId),
    deps.moves.ofGroup(deps.sql, partition, groupId),
  ]);
  if (payment === undefined) throw new Error(`the payment of ${groupId} has vanished`);
  const open = moves.filter((move) => move.cause === cause && move.state === 'created');
  for (const move of open) {
    const outcome = await moveAtGateway(deps, payment, move);
    if (outcome.kind === 'unknown') return { kind: 'wait' };
    moving.said.set(move.id, outcome);
  }
  return { kind: 'done' };
}
