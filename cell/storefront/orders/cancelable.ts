import { unitsLeft } from '@commerce/contracts/order-units';
import type { ApiTracking } from './api-types.ts';

/** Whether anything of a group can still be canceled. */
export function canBeCanceled(tracking: Pick<ApiTracking, 'orders'>): boolean {
  return tracking.orders.some(
    (order) => order.state !== 'canceled' && order.lines.some((line) => unitsLeft(line) > 0),
  );
}
