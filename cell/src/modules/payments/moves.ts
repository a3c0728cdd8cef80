import { paymentMoneyMoved } from '@commerce/contracts/events';
import { newPartitionId, type Partition, type PartitionId } from '@commerce/contracts/ids';
import { type Minor, minor, minorToJson, ZERO } from '@commerce/contracts/money';
import type { SqlReader } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { bookAmounts, endMoves, insertMove, listMoves, type MoveRow } from './moves-store.ts';
import { emitChange, type GroupPayment } from './service.ts';
import { type MoveState, PAYMENT_TRANSITIONS, type PaymentState } from './state.ts';
import { attemptMoves } from './store.ts';

/** Money of a payment that is taken, given back or let go, for one change or shipment. */
export interface MoneyMove {
  readonly id: PartitionId<'mov'>;
  readonly groupId: string;
  /** Id of that change or shipment. */
  readonly cause: string;
  readonly kind: 'capture' | 'refund' | 'release';
  readonly amountMinor: Minor;
  readonly state: MoveState;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface MoneyMoves {
  /**
   * Records the intent, before the gateway is called. A refund and a release count from here on, so
   * that nobody gives the same money back twice.
   * @throws Error of the database's checks where it is more than there is (I2)
   */
  begin(
    work: PartitionWork,
    payment: GroupPayment,
    move: {
      readonly groupId: string;
      readonly cause: string;
      readonly kind: MoneyMove['kind'];
      readonly amountMinor: Minor;
    },
    at: Date,
  ): MoneyMove;
  /** All of a group, the oldest first. */
  ofGroup(reader: SqlReader, partition: Partition, groupId: string): Promise<MoneyMove[]>;
  /**
   * Books what the gateway did, or would not do.
   * @param payment as read in the same unit of work
   * @returns false where it was booked before
   */
  end(
    work: PartitionWork,
    payment: GroupPayment,
    move: MoneyMove,
    outcome: { readonly state: 'done' | 'refused'; readonly reason: string | null },
    at: Date,
  ): Promise<boolean>;
}

/** Whether after a movement nothing of a payment is held any more without having been taken. */
export function endsHold(payment: GroupPayment): boolean {
  return payment.capturedMinor + payment.releasedMinor === payment.amountMinor;
}

function toMove(groupId: string, row: MoveRow): MoneyMove {
  return {
    id: row.id as PartitionId<'mov'>,
    groupId,
    cause: row.cause,
    kind: row.kind,
    amountMinor: minor(row.amount_minor),
    state: row.state,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

interface Amounts {
  readonly capturedMinor: Minor;
  readonly refundedMinor: Minor;
  readonly releasedMinor: Minor;
}

/** What a movement adds to a payment, when it is begun and when it is done; it is taken off where it is refused. */
function amountsOf(move: Pick<MoneyMove, 'kind' | 'amountMinor'>): {
  readonly begun: Amounts;
  readonly done: Amounts;
} {
  const nothing = { capturedMinor: ZERO, refundedMinor: ZERO, releasedMinor: ZERO };
  const { amountMinor } = move;
  switch (move.kind) {
    case 'capture':
      return { begun: nothing, done: { ...nothing, capturedMinor: amountMinor } };
    case 'refund':
      return { begun: { ...nothing, refundedMinor: amountMinor }, done: nothing };
    case 'release':
      return { begun: { ...nothing, releasedMinor: amountMinor }, done: nothing };
  }
}

/** State of a payment after amounts were booked and no more is known to be under way. */
function stateAfter(payment: GroupPayment): PaymentState {
  if (payment.capturedMinor === 0n) {
    return endsHold(payment) && payment.state === 'authorized' ? 'canceled' : payment.state;
  }
  return endsHold(payment) ? 'captured' : 'partially-captured';
}

function book(
  work: PartitionWork,
  payment: GroupPayment,
  added: Amounts,
  toState: (after: GroupPayment) => PaymentState,
  context: { readonly groupId: string; readonly at: Date },
): void {
  const after = {
    ...payment,
    capturedMinor: minor(payment.capturedMinor + added.capturedMinor),
    refundedMinor: minor(payment.refundedMinor + added.refundedMinor),
    releasedMinor: minor(payment.releasedMinor + added.releasedMinor),
  };
  const state = toState(after);
  const known: readonly string[] = PAYMENT_TRANSITIONS[payment.state];
  if (state !== payment.state && !known.includes(state)) {
    throw new Error(`a payment can't go from ${payment.state} to ${state}`);
  }
  work.send(bookAmounts, [
    work.partition,
    payment.paymentId,
    added.capturedMinor,
    added.refundedMinor,
    added.releasedMinor,
    state,
    context.at,
  ]);
  if (state === payment.state) return;
  emitChange(work, payment, context.groupId, state, context.at);
  if (state === 'canceled') {
    work.send(attemptMoves.canceled, [work.partition, payment.attemptId, null, null, context.at]);
  }
}

export function createMoneyMoves(): MoneyMoves {
  return {
    begin(work, payment, { groupId, cause, kind, amountMinor }, at) {
      const id = newPartitionId('mov', work.partition);
      const { partition } = work;
      work.send(insertMove, [
        partition,
        id,
        payment.paymentId,
        groupId,
        cause,
        kind,
        amountMinor,
        at,
      ]);
      book(work, payment, amountsOf({ kind, amountMinor }).begun, () => payment.state, {
        groupId,
        at,
      });
      const times = { createdAt: at, updatedAt: at };
      return { id, groupId, cause, kind, amountMinor, state: 'created', ...times };
    },

    async ofGroup(reader, partition, groupId) {
      const rows = await reader.query(listMoves, [partition, groupId]);
      return rows.map((row) => toMove(groupId, row));
    },

    async end(work, payment, move, { state, reason }, at) {
      const { partition } = work;
      const ended = await work.write(endMoves[state], [partition, move.id, reason, at]);
      if (ended.length === 0) return false;
      const { groupId } = move;
      const { begun, done } = amountsOf(move);
      const added =
        state === 'done'
          ? done
          : {
              capturedMinor: ZERO,
              refundedMinor: minor(-begun.refundedMinor),
              releasedMinor: minor(-begun.releasedMinor),
            };
      book(work, payment, added, stateAfter, { groupId, at });
      if (state !== 'done') return true;
      if (move.kind === 'capture') {
        work.send(attemptMoves.captured, [partition, payment.attemptId, null, null, at]);
      }
      work.emit(paymentMoneyMoved, payment.paymentId, {
        paymentId: payment.paymentId,
        moveId: move.id,
        cause: move.cause,
        kind: move.kind,
        amountMinor: minorToJson(move.amountMinor),
        currency: payment.currency,
        at: at.toISOString(),
      });
      return true;
    },
  };
}
