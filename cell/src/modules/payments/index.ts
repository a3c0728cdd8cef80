/**
 * Payments: what an order group owes, each try to take it, and which order it pays.
 *
 * Owns payments, their attempts at gateways and their allocation to orders.
 * Refuses to call a gateway inside a transaction, and to hold a card number: a token is all it sees,
 * and that is forgotten when its attempt ends.
 * Invariants: a payment belongs to one order group; its allocations sum to it exactly (I2);
 * refunded ≤ captured ≤ amount; an attempt's id is known here before any gateway hears of it.
 */
export type { GatewayOutcome, PaymentGateway, TestCard } from './gateways/gateway.ts';
export { createSandboxGateway } from './gateways/sandbox.ts';
export { createPayments, type GroupPayment, type Payments } from './service.ts';
export { type AttemptState, isTerminalAttempt, type PaymentState } from './state.ts';
export { paymentAllocations, paymentAttempts, payments } from './tables.ts';
