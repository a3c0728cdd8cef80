import { newPartitionId, type PartitionId } from '@commerce/contracts/ids';
import { type Minor, minor, sumMinor } from '@commerce/contracts/money';
import { paymentStateChanged } from '@commerce/contracts/events';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Partition } from '@commerce/contracts/ids';
import type { ListTouchedPayments } from '../../partitions/roles/divergences.ts';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import type { GatewayOutcome } from './gateways/gateway.ts';
import type { AttemptState, PaymentState } from './state.ts';
import {
  attemptMoves,
  attemptRequiresAction,
  findAttempt,
  findByGroup,
  insertAllocations,
  insertAttempt,
  insertPayment,
  listTouched,
  type PaymentRow,
  paymentMoves,
} from './store.ts';

/** The payment of an order group with its newest attempt. */
export interface GroupPayment {
  readonly paymentId: PartitionId<'pay'>;
  readonly state: PaymentState;
  readonly currency: string;
  readonly amountMinor: Minor;
  readonly capturedMinor: Minor;
  readonly refundedMinor: Minor;
  /** Held once, and never to be taken. */
  readonly releasedMinor: Minor;
  readonly attemptId: PartitionId<'att'>;
  readonly attemptState: AttemptState;
  readonly gateway: string;
  readonly token: string | null;
  readonly gatewayPaymentId: string | null;
  readonly actionUrl: string | null;
  /** Where the gateway sends the shopper after a challenge. */
  readonly returnUrl: string | null;
  readonly declineCode: string | null;
}

/** What a payment is for. */
export interface PaymentIntent {
  readonly groupId: PartitionId<'grp'>;
  readonly gateway: string;
  readonly token: string;
  readonly currency: string;
  readonly amountMinor: Minor;
  readonly returnUrl: string | null;
}

export interface Payments {
  /** Records the intent, before the gateway is called. */
  begin(work: PartitionWork, intent: PaymentIntent, at: Date): Promise<GroupPayment>;
  /** Payments that records of the partition's log after a version have touched, by attempt. */
  readonly listTouched: ListTouchedPayments;
  /** Reads the payment of a group; in a unit of work, or outside. */
  findByGroup(
    reader: SqlReader,
    partition: Partition,
    groupId: string,
  ): Promise<GroupPayment | undefined>;
  /** Which group an attempt belongs to, and how far it is; for webhooks. */
  findAttempt(
    partition: Partition,
    attemptId: string,
  ): Promise<
    | {
        groupId: PartitionId<'grp'>;
        gateway: string;
        state: AttemptState;
        paymentState: PaymentState;
      }
    | undefined
  >;
  /** Keeps that the shopper must do something first, and where. */
  requireAction(
    work: PartitionWork,
    payment: GroupPayment,
    outcome: Extract<GatewayOutcome, { kind: 'requires-action' }>,
    at: Date,
  ): Promise<void>;
  /**
   * Books the authorisation onto the orders of the group.
   * @param allocations what each order costs; they sum to the payment (I2)
   */
  authorize(
    work: PartitionWork,
    payment: GroupPayment,
    gatewayPaymentId: string,
    allocations: readonly { readonly orderId: string; readonly amountMinor: Minor }[],
    at: Date,
  ): Promise<void>;
  /** Books the capture of the whole amount. @returns false where it was booked before */
  capture(work: PartitionWork, payment: GroupPayment, groupId: string, at: Date): Promise<boolean>;
  /** Ends a payment that came to nothing. */
  fail(
    work: PartitionWork,
    payment: GroupPayment,
    groupId: string,
    end: { readonly state: 'declined' | 'canceled'; readonly declineCode: string | null },
    at: Date,
  ): Promise<void>;
}

function toGroupPayment(row: PaymentRow): GroupPayment {
  return {
    paymentId: row.payment_id as PartitionId<'pay'>,
    state: row.payment_state,
    currency: row.currency,
    amountMinor: minor(row.amount_minor),
    capturedMinor: minor(row.captured_minor),
    refundedMinor: minor(row.refunded_minor),
    releasedMinor: minor(row.released_minor),
    attemptId: row.attempt_id as PartitionId<'att'>,
    attemptState: row.attempt_state,
    gateway: row.gateway,
    token: row.token,
    gatewayPaymentId: row.gateway_payment_id,
    actionUrl: row.action_url,
    returnUrl: row.return_url,
    declineCode: row.decline_code,
  };
}

/** Tells of a payment's new state. */
export function emitChange(
  work: PartitionWork,
  payment: GroupPayment,
  groupId: string,
  to: PaymentState,
  at: Date,
): void {
  work.emit(paymentStateChanged, payment.paymentId, {
    paymentId: payment.paymentId,
    orderGroupId: groupId,
    from: payment.state,
    to,
    amountMinor: Number(payment.amountMinor),
    currency: payment.currency,
    at: at.toISOString(),
  });
}

export function createPayments({ sql }: { readonly sql: Sql }): Payments {
  return {
    async begin(work, intent, at) {
      const { partition } = work;
      const paymentId = newPartitionId('pay', partition);
      const attemptId = newPartitionId('att', partition);
      const { groupId, gateway, token, currency, amountMinor, returnUrl } = intent;
      work.send(insertPayment, [partition, paymentId, groupId, currency, amountMinor, at]);
      work.send(insertAttempt, [
        partition,
        attemptId,
        paymentId,
        groupId,
        gateway,
        token,
        returnUrl,
        at,
      ]);
      return {
        paymentId,
        state: 'pending',
        currency,
        amountMinor,
        capturedMinor: minor(0),
        refundedMinor: minor(0),
        releasedMinor: minor(0),
        attemptId,
        attemptState: 'created',
        gateway,
        token,
        gatewayPaymentId: null,
        actionUrl: null,
        returnUrl,
        declineCode: null,
      };
    },

    async listTouched(reader, partition, afterVersion) {
      const rows = await reader.query(listTouched, [partition, afterVersion]);
      return rows.map((row) => ({
        paymentId: row.payment_id,
        orderGroupId: row.order_group_id,
        state: row.state,
        gateway: row.gateway,
        attemptId: row.attempt_id,
        gatewayPaymentId: row.gateway_payment_id,
        currency: row.currency,
        amountMinor: row.amount_minor,
        capturedMinor: row.captured_minor,
      }));
    },

    async findByGroup(reader, partition, groupId) {
      const [row] = await reader.query(findByGroup, [partition, groupId]);
      return row === undefined ? undefined : toGroupPayment(row);
    },

    async findAttempt(partition, attemptId) {
      const [row] = await sql.query(findAttempt, [partition, attemptId]);
      if (row === undefined) return undefined;
      return {
        groupId: row.order_group_id as PartitionId<'grp'>,
        gateway: row.gateway,
        state: row.state,
        paymentState: row.payment_state,
      };
    },

    async requireAction(work, payment, outcome, at) {
      await work.write(attemptRequiresAction, [
        work.partition,
        payment.attemptId,
        outcome.gatewayPaymentId,
        outcome.actionUrl,
        at,
      ]);
    },

    async authorize(work, payment, gatewayPaymentId, allocations, at) {
      if (sumMinor(allocations.map((entry) => entry.amountMinor)) !== payment.amountMinor) {
        throw new Error(`the orders of payment ${payment.paymentId} do not sum to it`);
      }
      const { partition } = work;
      work.send(attemptMoves.authorized, [
        partition,
        payment.attemptId,
        gatewayPaymentId,
        null,
        at,
      ]);
      work.send(paymentMoves.authorized, [partition, payment.paymentId, at]);
      work.send(insertAllocations, [
        partition,
        payment.paymentId,
        allocations.map((entry) => entry.orderId),
        allocations.map((entry) => entry.amountMinor),
      ]);
    },

    async capture(work, payment, groupId, at) {
      const { partition } = work;
      const [moved] = await Promise.all([
        work.write(paymentMoves.captured, [partition, payment.paymentId, at]),
        work.write(attemptMoves.captured, [partition, payment.attemptId, null, null, at]),
      ]);
      if (moved.length === 0) return false;
      emitChange(work, payment, groupId, 'captured', at);
      return true;
    },

    async fail(work, payment, groupId, end, at) {
      const { partition } = work;
      await Promise.all([
        work.write(attemptMoves[end.state], [
          partition,
          payment.attemptId,
          null,
          end.declineCode,
          at,
        ]),
        work.write(paymentMoves.failed, [partition, payment.paymentId, at]),
      ]);
      emitChange(work, payment, groupId, 'failed', at);
    },
  };
}
