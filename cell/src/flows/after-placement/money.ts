import { type Minor, minor, sumMinor } from '@commerce/contracts/money';
import { unitsLeft } from '@commerce/contracts/order-units';
import type { OrderLineRow, OrderRow } from '../../modules/orders/index.ts';

/**
 * Which part of an order's money belongs to which of its units. Pure.
 *
 * Units of a line leave it one after the other, by being shipped or canceled, in any order and number.
 * Each time they take their share of the line's amount, rounded down, and the last ones take what is
 * left: whatever the order of events, the shares sum to the line exactly.
 */

/** The part of a line's amount, and the part of its tax, that some of its units stand for. */
export interface Share {
  readonly amountMinor: Minor;
  readonly taxMinor: Minor;
}

/**
 * The share of units that are about to leave a line.
 * @throws RangeError where the line has not as many left
 */
export function shareOfUnits(line: OrderLineRow, units: number): Share {
  const left = unitsLeft(line);
  if (units < 1 || units > left) throw new RangeError(`${units} of ${left} units can't leave`);
  const partOf = (totalMinor: number, settledMinor: number): Minor =>
    units === left
      ? minor(totalMinor - settledMinor)
      : minor((BigInt(totalMinor) * BigInt(units)) / BigInt(line.quantity));
  return {
    amountMinor: partOf(line.totalMinor, line.settledMinor),
    taxMinor: partOf(line.taxMinor, line.settledTaxMinor),
  };
}

/** What the shopper pays for a share: with the tax that comes on top in an exclusive market. */
export function payableOf(line: Pick<OrderLineRow, 'taxDisplay'>, share: Share): Minor {
  return line.taxDisplay === 'exclusive'
    ? sumMinor([share.amountMinor, share.taxMinor])
    : share.amountMinor;
}

/** What the shopper pays for the shipping of an order: what the lines leave of its total. */
export function payableShippingOf(
  order: Pick<OrderRow, 'total_minor'> & {
    readonly lines: readonly Pick<OrderLineRow, 'totalMinor' | 'taxMinor' | 'taxDisplay'>[];
  },
): Minor {
  const lines = order.lines.map((line) =>
    payableOf(line, { amountMinor: minor(line.totalMinor), taxMinor: minor(line.taxMinor) }),
  );
  return minor(order.total_minor - sumMinor(lines));
}
