/**
 * Transfers: the ledger of personal data that was shown to somebody outside of this cell.
 *
 * Owns the entries: which fields, about what, to whom, on what ground, and when.
 * Refuses to hold the data itself, and to change or delete an entry.
 * Invariant: the entry is committed before the data is sent.
 */
export { createTransfers, type Transfers } from './service.ts';
export { dataTransfers } from './tables.ts';
