import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartupFault } from '@commerce/service/part';
import { type CountryResponse, Reader } from 'mmdb-lib';

/** Tells the country that an address of the internet is used in. */
export interface CountryDatabase {
  /** ISO 3166-1 alpha-2; undefined where the database does not say, as for addresses of one's own network. */
  countryOf(address: string): string | undefined;
}

/** Addresses whose country is remembered, at about 100 bytes each. */
const REMEMBERED_MAX = 50_000;

/** The bundled database calls its one column so; those of other makers nest it. */
interface Row {
  readonly country_code?: string;
  readonly country?: { readonly iso_code?: string };
}

/** Where the bundled database is: country of registration by regional registries, 8 MB, IPv4 and IPv6. */
export function bundledDatabasePath(): string {
  return fileURLToPath(
    import.meta.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'),
  );
}

/**
 * Opens a database in MaxMind's file format, which is held in memory.
 * @throws StartupFault where the file is missing or is no such database
 */
export function openCountryDatabase(path: string): CountryDatabase {
  const reader = openReader(path);
  const remembered = new Map<string, string | undefined>();
  return Object.freeze({
    countryOf(address: string): string | undefined {
      const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
      if (remembered.has(plain)) return remembered.get(plain);
      // A stranger with many addresses must not grow the memory; what is dropped is looked up again.
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      const country = lookUp(reader, plain);
      remembered.set(plain, country);
      return country;
    },
  });
}

function openReader(path: string): Reader<CountryResponse> {
  try {
    return new Reader<CountryResponse>(readFileSync(path));
  } catch (error) {
    throw new StartupFault(
      `The country database ${path} can't be read: ${(error as Error).message}.`,
      'Give the path of a country database in the mmdb format, or COUNTRY_DATABASE=none.',
    );
  }
}

function lookUp(reader: Reader<CountryResponse>, address: string): string | undefined {
  let row: Row | null;
  try {
    row = reader.get(address) as Row | null;
  } catch {
    // The text is no address: a proxy wrote something of its own.
    return undefined;
  }
  return row?.country_code ?? row?.country?.iso_code;
}
