import { describe, expect, test } from 'vitest';
import { createFormats, readAmount, toDecimal } from './formats.ts';

describe('an amount that is typed', () => {
  test.each([
    ['12', 2, 1_200],
    ['12.3', 2, 1_230],
    ['12,34', 2, 1_234],
    [' 1 234,50 ', 2, 123_450],
    ['0.07', 2, 7],
    ['1500', 0, 1_500],
    ['1.234', 3, 1_234],
    ['٢٠٢٫٩٩', 2, 20_299],
    ['۱۲', 2, 1_200],
  ])('%j with %i decimals is %i minor units', (typed, exponent, amountMinor) => {
    expect(readAmount(typed, exponent)).toBe(amountMinor);
  });

  test.each([
    ['', 2],
    ['-1', 2],
    ['1.234', 2],
    ['1.5', 0],
    ['1,2,3', 2],
    ['1e3', 2],
    ['abc', 2],
    ['1234567890123', 2],
  ])('%j with %i decimals is none', (typed, exponent) => {
    expect(readAmount(typed, exponent)).toBeUndefined();
  });

  test('is the same after it was written out', () => {
    for (const [amountMinor, exponent] of [
      [0, 2],
      [5, 2],
      [123_456, 2],
      [7, 3],
      [900, 0],
    ] as const) {
      expect(readAmount(toDecimal(amountMinor, exponent), exponent)).toBe(amountMinor);
    }
  });
});

test('amounts are written with the decimals of their currency, exactly', () => {
  const { money } = createFormats('de');
  expect(money(123_456, 'EUR').replaceAll('\u00a0', ' ')).toBe('1.234,56 €');
  expect(money(1_234, 'KWD').replaceAll('\u00a0', ' ')).toBe('1,234 KWD');
  expect(money(1_500, 'JPY').replaceAll('\u00a0', ' ')).toBe('1.500 ¥');
  expect(money(900_719_925_474_099, 'EUR')).toContain('9.007.199.254.740,99');
});

test('days are those of UTC, wherever the reader is, and ages are in the largest unit', () => {
  const { day, ago } = createFormats('en');
  expect(day('2026-03-01')).toBe('Mar 1');
  expect([ago(400), ago(5_000), ago(180_000), ago(7_200_000)]).toEqual([
    'now',
    '5 sec. ago',
    '3 min. ago',
    '2 hr. ago',
  ]);
});
