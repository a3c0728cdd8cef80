/**
 * Vendors' orders of all cells. Owns summaries without personal data, made from the cells' events,
 * and how far each cell's events were read. It refuses nothing but other vendors' eyes.
 *
 * Invariants: an event has its effect once, however often it comes; every answer says for each cell
 * how complete it is (I8); what could not be read is counted and shown.
 */
export { createCellSubscribers } from './cell-feed.ts';
export { registerOrderRoutes } from './routes.ts';
export { createOrders, type OrderService } from './service.ts';
export { tables } from './tables.ts';
