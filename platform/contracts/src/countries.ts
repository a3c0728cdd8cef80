import data from '../data/countries.json' with { type: 'json' };
import type { Coordinates } from './distance.ts';

/** Parts of a postal address, as the shop's forms and the carriers' labels name them. */
export const ADDRESS_FIELDS = [
  'name',
  'organization',
  'line1',
  'line2',
  'postalCode',
  'city',
  'region',
] as const;
export type AddressField = (typeof ADDRESS_FIELDS)[number];

/** How a country writes its addresses. */
export interface AddressFormat {
  /** Fields without which a parcel does not arrive. */
  readonly required: readonly AddressField[];
  /** The label's lines from the top, each with its fields in writing order; the country follows. */
  readonly lines: readonly (readonly AddressField[])[];
  /** Regular expression for the whole of a postal code in upper case; absent where there is none. */
  readonly postalCodePattern?: string;
  /** A code that matches, for forms to show. */
  readonly postalCodeExample?: string;
}

/** A country or territory of ISO 3166-1. Its name in any language comes from `countryName`. */
export interface Country extends Coordinates {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** ISO 4217 code of what people pay with. */
  readonly currency: string;
  /** BCP 47 tags, the most used first. */
  readonly languages: readonly string[];
  readonly address: AddressFormat;
}

const countries = data.countries as readonly Country[];
const byCode: ReadonlyMap<string, Country> = new Map(countries.map((entry) => [entry.code, entry]));

/** All countries, by code. */
export function allCountries(): readonly Country[] {
  return countries;
}

/** The country of an ISO 3166-1 alpha-2 code in upper case; undefined where there is none. */
export function countryOf(code: string): Country | undefined {
  return byCode.get(code);
}

const displayNames = new Map<string, Intl.DisplayNames>();

/** Name of a country in a language (BCP 47); the code itself where the language has no name for it. */
export function countryName(code: string, language: string): string {
  let names = displayNames.get(language);
  if (names === undefined) {
    names = new Intl.DisplayNames([language, 'en'], { type: 'region' });
    displayNames.set(language, names);
  }
  return names.of(code) ?? code;
}

/** Postal codes are kept trimmed, in upper case and with single spaces. */
export function normalizePostalCode(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toUpperCase();
}

const postalPatterns = new Map<string, RegExp>();

/**
 * Whether the text is a postal code of the country. Where a country has none, or its pattern is not
 * known, every text is accepted: a wrong refusal loses an order.
 */
export function isPostalCode(country: Country, text: string): boolean {
  const source = country.address.postalCodePattern;
  if (source === undefined) return true;
  let pattern = postalPatterns.get(country.code);
  if (pattern === undefined) {
    pattern = new RegExp(source);
    postalPatterns.set(country.code, pattern);
  }
  return pattern.test(normalizePostalCode(text));
}
