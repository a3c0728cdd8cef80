/**
 * Carts: what a shopper is about to buy, where it goes and how.
 *
 * Owns carts and their lines.
 * Refuses changes while a checkout holds the cart's units, and addresses that their country's format
 * does not allow.
 * Invariants: one line for each variant; a cart's market and currency never change, as its prices
 * depend on them; concurrent changes are put in order by the partition, so none is lost.
 */
export {
  Address,
  CartParams,
  CartQuery,
  AddLine,
  ChangeLine,
  CreateCart,
  LINE_QUANTITY_MAX,
  LineParams,
  SetEmail,
  SetShippingOptions,
} from './schema.ts';
export { type Cart, type CartLine, type Carts, createCarts } from './service.ts';
export { cartLines, carts } from './tables.ts';
