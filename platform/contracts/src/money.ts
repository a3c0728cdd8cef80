/**
 * Exact money: a whole number of a currency's minor units. Never a float: amounts are `bigint` in
 * code and integers in JSON, and every split gives back exactly what it was given.
 */

declare const minorBrand: unique symbol;
/** A whole number of minor units (cents, yen, fils). The currency stands beside it. */
export type Minor = bigint & { readonly [minorBrand]: true };

/** Largest amount accepted anywhere, so that JSON numbers hold it exactly (2^53 − 1). */
export const MAX_MINOR = BigInt(Number.MAX_SAFE_INTEGER) as Minor;

export const ZERO = 0n as Minor;

/**
 * Takes an integer from JSON or the database as minor units.
 * @throws RangeError where it is not a whole number within ±(2^53 − 1).
 */
export function minor(value: bigint | number): Minor {
  const amount = typeof value === 'bigint' ? value : BigInt(value);
  if (amount > MAX_MINOR || amount < -MAX_MINOR) {
    throw new RangeError(`amount ${amount} is beyond the largest that is exact in JSON`);
  }
  return amount as Minor;
}

/** The amount as a JSON number; exact, as `minor` refuses what would not be. */
export function minorToJson(amount: Minor): number {
  return Number(amount);
}

/** Sum of amounts of one currency. */
export function sumMinor(amounts: Iterable<Minor>): Minor {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return minor(sum);
}

/** Amount times a whole quantity. */
export function multiplyMinor(amount: Minor, quantity: number): Minor {
  return minor(amount * BigInt(quantity));
}

/** How a result between two minor units is rounded; a policy of the market. */
export const ROUNDING_MODES = {
  'half-up': 'to the nearest, halves away from zero',
  'half-even': 'to the nearest, halves to the even neighbour',
  down: 'towards zero',
} as const;
export type RoundingMode = keyof typeof ROUNDING_MODES;

/** `numerator / denominator` rounded to a whole number. The denominator is positive. */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  if (denominator <= 0n) throw new RangeError('the denominator must be positive');
  const sign = numerator < 0n ? -1n : 1n;
  const magnitude = numerator * sign;
  const quotient = magnitude / denominator;
  const twiceRest = (magnitude % denominator) * 2n;
  const up =
    mode === 'down'
      ? false
      : twiceRest > denominator ||
        (twiceRest === denominator && (mode === 'half-up' || quotient % 2n === 1n));
  return sign * (up ? quotient + 1n : quotient);
}

/** Rates are parts per million, so that 8.875 % is exact. */
export const RATE_DENOMINATOR = 1_000_000n;

/** Tax that is added to an amount without tax. */
export function taxOnTop(net: Minor, ratePpm: number, mode: RoundingMode): Minor {
  return minor(divideRounded(net * BigInt(ratePpm), RATE_DENOMINATOR, mode));
}

/** Tax that an amount with tax contains. */
export function taxWithin(gross: Minor, ratePpm: number, mode: RoundingMode): Minor {
  const rate = BigInt(ratePpm);
  return minor(divideRounded(gross * rate, RATE_DENOMINATOR + rate, mode));
}

/**
 * Splits an amount by weights so that the parts sum to it exactly: each part is rounded down and the
 * units left over go to the largest remainders, ties to the earlier part.
 * @throws RangeError where there is no positive weight, or a negative one.
 */
export function allocate(amount: Minor, weights: readonly bigint[]): Minor[] {
  const total = weights.reduce((sum, weight) => {
    if (weight < 0n) throw new RangeError('a weight is negative');
    return sum + weight;
  }, 0n);
  if (total === 0n) throw new RangeError('an amount can be split by positive weights only');
  const sign = amount < 0n ? -1n : 1n;
  const magnitude = amount * sign;
  const parts = weights.map((weight) => (magnitude * weight) / total);
  const remainders = weights
    .map((weight, index) => ({ index, rest: (magnitude * weight) % total }))
    .toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  let left = magnitude - parts.reduce((sum, part) => sum + part, 0n);
  for (const { index } of remainders) {
    if (left === 0n) break;
    parts[index] = (parts[index] as bigint) + 1n;
    left -= 1n;
  }
  return parts.map((part) => minor(part * sign));
}
