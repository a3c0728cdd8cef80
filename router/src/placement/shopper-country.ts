import { countryOf } from '@commerce/contracts/countries';

/** The country that a shopper shops from, and how the router knows. */
export interface ShopperCountry {
  /** ISO 3166-1 alpha-2; undefined where nothing tells it. */
  readonly country: string | undefined;
  readonly source: 'chosen' | 'header' | 'address' | 'default' | 'unknown';
}

/**
 * Decides the country: the shopper's own choice, else what a trusted proxy says, else where the
 * client's address is used, else the default of this deployment. A code that is no country counts as
 * not said: networks have codes of their own for "unknown" and for anonymous proxies.
 */
export function decideCountry(known: {
  readonly chosen: string | undefined;
  readonly claimed: string | undefined;
  /** Asked only where nothing better is known. */
  readonly locate: () => string | undefined;
  readonly byDefault: string | undefined;
}): ShopperCountry {
  if (known.chosen !== undefined && countryOf(known.chosen) !== undefined) {
    return { country: known.chosen, source: 'chosen' };
  }
  const claimed = known.claimed?.trim().toUpperCase();
  if (claimed !== undefined && countryOf(claimed) !== undefined) {
    return { country: claimed, source: 'header' };
  }
  const located = known.locate();
  if (located !== undefined && countryOf(located) !== undefined) {
    return { country: located, source: 'address' };
  }
  if (known.byDefault !== undefined) return { country: known.byDefault, source: 'default' };
  return { country: undefined, source: 'unknown' };
}
