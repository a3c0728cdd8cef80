/**
 * The audit log of operations. Owns what operators did, in the order in which it became known, each
 * entry chained to the one before by a hash. It refuses entries of anybody but the operators' tools.
 *
 * Invariants: an entry is never changed or removed, and numbers have no gaps, so that both would
 * show; an entry that is sent twice is there once.
 */
export { registerAuditRoutes } from './routes.ts';
export { type AuditService, createAudit } from './service.ts';
export { tables } from './tables.ts';
