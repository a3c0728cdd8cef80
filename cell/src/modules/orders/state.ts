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
  placed: ['paid'],
  paid: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type OrderState = keyof typeof ORDER_TRANSITIONS;
