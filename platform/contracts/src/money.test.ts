import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allocate,
  divideRounded,
  MAX_MINOR,
  minor,
  minorToJson,
  sumMinor,
  taxOnTop,
  taxWithin,
} from './money.ts';

const amounts = fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n }).map((n) => minor(n));

describe('money', () => {
  test('the parts of a split sum to the whole, and none is further than one unit from its share', () => {
    const weights = fc
      .array(fc.bigInt({ min: 0n, max: 1_000_000n }), { minLength: 1, maxLength: 50 })
      .filter((list) => list.some((weight) => weight > 0n));
    fc.assert(
      fc.property(amounts, weights, (amount, list) => {
        const parts = allocate(amount, list);
        const total = list.reduce((sum, weight) => sum + weight, 0n);
        expect(sumMinor(parts)).toBe(amount);
        parts.forEach((part, index) => {
          const exactTimesTotal = amount * (list[index] as bigint);
          const difference = part * total - exactTimesTotal;
          expect(difference < total && difference > -total).toBe(true);
        });
      }),
    );
  });

  test('tax within a price that had tax put on top is that tax', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10_000_000n }),
        fc.integer({ min: 0, max: 300_000 }),
        (net, rate) => {
          const tax = taxOnTop(minor(net), rate, 'half-up');
          const within = taxWithin(minor(net + tax), rate, 'half-up');
          const difference = within - tax;
          expect(difference >= -1n && difference <= 1n).toBe(true);
        },
      ),
    );
  });

  test.each([
    [5n, 2n, 'half-up', 3n],
    [-5n, 2n, 'half-up', -3n],
    [5n, 2n, 'half-even', 2n],
    [7n, 2n, 'half-even', 4n],
    [-7n, 2n, 'down', -3n],
  ] as const)('%d / %d rounded %s is %d', (numerator, denominator, mode, expected) => {
    expect(divideRounded(numerator, denominator, mode)).toBe(expected);
  });

  test('an amount that JSON would not hold exactly is refused', () => {
    expect(() => minor(MAX_MINOR + 1n)).toThrow(RangeError);
    expect(() => minor(0.5)).toThrow(RangeError);
    expect(minorToJson(minor(-1234))).toBe(-1234);
  });
});
