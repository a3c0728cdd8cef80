import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertMinor, hasRate } from './exchange-rates.ts';
import { allMarkets } from './markets.ts';
import { minor } from './money.ts';

test('every currency of every market has a rate, and others have none', () => {
  for (const { currencies } of allMarkets()) {
    for (const { code } of currencies) expect([code, hasRate(code)]).toEqual([code, true]);
  }
  expect(hasRate('ZWL')).toBe(false);
  expect(() => convertMinor(minor(1n), 'EUR', 'ZWL')).toThrow(RangeError);
});

test('amounts keep their worth whatever the decimals of the currencies', () => {
  expect(convertMinor(minor(10_000n), 'EUR', 'USD')).toBe(11_520n);
  expect(convertMinor(minor(10_000n), 'EUR', 'JPY')).toBe(17_750n);
  expect(convertMinor(minor(17_750n), 'JPY', 'EUR')).toBe(10_000n);
  expect(convertMinor(minor(10_000n), 'EUR', 'KWD')).toBe(35_400n);
  expect(convertMinor(minor(0n), 'EUR', 'JPY')).toBe(0n);
  expect(convertMinor(minor(1n), 'JPY', 'KWD')).toBe(2n);
  expect(convertMinor(minor(1n), 'KRW', 'EUR')).toBe(1n);
});

test('there and back is off by no more than rounding', () => {
  const amounts = fc.bigInt({ min: 100n, max: 10n ** 12n });
  fc.assert(
    fc.property(amounts, (amount) => {
      const back = convertMinor(convertMinor(minor(amount), 'EUR', 'USD'), 'USD', 'EUR');
      const off = back - amount;
      expect(off >= -1n && off <= 1n).toBe(true);
    }),
  );
});
