/**
 * States of a cart. It is closed to changes while a checkout holds its units; a checkout that comes
 * to nothing opens it again.
 */
export const CART_TRANSITIONS = {
  open: ['checking-out'],
  'checking-out': ['open', 'ordered'],
  ordered: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type CartState = keyof typeof CART_TRANSITIONS;
