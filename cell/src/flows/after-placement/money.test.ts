import { minor, sumMinor } from '@commerce/contracts/money';
import { unitsLeft } from '@commerce/contracts/order-units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderLineRow, OrderRow } from '../../modules/orders/index.ts';
import { taxDocument } from '../../modules/tax/index.ts';
import { planCancellation } from './cancellation.ts';
import { payableOf, shareOfUnits } from './money.ts';

/** Orders as a checkout writes them: any prices, quantities, tax rates, displays and roundings. */
const order = fc
  .record({
    lines: fc.array(
      fc.record({
        unitMinor: fc.integer({ min: 0, max: 10_000_000 }),
        quantity: fc.integer({ min: 1, max: 99 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    shippingMinor: fc.integer({ min: 0, max: 5_000 }),
    taxRatePpm: fc.integer({ min: 0, max: 300_000 }),
    taxDisplay: fc.constantFrom('inclusive' as const, 'exclusive' as const),
    level: fc.constantFrom('line' as const, 'document' as const),
  })
  .map(({ lines, shippingMinor, taxRatePpm, taxDisplay, level }) => {
    const totals = lines.map((line) => minor(line.unitMinor * line.quantity));
    const rules = { taxRatePpm, taxDisplay, rounding: { mode: 'half-up' as const, level } };
    const taxes = taxDocument([...totals, minor(shippingMinor)], rules);
    const taxMinor = sumMinor(taxes.map((tax) => tax.taxMinor));
    const onTop = taxDisplay === 'exclusive' ? taxMinor : minor(0);
    return {
      id: 'ord_1',
      vendor_id: 'ven_1',
      state: 'paid',
      fulfillment: 'unfulfilled',
      items_minor: sumMinor(totals),
      shipping_minor: minor(shippingMinor),
      tax_minor: taxMinor,
      total_minor: sumMinor([...totals, minor(shippingMinor), onTop]),
      lines: lines.map((line, index) => ({
        id: `oli_${index}`,
        variantId: `var_${index}`,
        sku: '',
        title: '',
        productId: '',
        quantity: line.quantity,
        unitPriceMinor: line.unitMinor,
        totalMinor: Number(totals[index]),
        taxRatePpm,
        taxDisplay,
        taxMinor: Number(taxes[index]?.taxMinor),
        shippedQuantity: 0,
        canceledQuantity: 0,
        settledMinor: 0,
        settledTaxMinor: 0,
      })),
    } as unknown as OrderRow;
  });

/** The order after units of a line have left it. */
function take(
  row: OrderRow,
  lineId: string,
  part: { units: number; how: 'shippedQuantity' | 'canceledQuantity' },
): OrderRow {
  const lines = row.lines.map((line) => {
    if (line.id !== lineId) return line;
    const share = shareOfUnits(line, part.units);
    return {
      ...line,
      [part.how]: line[part.how] + part.units,
      settledMinor: line.settledMinor + Number(share.amountMinor),
      settledTaxMinor: line.settledTaxMinor + Number(share.taxMinor),
    };
  });
  return { ...row, lines };
}

/** Steps by which units leave lines; each picks a line and a number by chance. */
const steps = fc.array(
  fc.record({
    line: fc.nat({ max: 7 }),
    units: fc.integer({ min: 1, max: 99 }),
    isShipped: fc.boolean(),
  }),
  { maxLength: 24 },
);

const RUNS = { numRuns: 500 };

describe('the money of units that leave an order', () => {
  test('canceling all at once gives back exactly what it cost (I2)', () => {
    fc.assert(
      fc.property(order, (row) => {
        const { totalMinor, orders } = planCancellation([row], {});
        expect(totalMinor).toBe(row.total_minor);
        const [canceled] = orders;
        expect(canceled?.isWhole).toBe(true);
        const parts = [
          ...(canceled?.changed.lines ?? []).map((line) => line.amountMinor),
          canceled?.changed.shippingMinor ?? 0,
        ];
        expect(sumMinor(parts.map((part) => minor(part)))).toBe(row.total_minor);
      }),
      RUNS,
    );
  });

  test('canceling in any pieces and any order gives back exactly what it cost, and never more on the way (I2)', () => {
    fc.assert(
      fc.property(order, steps, (start, wanted) => {
        let row = start;
        let backMinor = 0n;
        for (const { line: index, units } of wanted) {
          const line = row.lines[index % row.lines.length] as OrderLineRow;
          const quantity = Math.min(units, unitsLeft(line));
          if (quantity === 0) continue;
          backMinor += planCancellation([row], {
            lines: [{ lineId: line.id, quantity }],
          }).totalMinor;
          expect(backMinor).toBeLessThanOrEqual(row.total_minor);
          row = take(row, line.id, { units: quantity, how: 'canceledQuantity' });
        }
        if (row.lines.some((line) => unitsLeft(line) > 0)) {
          backMinor += planCancellation([row], {}).totalMinor;
        }
        expect(backMinor).toBe(start.total_minor);
      }),
      RUNS,
    );
  });

  test('what is shipped and what is canceled sum to each line exactly', () => {
    fc.assert(
      fc.property(order, steps, (start, wanted) => {
        let row = start;
        const taken = new Map<string, bigint>();
        const leave = (line: OrderLineRow, units: number, isShipped: boolean): void => {
          const share = payableOf(line, shareOfUnits(line, units));
          expect(share).toBeGreaterThanOrEqual(0n);
          taken.set(line.id, (taken.get(line.id) ?? 0n) + share);
          const how = isShipped ? 'shippedQuantity' : 'canceledQuantity';
          row = take(row, line.id, { units, how });
        };
        for (const { line: index, units, isShipped } of wanted) {
          const line = row.lines[index % row.lines.length] as OrderLineRow;
          if (unitsLeft(line) > 0) leave(line, Math.min(units, unitsLeft(line)), isShipped);
        }
        for (const { id } of start.lines) {
          const line = row.lines.find((entry) => entry.id === id) as OrderLineRow;
          if (unitsLeft(line) > 0) leave(line, unitsLeft(line), true);
          const whole = payableOf(line, {
            amountMinor: minor(line.totalMinor),
            taxMinor: minor(line.taxMinor),
          });
          expect(taken.get(id)).toBe(whole);
        }
      }),
      RUNS,
    );
  });

  test('shipping comes back with an order of which nothing was sent, and not otherwise', () => {
    fc.assert(
      fc.property(order, (start) => {
        const [first] = start.lines as [OrderLineRow];
        const row = take(start, first.id, { units: 1, how: 'shippedQuantity' });
        if (row.lines.every((line) => unitsLeft(line) === 0)) {
          expect(() => planCancellation([row], {})).toThrow('any more');
          return;
        }
        const { orders } = planCancellation([row], {});
        expect(orders[0]).toMatchObject({ isWhole: false, isAllShipped: true });
        expect(orders[0]?.changed.shippingMinor).toBe(0);
      }),
      RUNS,
    );
  });
});
