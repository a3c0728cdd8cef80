import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allCellLocations, cellLocation } from './cell-locations.ts';
import { ADDRESS_FIELDS, allCountries, countryName, countryOf, isPostalCode } from './countries.ts';
import { allCurrencies, currencyExponent, currencyOf } from './currencies.ts';
import { countryLawOf } from './country-laws.ts';
import { distanceKm, nearest } from './distance.ts';
import { parseCellId, parseRealm } from './ids.ts';
import {
  allJurisdictions,
  fallbacksOf,
  jurisdiction,
  jurisdictionOfCountry,
  jurisdictionsServing,
} from './jurisdictions.ts';
import { allLanguages, languageChain, languageOf, negotiateLanguage } from './languages.ts';
import {
  allMarkets,
  defaultCurrencyOf,
  hasCurrency,
  market,
  marketOfCountry,
  marketsServedBy,
} from './markets.ts';
import { ROUNDING_MODES } from './money.ts';

const places = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('countries', () => {
  test('all 249 of ISO 3166-1 are there once, each with a name in every language of the shop', () => {
    const codes = allCountries().map(({ code }) => code);
    expect(codes).toHaveLength(249);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) {
      expect(code).toMatch(/^[A-Z]{2}$/);
      for (const { tag } of allLanguages()) expect(countryName(code, tag)).not.toBe(code);
    }
    expect(countryName('DE', 'ja')).toBe('ドイツ');
  });

  test('each has coordinates, an active currency, languages and a consistent address format', () => {
    for (const country of allCountries()) {
      expect(Math.abs(country.latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(country.longitude)).toBeLessThanOrEqual(180);
      expect(currencyOf(country.currency), country.code).toMatchObject({ kind: 'tender' });
      expect(country.languages).not.toHaveLength(0);
      expect(Intl.getCanonicalLocales([...country.languages])).toEqual(country.languages);
      const { required, lines, postalCodeExample } = country.address;
      const fields = lines.flat();
      expect(new Set(fields).size).toBe(fields.length);
      for (const field of fields) expect(ADDRESS_FIELDS).toContain(field);
      for (const field of required) expect(fields, country.code).toContain(field);
      expect(postalCodeExample !== undefined, country.code).toBe(fields.includes('postalCode'));
      if (postalCodeExample !== undefined) {
        expect(isPostalCode(country, postalCodeExample)).toBe(true);
      }
    }
  });

  test.each([
    ['DE', '10117', true],
    ['DE', '1011', false],
    ['DE', '10117; DROP', false],
    ['GB', 'ec1y 8sy', true],
    ['GB', '10117', false],
    ['US', '95014-1234', true],
    ['CA', ' h3z 2y7 ', true],
    ['JP', '154-0023', true],
    ['AE', 'anything', true],
  ])('a postal code of %s: %j is taken: %s', (code, text, taken) => {
    const country = countryOf(code);
    expect(country === undefined ? undefined : isPostalCode(country, text)).toBe(taken);
  });

  test('each is named in the list of laws, and most have one of their own', async () => {
    const file = await import('../data/country-laws.json', { with: { type: 'json' } });
    const codes = allCountries().map(({ code }) => code);
    expect(Object.keys(file.default.laws)).toEqual(codes);
    const known = codes.filter((code) => countryLawOf(code) !== undefined);
    expect(known.length).toBeGreaterThan(180);
    expect(countryLawOf('BR')).toContain('13.709/2018');
    expect(countryLawOf('TV')).toBeUndefined();
    expect(countryLawOf('__proto__')).toBeUndefined();
    // What a law of the Union covers is kept in the Union.
    for (const code of known) {
      if (!countryLawOf(code)?.startsWith('Regulation (EU)')) continue;
      expect(jurisdictionOfCountry(code)?.key, code).toBe('eu');
    }
  });

  test('what is no code has no country', () => {
    for (const code of ['', 'de', 'XX', 'EU', 'UK', '__proto__']) {
      expect(countryOf(code)).toBeUndefined();
      expect(jurisdictionOfCountry(code)).toBeUndefined();
      expect(marketOfCountry(code)).toBeUndefined();
      expect(jurisdictionsServing(code)).toEqual([]);
    }
  });
});

describe('currencies', () => {
  /** Where CLDR, which speaks of cash and habit, differs from the minor unit of ISO 4217. */
  const CLDR_DIFFERS = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ');

  test('the minor unit of each is that of ISO 4217', () => {
    const codes = allCurrencies().map(({ code }) => code);
    expect(codes.length).toBeGreaterThanOrEqual(150);
    expect(new Set(codes).size).toBe(codes.length);
    const differing = allCurrencies().filter(({ code, exponent }) => {
      const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
      return format.resolvedOptions().maximumFractionDigits !== exponent;
    });
    for (const { code } of differing) expect(CLDR_DIFFERS).toContain(code);
    const of = (code: string) => currencyExponent(code);
    expect(['JPY', 'EUR', 'KWD', 'CLF', 'IDR', 'ISK'].map(of)).toEqual([0, 2, 3, 4, 2, 0]);
  });

  test('what the runtime knows beyond them is withdrawn, or a unit that nobody pays with', () => {
    const missing = Intl.supportedValuesOf('currency').filter((code) => !currencyOf(code));
    const withdrawnOrNoMoney = ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'XDR', 'XSU', 'ZWL'];
    for (const code of missing) expect(withdrawnOrNoMoney).toContain(code);
    expect(() => currencyExponent('HRK')).toThrow(RangeError);
  });
});

describe('languages', () => {
  test('every language has its fallbacks, and PostgreSQL knows how to search it', () => {
    expect(allLanguages().map(({ tag }) => tag)).toEqual(
      `ar az bg bn ca cs da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk
       km kn ko lt lv mk ml mr ms my nb ne nl pa pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur
       uz vi zh-Hans zh-Hant`.split(/\s+/),
    );
    for (const language of allLanguages()) {
      expect(Intl.getCanonicalLocales(language.tag)).toEqual([language.tag]);
      for (const tag of language.fallbacks) expect(languageOf(tag)).toBeDefined();
      expect(language.textSearchConfiguration).toMatch(/^[a-z_]+$/);
    }
    const rightToLeft = allLanguages().filter(({ direction }) => direction === 'rtl');
    expect(rightToLeft.map(({ tag }) => tag)).toEqual(['ar', 'fa', 'he', 'ur']);
  });

  test.each([
    ['de-CH', ['de-CH', 'de', 'en']],
    ['en', ['en']],
    ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant', 'zh-Hans', 'en']],
    ['nds-DE', ['nds-DE', 'nds', 'en']],
    ['ca', ['ca', 'es', 'en']],
    ['', ['en']],
  ])('texts for %j are looked for in %j', (tag, chain) => {
    expect(languageChain(tag)).toEqual(chain);
  });

  test.each([
    ['fr-CA,fr;q=0.8,en;q=0.5', 'fr'],
    ['nds, ja;q=0.9, en;q=0.2', 'ja'],
    ['pt-BR', 'pt-BR'],
    ['pt-AO', 'pt'],
    ['zh', 'zh-Hans'],
    ['zh-HK', 'zh-Hant'],
    ['ZH-tw', 'zh-Hant'],
    ['nn-NO, sv;q=0.5', 'nb'],
    ['iw', 'he'],
    [`de-${'x'.repeat(400)}, fr;q=0.1`, 'fr'],
    ['en;q=0.1, DE-at', 'de'],
    ['de;q=0, *', 'en'],
    [';;q=x,,', 'en'],
    [undefined, 'en'],
  ])('Accept-Language %j is answered in %s', (header, tag) => {
    expect(negotiateLanguage(header).tag).toBe(tag);
  });
});

describe('jurisdictions', () => {
  test('every country has exactly one home', () => {
    const codes = allJurisdictions().flatMap((entry) => entry.countries.flatMap((g) => g.codes));
    expect(codes.toSorted()).toEqual(allCountries().map(({ code }) => code));
    expect(jurisdictionOfCountry('DE')?.key).toBe('eu');
    expect(jurisdictionOfCountry('GB')?.key).toBe('uk');
  });

  test('each names its laws, retention and reasons, and falls back only with a legal basis', () => {
    for (const entry of allJurisdictions()) {
      expect(parseRealm(entry.key)).toBeDefined();
      expect(entry.laws).not.toHaveLength(0);
      for (const group of entry.countries) expect(group.reason.length).toBeGreaterThan(10);
      expect(entry.retention.orderRecordsYears).toBeGreaterThan(0);
      expect(entry.fallbacksNote).not.toBe('');
      for (const fallback of fallbacksOf(entry.key)) {
        expect(jurisdiction(fallback.jurisdiction)).toBeDefined();
        expect(fallback.jurisdiction).not.toBe(entry.key);
        expect(fallback.basis.length).toBeGreaterThan(10);
      }
    }
  });

  test('data of strict jurisdictions goes nowhere else, and never to the United States from Europe', () => {
    expect(jurisdictionsServing('SA')).toEqual(['sa']);
    expect(jurisdictionsServing('AE')).toEqual(['ae']);
    expect(jurisdictionsServing('GB')).toEqual(['uk', 'eu']);
    expect(jurisdictionsServing('DE')).not.toContain('us');
  });
});

describe('markets', () => {
  test('every country is in exactly one market', () => {
    const codes = allMarkets().flatMap((entry) => entry.countries);
    expect(codes.toSorted()).toEqual(allCountries().map(({ code }) => code));
    expect(marketOfCountry('FR')?.id).toBe('eu');
    expect(marketOfCountry('NZ')?.id).toBe('international');
  });

  test('each has active currencies, a tax rate, a rounding mode and cells that carry it', () => {
    for (const entry of allMarkets()) {
      expect(defaultCurrencyOf(entry)).toBe(entry.currencies[0]?.code);
      for (const { code } of entry.currencies) expect(currencyOf(code)).toBeDefined();
      expect(Number.isInteger(entry.taxRatePpm) && entry.taxRatePpm < 500_000).toBe(true);
      expect(Object.keys(ROUNDING_MODES)).toContain(entry.rounding.mode);
      expect(entry.servedBy).not.toHaveLength(0);
      for (const key of entry.servedBy) expect(marketsServedBy(key)).toContain(entry);
    }
    const eu = market('eu');
    expect(eu !== undefined && hasCurrency(eu, 'SEK') && !hasCurrency(eu, 'JPY')).toBe(true);
  });

  test('a jurisdiction carries the markets whose shoppers it may hold, and no others', () => {
    const ids = (key: string) => marketsServedBy(key).map(({ id }) => id);
    expect(ids('sa')).toEqual(['sa']);
    expect(ids('eu')).toEqual(expect.arrayContaining(['eu', 'uk', 'us', 'international']));
    expect(ids('eu')).not.toContain('ae');
    expect(ids('us')).not.toContain('eu');
    expect(ids('nowhere')).toEqual([]);
  });
});

describe('cell locations', () => {
  test('each has a valid id, stands in its own jurisdiction, and none is the only one there', () => {
    const count = new Map<string, number>();
    for (const entry of allCellLocations()) {
      expect(parseCellId(entry.id)).toBe(entry.id);
      expect(parseRealm(entry.realm)).toBe(entry.realm);
      expect(entry.id.startsWith(`${entry.realm}-`)).toBe(true);
      expect(jurisdictionOfCountry(entry.country)?.key).toBe(entry.jurisdiction);
      const country = countryOf(entry.country);
      expect(country && distanceKm(country, entry)).toBeLessThan(3500);
      count.set(entry.jurisdiction, (count.get(entry.jurisdiction) ?? 0) + 1);
    }
    expect([...count.keys()].toSorted()).toEqual(
      allJurisdictions()
        .map(({ key }) => key)
        .toSorted(),
    );
    for (const number of count.values()) expect(number).toBeGreaterThanOrEqual(2);
    expect(cellLocation('eu-de-1')?.location).toBe('Frankfurt');
    expect(cellLocation('eu-xx-1')).toBeUndefined();
  });
});

describe('distances', () => {
  test('are those of an atlas', () => {
    const frankfurt = { latitude: 50.11, longitude: 8.68 };
    expect(distanceKm(frankfurt, { latitude: 48.86, longitude: 2.35 })).toBeCloseTo(478, -1);
    expect(distanceKm(frankfurt, { latitude: 35.68, longitude: 139.69 })).toBeCloseTo(9360, -2);
  });

  test('are symmetric, zero on the spot and at most half the way around', () => {
    fc.assert(
      fc.property(places, places, (a, b) => {
        const km = distanceKm(a, b);
        expect(Math.abs(km - distanceKm(b, a))).toBeLessThan(1e-6);
        expect(km >= 0 && km <= 20_016).toBe(true);
        expect(distanceKm(a, a)).toBe(0);
      }),
    );
  });

  test('the nearest place is one that no other is nearer than, the first of equals', () => {
    fc.assert(
      fc.property(places, fc.array(places, { minLength: 1, maxLength: 20 }), (from, list) => {
        const found = nearest(from, list);
        const least = Math.min(...list.map((place) => distanceKm(from, place)));
        expect(found).toBe(list.find((place) => distanceKm(from, place) === least));
      }),
    );
    expect(nearest({ latitude: 0, longitude: 0 }, [])).toBeUndefined();
  });

  test('shoppers of Germany and France are nearest to Frankfurt and Paris', () => {
    const cells = allCellLocations().filter(({ realm }) => realm === 'eu');
    const of = (code: string) => {
      const country = countryOf(code);
      return country && nearest(country, cells)?.id;
    };
    expect([of('DE'), of('FR'), of('NL')]).toEqual(['eu-de-1', 'eu-fr-1', 'eu-nl-1']);
  });
});
