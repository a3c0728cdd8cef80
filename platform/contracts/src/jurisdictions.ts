import data from '../data/jurisdictions.json' with { type: 'json' };

/** A law that holds in a jurisdiction, as residency reports cite it. */
export interface Law {
  readonly name: string;
  readonly reference: string;
  /** Version or date of what the policy was written by. */
  readonly version: string;
}

/** Countries that a jurisdiction is home to, and why. */
export interface ServedCountries {
  /** ISO 3166-1 alpha-2 codes. */
  readonly codes: readonly string[];
  readonly reason: string;
}

/** Where data may be kept while the fleet runs no cell at home, and by what right. */
export interface Fallback {
  readonly jurisdiction: string;
  readonly basis: string;
}

/** How long the law makes us keep what erasure can't reach. */
export interface Retention {
  readonly orderRecordsYears: number;
  readonly basis: string;
  readonly erasure: string;
}

/**
 * A legal area whose personal data stays inside it. It is policy and therefore data: nothing in the
 * code knows a jurisdiction by name.
 */
export interface Jurisdiction {
  readonly key: string;
  readonly name: string;
  readonly laws: readonly Law[];
  readonly countries: readonly ServedCountries[];
  /** In order of preference; empty where the data may not leave at all. */
  readonly fallbacks: readonly Fallback[];
  /** Why the list of fallbacks ends where it does. */
  readonly fallbacksNote: string;
  readonly retention: Retention;
}

const jurisdictions = data.jurisdictions as readonly Jurisdiction[];
const byKey: ReadonlyMap<string, Jurisdiction> = new Map(
  jurisdictions.map((entry) => [entry.key, entry]),
);
const byCountry: ReadonlyMap<string, Jurisdiction> = new Map(
  jurisdictions.flatMap((entry) =>
    entry.countries.flatMap((group) => group.codes.map((code) => [code, entry] as const)),
  ),
);

/** All jurisdictions, in the order of the data. */
export function allJurisdictions(): readonly Jurisdiction[] {
  return jurisdictions;
}

/** The jurisdiction of a key such as `eu`; undefined where there is none. */
export function jurisdiction(key: string): Jurisdiction | undefined {
  return byKey.get(key);
}

/** Home of the personal data of a country's shoppers; undefined where the code is no country. */
export function jurisdictionOfCountry(code: string): Jurisdiction | undefined {
  return byCountry.get(code);
}

/** Jurisdictions that may stand in for one, best first; empty where none may, or it is unknown. */
export function fallbacksOf(key: string): readonly Fallback[] {
  return byKey.get(key)?.fallbacks ?? [];
}

/**
 * Jurisdictions whose cells may hold the data of a country's shoppers: home first, then its
 * fallbacks in order. Empty where the code is no country.
 */
export function jurisdictionsServing(country: string): readonly string[] {
  const home = byCountry.get(country);
  if (home === undefined) return [];
  return [home.key, ...home.fallbacks.map((fallback) => fallback.jurisdiction)];
}
