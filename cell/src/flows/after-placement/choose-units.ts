import { unitsLeft } from '@commerce/contracts/order-units';
import { AppError } from '@commerce/contracts/problems';
import type { OrderLineRow, OrderRow } from '../../modules/orders/index.ts';

/** Units that are meant: of the lines that are named, else all that are left. */
export interface UnitsRequest {
  readonly lines?:
    | readonly { readonly lineId: string; readonly quantity?: number | undefined }[]
    | undefined;
}

export interface WantedUnits {
  readonly line: OrderLineRow;
  readonly quantity: number;
}

/** @throws AppError where a line is named twice, or is none of these orders' */
export function requireKnownLines(orders: readonly OrderRow[], request: UnitsRequest): void {
  const known = new Set(orders.flatMap((order) => order.lines.map((line) => line.id)));
  for (const { lineId } of request.lines ?? []) {
    // Taken out: a second mention finds it gone.
    if (known.delete(lineId)) continue;
    const index = (request.lines ?? []).findLastIndex((line) => line.lineId === lineId);
    throw new AppError('unprocessable', {
      field: `lines/${index}/lineId`,
      detail: 'This is no line of the order, or it is named twice.',
    });
  }
}

/**
 * The units of one order that are meant; lines of other orders are passed over.
 * @param refusal what is said of a line that has fewer units left than are wanted
 * @throws AppError `unprocessable` naming that line
 */
export function chooseUnits(
  order: OrderRow,
  { lines }: UnitsRequest,
  refusal: (left: number) => { readonly detail: string; readonly extensions: object },
): WantedUnits[] {
  if (order.state === 'canceled') return [];
  if (lines === undefined) {
    return order.lines
      .filter((line) => unitsLeft(line) > 0)
      .map((line) => ({ line, quantity: unitsLeft(line) }));
  }
  return lines.flatMap(({ lineId, quantity }, index) => {
    const line = order.lines.find((entry) => entry.id === lineId);
    if (line === undefined) return [];
    const left = unitsLeft(line);
    if (left > 0 && (quantity ?? left) <= left) return [{ line, quantity: quantity ?? left }];
    const { detail, extensions } = refusal(left);
    throw new AppError('unprocessable', {
      field: `lines/${index}/quantity`,
      detail,
      extensions: { lineId, ...extensions },
    });
  });
}
