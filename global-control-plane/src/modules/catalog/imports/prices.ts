import type { VariantPrice } from '@commerce/contracts/catalog';
import { convertMinor } from '@commerce/contracts/exchange-rates';
import { allMarkets, defaultCurrencyOf, hasCurrency } from '@commerce/contracts/markets';
import { type Minor, minorToJson } from '@commerce/contracts/money';

/** In which markets and currencies a price of the file is offered. */

export interface PriceList {
  /** Prices of a variant in every market that it is sold in. */
  pricesOf(amount: Minor): VariantPrice[];
}

/**
 * Makes the price list of a currency. A price stands in every market that takes its currency. With
 * `convert` it stands in each market's own currency as well, at the reference rates: a price of zero
 * stays zero, any other is at least one minor unit.
 */
export function createPriceList(currency: string, convert: boolean): PriceList {
  const offers = allMarkets().flatMap((market) => {
    const own = defaultCurrencyOf(market);
    const currencies = [
      ...(hasCurrency(market, currency) ? [currency] : []),
      ...(convert && own !== currency ? [own] : []),
    ];
    return currencies.map((code) => ({ market: market.id, currency: code }));
  });
  return Object.freeze({
    pricesOf: (amount: Minor) =>
      offers.map((offer) => ({
        ...offer,
        amountMinor: minorToJson(
          offer.currency === currency ? amount : convertMinor(amount, currency, offer.currency),
        ),
      })),
  } satisfies PriceList);
}
