import { allMarkets } from '@commerce/contracts/markets';
import {
  divideRounded,
  type Minor,
  minor,
  ROUNDING_MODES,
  type RoundingMode,
  sumMinor,
  taxOnTop,
  taxWithin,
} from '@commerce/contracts/money';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TaxRules, taxDocument, taxOfAmount } from './index.ts';

const rules = fc.record({
  taxRatePpm: fc.integer({ min: 0, max: 500_000 }),
  taxDisplay: fc.constantFrom('inclusive' as const, 'exclusive' as const),
  rounding: fc.record({
    mode: fc.constantFrom(...(Object.keys(ROUNDING_MODES) as RoundingMode[])),
    level: fc.constantFrom('line' as const, 'document' as const),
  }),
});
const amounts = fc.array(
  fc.bigInt({ min: 0n, max: 10_000_000n }).map((value) => minor(value)),
  { maxLength: 20 },
);

function documentTax(lines: readonly Minor[], market: TaxRules): Minor {
  const total = sumMinor(lines);
  const { mode } = market.rounding;
  return market.taxDisplay === 'inclusive'
    ? taxWithin(total, market.taxRatePpm, mode)
    : taxOnTop(total, market.taxRatePpm, mode);
}

describe('tax of a document', () => {
  it('gives every line a gross that is its net plus its tax, and no negative part', () => {
    fc.assert(
      fc.property(amounts, rules, (lines, market) => {
        for (const [index, line] of taxDocument(lines, market).entries()) {
          expect(line.netMinor + line.taxMinor).toBe(line.grossMinor);
          expect(line.netMinor >= 0n && line.taxMinor >= 0n).toBe(true);
          const seen = market.taxDisplay === 'inclusive' ? line.grossMinor : line.netMinor;
          expect(seen).toBe(lines[index]);
        }
      }),
    );
  });

  it('sums, where the document is rounded, to the tax of the document to the minor unit', () => {
    fc.assert(
      fc.property(amounts, rules, (lines, market) => {
        const byDocument = {
          ...market,
          rounding: { ...market.rounding, level: 'document' as const },
        };
        const taxes = taxDocument(lines, byDocument).map((line) => line.taxMinor);
        expect(sumMinor(taxes)).toBe(documentTax(lines, byDocument));
      }),
    );
  });

  it('rounds, where lines are rounded, each as if it stood alone', () => {
    fc.assert(
      fc.property(amounts, rules, (lines, market) => {
        const byLine = { ...market, rounding: { ...market.rounding, level: 'line' as const } };
        expect(taxDocument(lines, byLine)).toEqual(lines.map((line) => taxOfAmount(line, byLine)));
      }),
    );
  });

  it('never strays from the exact tax of a line by a whole unit and more', () => {
    fc.assert(
      fc.property(amounts, rules, (lines, market) => {
        for (const [index, { taxMinor }] of taxDocument(lines, market).entries()) {
          const exactDown = divideRounded(
            (lines[index] as bigint) * BigInt(market.taxRatePpm),
            market.taxDisplay === 'inclusive' ? 1_000_000n + BigInt(market.taxRatePpm) : 1_000_000n,
            'down',
          );
          expect(taxMinor - exactDown >= -1n && taxMinor - exactDown <= 2n).toBe(true);
        }
      }),
    );
  });

  it('follows known receipts of the markets', () => {
    const market = (id: string): TaxRules =>
      allMarkets().find((entry) => entry.id === id) as TaxRules;
    expect(taxOfAmount(minor(11_900), market('eu'))).toMatchObject({
      netMinor: 9_917n,
      taxMinor: 1_983n,
    });
    // 8.875 % of 19.99 is 1.774 dollars.
    expect(taxOfAmount(minor(1_999), market('us'))).toMatchObject({
      taxMinor: 177n,
      grossMinor: 2_176n,
    });
    // Japan drops the fraction once for the document: 333 yen hold 30.27, not three times 10.09.
    const taxes = taxDocument([minor(111), minor(111), minor(111)], market('jp'));
    expect(taxes.map((line) => line.taxMinor)).toEqual([10n, 10n, 10n]);
    expect(
      taxDocument([minor(115), minor(115)], market('jp')).map((line) => line.taxMinor),
    ).toEqual([10n, 10n]);
  });

  it('taxes nothing where there is nothing, and refuses a negative amount', () => {
    const [market] = allMarkets();
    expect(taxDocument([], market as TaxRules)).toEqual([]);
    expect(
      taxDocument([minor(0), minor(0)], market as TaxRules).map((line) => line.taxMinor),
    ).toEqual([0n, 0n]);
    expect(() => taxDocument([minor(-1)], market as TaxRules)).toThrow(RangeError);
  });
});
