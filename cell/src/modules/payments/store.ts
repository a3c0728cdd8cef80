import { statement } from '@commerce/engines/sql/sql';
import { writeStatement } from '../../partitions/write-statement.ts';
import { ATTEMPT_TRANSITIONS, PAYMENT_TRANSITIONS, statesBefore } from './state.ts';
import type { AttemptState, PaymentState } from './state.ts';
import { paymentAllocations, paymentAttempts, payments } from './tables.ts';

/** The only SQL over payments. An update names the states that its transition may come from. */

export interface PaymentRow {
  readonly payment_id: string;
  readonly payment_state: PaymentState;
  readonly currency: string;
  readonly amount_minor: bigint;
  readonly captured_minor: bigint;
  readonly refunded_minor: bigint;
  readonly released_minor: bigint;
  readonly attempt_id: string;
  readonly attempt_state: AttemptState;
  readonly gateway: string;
  readonly token: string | null;
  readonly gateway_payment_id: string | null;
  readonly action_url: string | null;
  readonly return_url: string | null;
  readonly decline_code: string | null;
}

export const insertPayment = writeStatement(
  payments,
  'payments.insert',
  `INSERT INTO payments AS t (partition, id, order_group_id, state, currency, amount_minor,
     captured_minor, refunded_minor, created_at, updated_at)
   VALUES ($1, $2, $3, 'pending', $4, $5, 0, 0, $6, $6)`,
);

export const insertAttempt = writeStatement(
  paymentAttempts,
  'payments.insert-attempt',
  `INSERT INTO payment_attempts AS t (partition, id, payment_id, order_group_id, gateway, state,
     token, return_url, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, 'created', $6, $7, $8, $8)`,
);

/** The payment of a group with its newest attempt. */
export const findByGroup = statement<PaymentRow>(
  'payments.find-by-group',
  `SELECT p.id AS payment_id, p.state AS payment_state, p.currency, p.amount_minor,
          p.captured_minor, p.refunded_minor, p.released_minor, a.id AS attempt_id, a.state AS attempt_state,
          a.gateway, a.token, a.gateway_payment_id, a.action_url, a.return_url, a.decline_code
   FROM payments p
   JOIN payment_attempts a ON a.partition = p.partition AND a.order_group_id = p.order_group_id
   WHERE p.partition = $1 AND p.order_group_id = $2
   ORDER BY a.created_at DESC, a.id DESC LIMIT 1`,
);

export const findAttempt = statement<{
  order_group_id: string;
  state: AttemptState;
  payment_state: PaymentState;
  gateway: string;
}>(
  'payments.find-attempt',
  `SELECT a.order_group_id, a.state, a.gateway, p.state AS payment_state
   FROM payment_attempts a
   JOIN payments p ON p.partition = a.partition AND p.id = a.payment_id
   WHERE a.partition = $1 AND a.id = $2`,
);

const before = (target: AttemptState): string =>
  statesBefore(ATTEMPT_TRANSITIONS, target)
    .map((state) => `'${state}'`)
    .join(', ');
const paymentBefore = (target: PaymentState): string =>
  statesBefore(PAYMENT_TRANSITIONS, target)
    .map((state) => `'${state}'`)
    .join(', ');

export const attemptRequiresAction = writeStatement(
  paymentAttempts,
  'payments.attempt-requires-action',
  `UPDATE payment_attempts AS t SET state = 'requires-action', gateway_payment_id = $3,
     action_url = $4, updated_at = $5
   WHERE t.partition = $1 AND t.id = $2 AND t.state IN (${before('requires-action')})`,
);

/** Terminal or authorised: the token is not needed any more and is forgotten. */
function attemptMove(target: AttemptState) {
  return writeStatement<{ id: string }>(
    paymentAttempts,
    `payments.attempt-${target}`,
    `UPDATE payment_attempts AS t SET state = '${target}', token = NULL, action_url = NULL,
       return_url = NULL,
       gateway_payment_id = coalesce($3, t.gateway_payment_id), decline_code = $4, updated_at = $5
     WHERE t.partition = $1 AND t.id = $2 AND t.state IN (${before(target)})`,
    't.id',
  );
}

function paymentMove(target: PaymentState, captured: string) {
  return writeStatement<{ id: string }>(
    payments,
    `payments.${target}`,
    `UPDATE payments AS t SET state = '${target}', captured_minor = ${captured}, updated_at = $3
     WHERE t.partition = $1 AND t.id = $2 AND t.state IN (${paymentBefore(target)})`,
    't.id',
  );
}

export const attemptMoves = {
  authorized: attemptMove('authorized'),
  captured: attemptMove('captured'),
  declined: attemptMove('declined'),
  canceled: attemptMove('canceled'),
} as const;

export const paymentMoves = {
  authorized: paymentMove('authorized', 't.captured_minor'),
  captured: paymentMove('captured', 't.amount_minor'),
  failed: paymentMove('failed', 't.captured_minor'),
  canceled: paymentMove('canceled', 't.captured_minor'),
} as const;

export const insertAllocations = writeStatement(
  paymentAllocations,
  'payments.insert-allocations',
  `INSERT INTO payment_allocations AS t (partition, payment_id, order_id, amount_minor)
   SELECT $1, $2, a.order_id, a.amount_minor
   FROM unnest($3::text[], $4::int8[]) AS a (order_id, amount_minor)`,
);

export const listTouched = statement<{
  payment_id: string;
  order_group_id: string;
  state: string;
  gateway: string;
  attempt_id: string;
  gateway_payment_id: string | null;
  currency: string;
  amount_minor: bigint;
  captured_minor: bigint;
}>(
  'payments.list-touched',
  `SELECT p.id AS payment_id, p.order_group_id, p.state, a.gateway, a.id AS attempt_id,
     a.gateway_payment_id, p.currency, p.amount_minor, p.captured_minor
   FROM payments p
   JOIN payment_attempts a ON a.partition = p.partition AND a.payment_id = p.id
   WHERE p.partition = $1 AND p.order_group_id IN (
     SELECT c.value->'row'->>'order_group_id' FROM change_log l
     CROSS JOIN LATERAL json_array_elements(l.changes::json) AS c (value)
     WHERE l.partition = $1 AND l.version > $2
       AND c.value->>'table' IN ('payments', 'payment_attempts')
   )
   ORDER BY p.id, a.id`,
);
