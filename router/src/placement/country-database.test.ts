import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupFault } from '@commerce/service/part';
import { describe, expect, it } from 'vitest';
import { bundledDatabasePath, openCountryDatabase } from './country-database.ts';
import { decideCountry } from './shopper-country.ts';

describe('the bundled country database', () => {
  const database = openCountryDatabase(bundledDatabasePath());

  it.each([
    ['193.99.144.80', 'DE'],
    ['::ffff:193.99.144.80', 'DE'],
    ['2a02:2e0:3fe:1001:302::', 'DE'],
    ['133.11.0.1', 'JP'],
    ['200.160.2.3', 'BR'],
    ['18.7.22.83', 'US'],
  ])('puts %s into %s', (address, country) => {
    expect(database.countryOf(address)).toBe(country);
    expect(database.countryOf(address)).toBe(country);
  });

  it.each(['127.0.0.1', '10.1.2.3', '::1', 'fe80::1', 'unknown', '', '999.1.1.1'])(
    'says nothing of %j',
    (address) => {
      expect(database.countryOf(address)).toBeUndefined();
    },
  );

  it('is refused in one line where the file is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countries-'));
    const path = join(folder, 'wrong.mmdb');
    writeFileSync(path, 'no database');
    expect(() => openCountryDatabase(path)).toThrow(StartupFault);
    expect(() => openCountryDatabase(join(folder, 'absent.mmdb'))).toThrow(StartupFault);
    rmSync(folder, { recursive: true });
  });
});

describe('the country of a shopper', () => {
  const none = {
    chosen: undefined,
    claimed: undefined,
    locate: () => undefined,
    byDefault: undefined,
  };

  it('is the chosen one, else that of a header, of the address, of the deployment', () => {
    const all = { chosen: 'FR', claimed: 'be', locate: () => 'DE', byDefault: 'AT' };
    expect(decideCountry(all)).toEqual({ country: 'FR', source: 'chosen' });
    expect(decideCountry({ ...all, chosen: undefined })).toEqual({
      country: 'BE',
      source: 'header',
    });
    expect(decideCountry({ ...all, chosen: 'XX', claimed: 'T1' })).toEqual({
      country: 'DE',
      source: 'address',
    });
    expect(decideCountry({ ...none, byDefault: 'AT' })).toEqual({
      country: 'AT',
      source: 'default',
    });
    expect(decideCountry(none)).toEqual({ country: undefined, source: 'unknown' });
  });

  it('asks for the address only where nothing better is known', () => {
    const locate = (): never => {
      throw new Error('it was asked');
    };
    expect(decideCountry({ ...none, claimed: 'DE', locate }).source).toBe('header');
  });
});
