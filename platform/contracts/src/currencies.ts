import data from '../data/currencies.json' with { type: 'json' };

/** An active currency of ISO 4217. Its name and symbol in any language come from `Intl`. */
export interface Currency {
  /** ISO 4217 alphabetic code. */
  readonly code: string;
  /** ISO 4217 numeric code, three digits. */
  readonly numeric: string;
  /** Number of decimals of the minor unit that amounts are kept in: 0, 2, 3 or 4. */
  readonly exponent: number;
  /** `fund` for units of account that nobody pays a parcel with, such as Chile's UF. */
  readonly kind: 'tender' | 'fund';
}

const currencies = data.currencies as readonly Currency[];
const byCode: ReadonlyMap<string, Currency> = new Map(
  currencies.map((entry) => [entry.code, entry]),
);

/** All active currencies, by code. */
export function allCurrencies(): readonly Currency[] {
  return currencies;
}

/** The currency of an ISO 4217 code in upper case; undefined where there is none that is active. */
export function currencyOf(code: string): Currency | undefined {
  return byCode.get(code);
}

/**
 * Number of decimals of a currency's minor unit.
 * @throws RangeError where the code is no active currency: amounts of it would have no meaning.
 */
export function currencyExponent(code: string): number {
  const currency = byCode.get(code);
  if (currency === undefined) throw new RangeError(`${code} is no active currency of ISO 4217`);
  return currency.exponent;
}
