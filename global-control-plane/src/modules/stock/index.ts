/**
 * Stock in escrow. Owns the units on hand of each variant, what each cell may sell of them, and the
 * journal of counts and movements. It refuses a count that is older than the last one, times in the
 * future, and reports of a cell that can't be true.
 *
 * Invariant I3, at every moment: on hand = unallotted + Σ cells (granted − returned), no term
 * negative; what cells may sell is never more than what is on hand.
 */
export { registerStockRoutes } from './routes.ts';
export { createStock, type StockedVariant, type StockService } from './service.ts';
export { tables } from './tables.ts';
export { StockView } from './view.ts';
