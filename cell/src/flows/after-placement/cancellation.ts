import { type Minor, minorToJson, sumMinor, ZERO } from '@commerce/contracts/money';
import { unitsLeft } from '@commerce/contracts/order-units';
import { AppError } from '@commerce/contracts/problems';
import type { ChangedLine, ChangedOrder } from '../../modules/order-changes/index.ts';
import type { OrderRow, SettledLine } from '../../modules/orders/index.ts';
import {
  chooseUnits,
  requireKnownLines,
  type UnitsRequest,
  type WantedUnits,
} from './choose-units.ts';
import { payableOf, payableShippingOf, shareOfUnits } from './money.ts';

/** What is to be canceled: lines with units, one vendor's order, or all that is left of the group. */
export interface CancelRequest extends UnitsRequest {
  readonly orderId?: string | undefined;
}

/** A cancellation as it would be: the same sums in the preview and when it is confirmed. */
export interface Cancellation {
  readonly totalMinor: Minor;
  readonly orders: readonly CanceledOrder[];
}

export interface CanceledOrder {
  readonly order: OrderRow;
  readonly settled: readonly SettledLine[];
  readonly changed: ChangedOrder;
  readonly totalMinor: Minor;
  /** Whether nothing of the order is to be sent any more, and nothing ever was. */
  readonly isWhole: boolean;
  /** Whether all that is left of it was sent already. */
  readonly isAllShipped: boolean;
}

const tooMany = (left: number) => ({
  detail: `${left} units of this line can still be canceled.`,
  extensions: { cancelable: left },
});

function cancelOrder(order: OrderRow, units: readonly WantedUnits[]): CanceledOrder {
  const parts = units.map(({ line, quantity }) => {
    const share = shareOfUnits(line, quantity);
    return { line, quantity, share, payableMinor: payableOf(line, share) };
  });
  const shipped = order.lines.reduce((sum, line) => sum + line.shippedQuantity, 0);
  const left = order.lines.reduce((sum, line) => sum + unitsLeft(line), 0);
  const isLast = left === units.reduce((sum, { quantity }) => sum + quantity, 0);
  const isWhole = isLast && shipped === 0;
  const shippingMinor = isWhole ? payableShippingOf(order) : ZERO;
  return {
    order,
    isWhole,
    isAllShipped: isLast && shipped > 0,
    totalMinor: sumMinor([...parts.map((part) => part.payableMinor), shippingMinor]),
    settled: parts.map(({ line, quantity, share }) => ({
      orderId: order.id,
      lineId: line.id,
      shipped: 0,
      canceled: quantity,
      ...share,
    })),
    changed: {
      orderId: order.id,
      vendorId: order.vendor_id,
      shippingMinor: minorToJson(shippingMinor),
      lines: parts.map(
        ({ line, quantity, share, payableMinor }): ChangedLine => ({
          lineId: line.id,
          variantId: line.variantId,
          sku: line.sku,
          title: line.title,
          quantity,
          amountMinor: minorToJson(payableMinor),
          taxMinor: minorToJson(share.taxMinor),
        }),
      ),
    },
  };
}

/**
 * What canceling does, without doing it.
 * @param orders of one group
 * @throws AppError `unprocessable` naming the field; `conflict` where nothing is left to be canceled
 */
export function planCancellation(
  orders: readonly OrderRow[],
  request: CancelRequest,
): Cancellation {
  const concerned =
    request.orderId === undefined ? orders : orders.filter((order) => order.id === request.orderId);
  if (concerned.length === 0) {
    throw new AppError('unprocessable', {
      field: 'orderId',
      detail: 'This is no order of the group.',
    });
  }
  requireKnownLines(concerned, request);
  const canceled = concerned.flatMap((order) => {
    const units = chooseUnits(order, request, tooMany);
    return units.length === 0 ? [] : [cancelOrder(order, units)];
  });
  if (canceled.length === 0) {
    throw new AppError('conflict', {
      detail: 'Nothing of this can be canceled any more.',
      extensions: { reason: 'nothing-left' },
    });
  }
  return {
    orders: canceled,
    totalMinor: sumMinor(canceled.map((order) => order.totalMinor)),
  };
}
