/**
 * Orders: one group for a checkout, one order in it for each vendor.
 *
 * Owns order groups, orders and their lines.
 * Refuses to write an order for a group that is not pending: a group is placed once, whoever comes
 * first (request, retry, webhook or recovery).
 * Invariants: an order's totals are those of the quote that was frozen when its units were reserved;
 * a group's total is the sum of its orders'; states move along the transition tables only; of a line
 * no more units are shipped and canceled than it has, nor more money spoken for than it costs.
 */
export type { Quote, QuoteDocument, QuoteLine, QuoteShipping } from './quote.ts';
export { createOrders, type OrderGroup, type Orders, type SettledLine } from './service.ts';
export type { FulfillmentState } from './state.ts';
export type { OrderLineRow, OrderRow } from './store.ts';
export { orderGroups, orderLines, orders } from './tables.ts';
export { type PaymentView, viewGroup, viewOrder } from './view.ts';
