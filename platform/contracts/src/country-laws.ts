import data from '../data/country-laws.json' with { type: 'json' };

const laws: Readonly<Record<string, string | null>> = data.laws;

/**
 * The general law on personal data that shoppers of a country live under, as lawyers cite it.
 * Undefined where the country has none that we know of, or the code is no country. Which jurisdiction
 * keeps their data is the matter of `jurisdictionOfCountry`.
 */
export function countryLawOf(code: string): string | undefined {
  return Object.hasOwn(laws, code) ? (laws[code] ?? undefined) : undefined;
}
