import type { ShippingRate } from '@commerce/contracts/catalog';
import { currencyOf } from '@commerce/contracts/currencies';
import { allMarkets } from '@commerce/contracts/markets';

export type RateInput = Omit<ShippingRate, 'id'>;

/** A usual parcel in the currency's major units; others cost five units until the vendor says so. */
const USUAL: Readonly<Record<string, number>> = {
  EUR: 4.9,
  GBP: 4.5,
  USD: 5.9,
  SEK: 59,
  CAD: 8.9,
  BRL: 24.9,
  SGD: 6.9,
  JPY: 800,
  AUD: 8.9,
  INR: 149,
  AED: 20,
  SAR: 20,
  KRW: 6_000,
  KWD: 1.75,
};
const UNUSUAL = 5;

const NAMES = {
  en: 'Standard delivery',
  de: 'Standardversand',
  fr: 'Livraison standard',
  es: 'Envío estándar',
  ar: 'توصيل عادي',
  ja: '通常配送',
};

/** What a new vendor ships for: one flat rate in every currency of every market. */
export function defaultRates(): RateInput[] {
  return allMarkets().flatMap((entry) =>
    entry.currencies.map(({ code }): RateInput => {
      const exponent = currencyOf(code)?.exponent ?? 2;
      const amountMinor = Math.round((USUAL[code] ?? UNUSUAL) * 10 ** exponent);
      return {
        code: 'standard',
        market: entry.id,
        currency: code,
        amountMinor,
        names: { ...NAMES },
        minDays: 3,
        maxDays: 7,
      };
    }),
  );
}
