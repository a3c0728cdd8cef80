/**
 * Order changes: everything that happens to an order after it was placed and that moves money.
 *
 * Owns the changes, with the money of each as it was previewed and confirmed.
 * Refuses to be changed: a change that was recorded is carried on to its end.
 * Invariants: its money is the sum of its lines and of the shipping in it; it ends once; one that is
 * open has a time at which somebody looks after it.
 */
export {
  type ChangedLine,
  type ChangedOrder,
  createOrderChanges,
  type NewOrderChange,
  type OrderChange,
  type OrderChanges,
  viewChange,
} from './service.ts';
export { orderChanges } from './tables.ts';
