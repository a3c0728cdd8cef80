/**
 * Owns: what a variant costs in a market and currency, as the catalogue feed says.
 * Refuses: to guess. A variant without a price in the currency has none and can't be bought in it;
 * nothing is converted.
 * Invariants: amounts are whole minor units, not negative; a product's prices change together.
 */
export { createPricing, type Pricing } from './service.ts';
export { pricingTables } from './tables.ts';
