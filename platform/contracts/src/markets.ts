import data from '../data/markets.json' with { type: 'json' };
import { allCountries } from './countries.ts';
import { jurisdictionsServing } from './jurisdictions.ts';
import type { RoundingMode } from './money.ts';

/** A group of countries with the same prices, tax display and rules of payment. */
export interface Market {
  readonly id: string;
  /** ISO 3166-1 alpha-2 codes; every country is in exactly one market. */
  readonly countries: readonly string[];
  /** Currencies that prices may be in; the first is the default. */
  readonly currencies: readonly { readonly code: string }[];
  /** The one standard rate, in parts per million of the net price. */
  readonly taxRatePpm: number;
  /** Whether the prices shown contain the tax. */
  readonly taxDisplay: 'inclusive' | 'exclusive';
  /** Tax is rounded by this mode, for each line or once for each document (order). */
  readonly rounding: { readonly mode: RoundingMode; readonly level: 'line' | 'document' };
  /** BCP 47 tags that shops of the market offer first. */
  readonly languages: readonly string[];
  /** When an authorised payment is captured. */
  readonly capture: 'immediate' | 'on-shipment';
  /** Keys of the jurisdictions whose cells carry the market: homes of its countries and stand-ins. */
  readonly servedBy: readonly string[];
}

/** In the data, the market of every country that no other market names. */
const OTHERS = 'others';

function readMarkets(): readonly Market[] {
  const named = new Set(
    data.markets.flatMap((entry) => (Array.isArray(entry.countries) ? entry.countries : [])),
  );
  return data.markets.map((entry) => {
    const countries =
      entry.countries === OTHERS
        ? allCountries().flatMap(({ code }) => (named.has(code) ? [] : [code]))
        : (entry.countries as string[]);
    const servedBy = [...new Set(countries.flatMap((code) => jurisdictionsServing(code)))];
    return { ...entry, countries, servedBy } as Market;
  });
}

const markets = readMarkets();
const byId: ReadonlyMap<string, Market> = new Map(markets.map((entry) => [entry.id, entry]));
const byCountry: ReadonlyMap<string, Market> = new Map(
  markets.flatMap((entry) => entry.countries.map((code) => [code, entry] as const)),
);

/** All markets, in the order of the data. */
export function allMarkets(): readonly Market[] {
  return markets;
}

/** The market of an id such as `eu`; undefined where there is none. */
export function market(id: string): Market | undefined {
  return byId.get(id);
}

/** The market that a country's shoppers buy in; undefined where the code is no country. */
export function marketOfCountry(code: string): Market | undefined {
  return byCountry.get(code);
}

/**
 * Markets whose shoppers a jurisdiction's cells may hold, at home or as a stand-in: what those cells
 * take from the catalogue feed.
 */
export function marketsServedBy(jurisdictionKey: string): readonly Market[] {
  return markets.filter((entry) => entry.servedBy.includes(jurisdictionKey));
}

/** The market's default currency. */
export function defaultCurrencyOf(entry: Market): string {
  const [first] = entry.currencies;
  if (first === undefined) throw new RangeError(`market ${entry.id} has no currency`);
  return first.code;
}

/** Whether prices of the market may be in the currency. */
export function hasCurrency(entry: Market, currency: string): boolean {
  return entry.currencies.some(({ code }) => code === currency);
}
