/**
 * States of an attempt at a gateway. `created` is the recorded intent: from there on the gateway may
 * know of it, whether or not its answer came. The last three are terminal.
 */
export const ATTEMPT_TRANSITIONS = {
  created: ['requires-action', 'authorized', 'declined', 'canceled'],
  'requires-action': ['authorized', 'declined', 'canceled'],
  authorized: ['captured', 'canceled'],
  captured: [],
  declined: [],
  canceled: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type AttemptState = keyof typeof ATTEMPT_TRANSITIONS;

/** States of a payment: what an order group owes and what was taken for it. */
export const PAYMENT_TRANSITIONS = {
  pending: ['authorized', 'failed'],
  authorized: ['partially-captured', 'captured', 'canceled'],
  // Where the market takes the money with each parcel.
  'partially-captured': ['captured'],
  // All that is to be taken was taken: together with what was let go, the whole amount.
  captured: [],
  failed: [],
  canceled: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type PaymentState = keyof typeof PAYMENT_TRANSITIONS;

/**
 * States of a movement of money after the authorisation: a capture, a refund, or letting go of what was
 * held. `created` is the recorded intent; the gateway may know of it.
 */
export const MOVE_TRANSITIONS = {
  created: ['done', 'refused'],
  done: [],
  refused: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type MoveState = keyof typeof MOVE_TRANSITIONS;

/** Whether an attempt has ended at the gateway for good. */
export function isTerminalAttempt(state: AttemptState): boolean {
  return ATTEMPT_TRANSITIONS[state].length === 0;
}

/** States from which a table allows a move to another one; for the WHERE of an update. */
export function statesBefore<State extends string>(
  transitions: Readonly<Record<State, readonly string[]>>,
  target: State,
): State[] {
  return (Object.keys(transitions) as State[]).filter((state) =>
    transitions[state].includes(target),
  );
}
