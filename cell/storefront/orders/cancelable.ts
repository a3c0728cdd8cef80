import type { ApiOrder, ApiTracking } from './api-types.ts';

/** Units of a line that neither left nor were canceled. */
export function unitsLeft(line: ApiOrder['lines'][number]): number {
  return line.quantity - line.shippedQuantity - line.canceledQuantity;
}

/** Whether anything of a group can still be canceled. */
export function canBeCanceled(tracking: Pick<ApiTracking, 'orders'>): boolean {
  return tracking.orders.some(
    (order) => order.state !== 'canceled' && order.lines.some((line) => unitsLeft(line) > 0),
  );
}
