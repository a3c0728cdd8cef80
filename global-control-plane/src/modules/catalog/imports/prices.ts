import type { VariantPrice } from '@commerce/contracts/catalog';
import { convertMinor } from '@commerce/contracts/exchange-rates';
import { allMarkets, defaultCurrencyOf, hasCurrency } from '@commerce/contracts/markets';
import { type Minor, minorToJson } from '@commerce/contracts/money';

/** In which markets and currencies a price of the file is offered. */

/** Prices that are remembered, each with its amounts: about 200 B. */
const KNOWN_MAX = 5_000;

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
  // A file has few different prices, and converting one takes as long as reading its row.
  const known = new Map<Minor, readonly number[]>();
  const amountsOf = (amount: Minor): readonly number[] => {
    let amounts = known.get(amount);
    if (amounts === undefined) {
      amounts = offers.map((offer) =>
        minorToJson(
          offer.currency === currency ? amount : convertMinor(amount, currency, offer.currency),
        ),
      );
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(amount, amounts);
    }
    return amounts;
  };
  return Object.freeze({
    pricesOf: (amount: Minor) => {
      const amounts = amountsOf(amount);
      return offers.map((offer, index) => ({ ...offer, amountMinor: amounts[index] as number }));
    },
  } satisfies PriceList);
}
