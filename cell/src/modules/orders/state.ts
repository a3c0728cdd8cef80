/**
 * States of an order group: one checkout of one cart. `pending` holds stock and waits for its
 * payment; placing it is the pivot, before which everything is undone and after which everything is
 * carried on.
 */
export const GROUP_TRANSITIONS = {
  pending: ['placed', 'canceling'],
  // The payment is being brought to its end at the gateway; nothing can be placed any more.
  canceling: ['canceled'],
  placed: ['paid'],
  paid: [],
  canceled: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type GroupState = keyof typeof GROUP_TRANSITIONS;

/** States of an order: the part of a group that one vendor fulfils. */
export const ORDER_TRANSITIONS = {
  placed: ['paid', 'canceled'],
  // Where nothing of it is to be sent any more. What was paid for it goes back.
  paid: ['canceled'],
  canceled: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type OrderState = keyof typeof ORDER_TRANSITIONS;

/**
 * How far the parcels of an order are, over all of its units that were not canceled. `unfulfilled` is
 * also where an order stays that was canceled before anything was sent.
 */
export const FULFILLMENT_TRANSITIONS = {
  unfulfilled: ['partially-shipped', 'shipped'],
  'partially-shipped': ['shipped'],
  shipped: ['delivered'],
  delivered: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type FulfillmentState = keyof typeof FULFILLMENT_TRANSITIONS;
