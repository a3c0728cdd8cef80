import { type Minor, minorToJson, sumMinor, ZERO } from '@commerce/contracts/money';
import { AppError } from '@commerce/contracts/problems';
import type { ShippedLine } from '../../modules/fulfilment/index.ts';
import type { FulfillmentState, OrderLineRow, OrderRow } from '../../modules/orders/index.ts';
import { payableOf, payableShippingOf, shareOfUnits, unitsLeft } from './money.ts';

/** Which units are to be in a parcel: without lines, all that are left of the order. */
export interface ShipRequest {
  readonly lines?:
    | readonly { readonly lineId: string; readonly quantity?: number | undefined }[]
    | undefined;
}

export interface PlannedShipment {
  readonly lines: readonly ShippedLine[];
  /** What is to be taken with the parcel, where the market takes it then; its tax and shipping included. */
  readonly payableMinor: Minor;
}

/** @throws AppError naming the line that can't be shipped so */
function chooseUnits(
  order: OrderRow,
  { lines }: ShipRequest,
): { readonly line: OrderLineRow; readonly quantity: number }[] {
  if (lines === undefined) {
    return order.lines
      .filter((line) => unitsLeft(line) > 0)
      .map((line) => ({ line, quantity: unitsLeft(line) }));
  }
  const named = new Set<string>();
  return lines.map(({ lineId, quantity }, index) => {
    const line = order.lines.find((entry) => entry.id === lineId);
    if (line === undefined || named.has(lineId)) {
      throw new AppError('unprocessable', {
        field: `lines/${index}/lineId`,
        detail: 'This is no line of the order, or it is named twice.',
      });
    }
    named.add(lineId);
    const left = unitsLeft(line);
    if (left > 0 && (quantity ?? left) <= left) return { line, quantity: quantity ?? left };
    throw new AppError('unprocessable', {
      field: `lines/${index}/quantity`,
      detail: `${left} units of this line are still to be shipped.`,
      extensions: { lineId, shippable: left },
    });
  });
}

/**
 * What a parcel would hold.
 * @throws AppError `unprocessable` naming the field; `conflict` where nothing is left to be shipped
 */
export function planShipment(order: OrderRow, request: ShipRequest): PlannedShipment {
  const units = order.state === 'canceled' ? [] : chooseUnits(order, request);
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
