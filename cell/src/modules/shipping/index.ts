/**
 * Owns: vendors' flat shipping rates by market and currency, as the catalogue feed says.
 * Refuses: to invent a rate. Where a vendor has none for a market, it does not ship there.
 * Invariants: a vendor's rates change together; amounts are whole minor units, not negative.
 */
export { createShipping, type Shipping } from './service.ts';
export { shippingTables } from './tables.ts';
