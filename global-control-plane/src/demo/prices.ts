import { currencyExponent } from '@commerce/contracts/currencies';
import { market } from '@commerce/contracts/markets';

/** How prices of a currency usually look: steps of `step` minor units, each less `less`. */
interface PriceStyle {
  /** Units of the currency for one euro; fixed, as the demo is the same every day. */
  readonly perEuro: number;
  readonly step: number;
  readonly less: number;
}

const STYLES: { readonly [currency: string]: PriceStyle } = {
  EUR: { perEuro: 1, step: 100, less: 1 },
  GBP: { perEuro: 0.86, step: 100, less: 1 },
  USD: { perEuro: 1.1, step: 100, less: 1 },
  SEK: { perEuro: 11.2, step: 1000, less: 100 },
  CAD: { perEuro: 1.5, step: 100, less: 1 },
  BRL: { perEuro: 6.1, step: 1000, less: 10 },
  SGD: { perEuro: 1.45, step: 100, less: 10 },
  JPY: { perEuro: 163, step: 100, less: 20 },
  AUD: { perEuro: 1.66, step: 100, less: 5 },
  INR: { perEuro: 93, step: 10_000, less: 100 },
  AED: { perEuro: 4.05, step: 500, less: 100 },
  SAR: { perEuro: 4.1, step: 500, less: 100 },
  KRW: { perEuro: 1_500, step: 1_000, less: 100 },
  KWD: { perEuro: 0.335, step: 500, less: 50 },
};

/** The rate that is inside the base prices, which are those of the market `eu`. */
const BASE_TAX_PPM = 200_000;

/**
 * Price of something in a market and currency, in minor units, from its price in euro cents with
 * European tax: without the tax where the market shows it apart, with the market's own where not,
 * at the demo's fixed rates, rounded to what such prices look like there.
 * @throws RangeError where the demo has no rate for the currency, or there is no such market.
 */
export function priceIn(marketId: string, currency: string, euroCents: number): number {
  const style = STYLES[currency];
  const rules = market(marketId);
  if (style === undefined || rules === undefined) {
    throw new RangeError(`the demo has no prices for ${marketId} in ${currency}`);
  }
  const netCents = (euroCents * 1_000_000) / (1_000_000 + BASE_TAX_PPM);
  const taxPpm = rules.taxDisplay === 'inclusive' ? rules.taxRatePpm : 0;
  const cents = (netCents * (1_000_000 + taxPpm)) / 1_000_000;
  const minorUnits = (cents / 100) * style.perEuro * 10 ** currencyExponent(currency);
  return Math.max(1, Math.round(minorUnits / style.step)) * style.step - style.less;
}

/** Currencies that the demo has rates for. */
export function pricedCurrencies(): readonly string[] {
  return Object.keys(STYLES);
}
