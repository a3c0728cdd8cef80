/**
 * Payments: what an order group owes, each try to take it, and which order it pays.
 *
 * Owns payments, their attempts at gateways, their allocation to orders, and each later movement of money.
 * Refuses to call a gateway inside a transaction, and to hold a card number: a token is all it sees,
 * and that is forgotten when its attempt ends.
 * Invariants: a payment belongs to one order group; its allocations sum to it exactly (I2);
 * refunded ≤ captured and captured + released ≤ amount; the id of an attempt and of a movement is known here
 * before any gateway hears of it.
 */
export type {
  GatewayOutcome,
  MoveOutcome,
  PaymentGateway,
  TestCard,
} from './gateways/gateway.ts';
export { createSandboxGateway } from './gateways/sandbox.ts';
export { createMoneyMoves, endsHold, type MoneyMove, type MoneyMoves } from './moves.ts';
export { createPayments, type GroupPayment, type Payments } from './service.ts';
export { type AttemptState, isTerminalAttempt, type PaymentState } from './state.ts';
export { paymentAllocations, paymentAttempts, paymentMoves, payments } from './tables.ts';
