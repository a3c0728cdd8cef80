/**
 * Vendors: who sells. Owns their public profile, status and flat shipping rates; their staff are
 * users of identity. It refuses a slug in use, countries, markets and currencies that are none, and
 * changes of status that the transition table does not have.
 *
 * Invariant: a vendor's document in the catalogue feed is written by the transaction that changes it.
 */
export { defaultRates, type RateInput } from './default-rates.ts';
export { registerVendorRoutes } from './routes.ts';
export { NewVendor, VendorParams } from './schema.ts';
export { createVendors, type VendorService, type VendorView } from './service.ts';
export type { VendorStatus } from './state.ts';
export { tables } from './tables.ts';
