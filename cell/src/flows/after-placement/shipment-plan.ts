import { type Minor, minorToJson, sumMinor, ZERO } from '@commerce/contracts/money';
import { unitsLeft } from '@commerce/contracts/order-units';
import { AppError } from '@commerce/contracts/problems';
import type { ShippedLine } from '../../modules/fulfilment/index.ts';
import type { FulfillmentState, OrderLineRow, OrderRow } from '../../modules/orders/index.ts';
import { chooseUnits, requireKnownLines, type UnitsRequest } from './choose-units.ts';
import { payableOf, payableShippingOf, shareOfUnits } from './money.ts';

export interface PlannedShipment {
  readonly lines: readonly ShippedLine[];
  /** What is to be taken with the parcel, where the market takes it then; its tax and shipping included. */
  readonly payableMinor: Minor;
}

const tooMany = (left: number) => ({
  detail: `${left} units of this line are still to be shipped.`,
  extensions: { shippable: left },
});

/**
 * What a parcel would hold: the units that are named, else all that are left of the order.
 * @throws AppError `unprocessable` naming the field; `conflict` where nothing is left to be shipped
 */
export function planShipment(order: OrderRow, request: UnitsRequest): PlannedShipment {
  if (order.state !== 'canceled') requireKnownLines([order], request);
  const units = chooseUnits(order, request, tooMany);
  if (units.length === 0) {
    throw new AppError('conflict', { detail: 'Nothing of this order is to be shipped any more.' });
  }
  const isFirst = order.lines.every((line) => line.shippedQuantity === 0);
  const payable: Minor[] = [isFirst ? payableShippingOf(order) : ZERO];
  const lines = units.map(({ line, quantity }): ShippedLine => {
    const share = shareOfUnits(line, quantity);
    payable.push(payableOf(line, share));
    return {
      lineId: line.id,
      variantId: line.variantId,
      title: line.title,
      quantity,
      amountMinor: minorToJson(share.amountMinor),
      taxMinor: minorToJson(share.taxMinor),
    };
  });
  return { lines, payableMinor: sumMinor(payable) };
}

/** How far the parcels of an order are, by its lines. */
export function fulfillmentOf(lines: readonly OrderLineRow[]): FulfillmentState {
  if (lines.every((line) => line.shippedQuantity === 0)) return 'unfulfilled';
  return lines.some((line) => unitsLeft(line) > 0) ? 'partially-shipped' : 'shipped';
}

/** Lines as they are once units of a parcel have left them. */
export function linesAfter(
  lines: readonly OrderLineRow[],
  shipped: readonly ShippedLine[],
): OrderLineRow[] {
  const units = new Map(shipped.map((line) => [line.lineId, line.quantity]));
  return lines.map((line) => ({
    ...line,
    shippedQuantity: line.shippedQuantity + (units.get(line.id) ?? 0),
  }));
}
