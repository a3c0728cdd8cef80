import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import { MOVE_TRANSITIONS, type MoveState, statesBefore } from './state.ts';
import { paymentMoves, payments } from './tables.ts';

/** The only SQL over movements of money. */

export interface MoveRow {
  readonly id: string;
  readonly cause: string;
  readonly kind: 'capture' | 'refund' | 'release';
  readonly amount_minor: bigint;
  readonly state: MoveState;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const insertMove = writeStatement(
  paymentMoves,
  'payments.insert-move',
  `INSERT INTO payment_moves AS t (partition, id, payment_id, order_group_id, cause, kind,
     amount_minor, state, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, 'created', $8, $8)`,
);

export const listMoves = statement<MoveRow>(
  'payments.list-moves',
  `SELECT id, cause, kind, amount_minor, state, reason, created_at, updated_at FROM payment_moves
   WHERE partition = $1 AND order_group_id = $2 ORDER BY id`,
);

function endMove(target: 'done' | 'refused') {
  const before = statesBefore(MOVE_TRANSITIONS, target).map((state) => `'${state}'`);
  return writeStatement<{ id: string }>(
    paymentMoves,
    `payments.move-${target}`,
    `UPDATE payment_moves AS t SET state = '${target}', reason = $3, updated_at = $4
     WHERE t.partition = $1 AND t.id = $2 AND t.state IN (${before.join(', ')})`,
    't.id',
  );
}

export const endMoves = { done: endMove('done'), refused: endMove('refused') } as const;

/** Adds to the amounts of a payment; the table's checks refuse to go beyond them (I2). */
export const bookAmounts = writeStatement(
  payments,
  'payments.book-amounts',
  `UPDATE payments AS t SET captured_minor = t.captured_minor + $3,
     refunded_minor = t.refunded_minor + $4, released_minor = t.released_minor + $5, state = $6,
     updated_at = $7
   WHERE t.partition = $1 AND t.id = $2`,
);
