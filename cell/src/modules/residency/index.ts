/**
 * Owns: the evidence of what personal data the cell holds and where, read from its stores as they are.
 * Refuses: callers without a service token of the control plane or of an operator's `cellctl`.
 * Invariants: an answer holds counts and names of things, never a value out of a row; what the
 * database has and nobody declared is in it, not left out; the same state gives the same answer.
 */
export { registerResidencyRoutes } from './routes.ts';
export { createResidency, type Residency } from './service.ts';
export { listStorePlaces, type StorePlaces } from './stores.ts';
