import { expect, test } from 'vitest';
import { bestVariant, chooseValue, isForSale } from './choose-variant.ts';

const make = (colour: string, size: string, available = 1) => ({
  id: `${colour}-${size}`,
  options: { colour, size },
  available,
});
const redM = make('red', 'm', 0);
const redL = make('red', 'l');
const blueM = make('blue', 'm');
const all = [redM, redL, blueM];

test('without a wish the first variant that can be bought is shown', () => {
  expect(bestVariant(all, {})).toBe(redL);
  expect(bestVariant([redM], {})).toBe(redM);
  expect(bestVariant([], {})).toBeUndefined();
});

test('an address that names every option shows that variant, sold out or not', () => {
  expect(bestVariant(all, { colour: 'red', size: 'm' })).toBe(redM);
  expect(bestVariant(all, { colour: 'green', size: 'm' })).toBe(blueM);
});

test('another value keeps the rest where it can', () => {
  expect(chooseValue(all, redM, 'colour', 'blue')).toBe(blueM);
  expect(chooseValue(all, redL, 'colour', 'blue')).toBe(blueM);
  expect(chooseValue(all, redL, 'colour', 'green')).toBeUndefined();
});

test('a value is for sale if some variant with it and the rest is in stock', () => {
  expect(isForSale(all, blueM, 'colour', 'red')).toBe(false);
  expect(isForSale(all, redM, 'size', 'l')).toBe(true);
  expect(isForSale(all, redL, 'colour', 'blue')).toBe(false);
});
