import data from '../data/exchange-rates.json' with { type: 'json' };
import { currencyExponent } from './currencies.ts';
import { divideRounded, type Minor, minor } from './money.ts';

/**
 * Reference rates between the currencies of the markets: data, so that a price that somebody gave in one
 * currency can be proposed in another. No payment is ever converted.
 */

interface Rate {
  /** Units of the currency for one euro are `units / 10 ** decimals`. */
  readonly units: bigint;
  readonly decimals: number;
}

function readRate(text: string): Rate {
  const [whole = '', decimals = ''] = text.split('.');
  return { units: BigInt(whole + decimals), decimals: decimals.length };
}

const rates: ReadonlyMap<string, Rate> = new Map(
  Object.entries(data.perEuro).map(([currency, text]) => [currency, readRate(text)]),
);

/** Day of the rates, RFC 3339. */
export const RATES_AS_OF = data.asOf;

/** Whether there is a rate for the currency. */
export function hasRate(currency: string): boolean {
  return rates.has(currency);
}

/**
 * An amount in another currency, rounded half up; what is not zero stays at least one minor unit.
 * @throws RangeError where one of the currencies has no rate
 */
export function convertMinor(amount: Minor, from: string, to: string): Minor {
  const source = rates.get(from);
  const target = rates.get(to);
  if (source === undefined || target === undefined) {
    throw new RangeError(`there is no rate from ${from} to ${to}`);
  }
  const up = target.units * 10n ** BigInt(source.decimals + currencyExponent(to));
  const down = source.units * 10n ** BigInt(target.decimals + currencyExponent(from));
  const converted = divideRounded(amount * up, down, 'half-up');
  return converted === 0n && amount > 0n ? minor(1n) : minor(converted);
}
