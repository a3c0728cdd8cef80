import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allLanguages } from '@commerce/contracts/languages';
import { describeFacetCounts } from './facet-counts.contract.ts';
import { WORDS_BY_LANGUAGE } from './titles.fixture.ts';
import { wordsOf } from './words.ts';
import type { SearchDocument, SearchEngine, SearchQuery, SearchResult } from './search.ts';

/** What an adapter brings to run the suite. */
export interface SearchHarness {
  /** An engine that indexes every language of the shop, with an empty index. */
  start(): Promise<{ readonly engine: SearchEngine; stop(): Promise<void> }>;
}

type Changes = Partial<SearchDocument> & { readonly title?: Readonly<Record<string, string>> };

function lampDocument(id: string, { title, ...changes }: Changes = {}): SearchDocument {
  const titles = title ?? { en: 'Oak desk lamp', de: 'Schreibtischlampe aus Eiche' };
  const texts = Object.entries(titles).map(([language, text]) => [
    language,
    { title: text, keywords: 'Nordlicht Lamps', details: 'Red', description: 'It stands firmly.' },
  ]);
  return {
    id,
    version: 1,
    texts: Object.fromEntries(texts),
    categories: ['lamps', 'home'],
    facets: { color: ['red'], material: ['oak'] },
    prices: [
      { market: 'eu', currency: 'EUR', minMinor: 10_000, maxMinor: 12_000 },
      { market: 'us', currency: 'USD', minMinor: 11_000, maxMinor: 11_000 },
    ],
    ...changes,
  };
}

/** The suite that every adapter of the search port passes. */
export function describeSearchEngine(name: string, harness: SearchHarness): void {
  describe(`search engine on ${name}`, () => {
    let engine: SearchEngine;
    let stop: () => Promise<void>;
    /** Each test sells in a market of its own, so none finds another's documents. */
    let market = 'm';
    let count = 0;

    const priced = (minMinor: number, maxMinor = minMinor): SearchDocument['prices'] => [
      { market, currency: 'EUR', minMinor, maxMinor },
    ];
    const newId = (): string => `prd_${String((count += 1)).padStart(6, '0')}`;
    const add = async (...documents: Changes[]): Promise<string[]> => {
      const made = documents.map((changes) =>
        lampDocument(newId(), { prices: priced(10_000), ...changes }),
      );
      await engine.index(made);
      return made.map(({ id }) => id);
    };
    const search = (text: string, changes: Partial<SearchQuery> = {}): Promise<SearchResult> =>
      engine.search({
        text,
        language: 'en',
        market,
        currency: 'EUR',
        sort: 'relevance',
        limit: 50,
        ...changes,
      });
    const find = async (text: string, changes?: Partial<SearchQuery>): Promise<string[]> =>
      (await search(text, changes)).hits.map(({ id }) => id);
    const inNewMarket = (): void => {
      market = `m${(count += 1)}`;
    };

    beforeAll(async () => {
      ({ engine, stop } = await harness.start());
      await engine.ensureIndex();
      // A second start finds its index made.
      await engine.ensureIndex();
    });
    afterAll(() => stop());

    describeFacetCounts(() => engine);

    it('finds a document by its words in any order, form and case, in each of its languages', async () => {
      inNewMarket();
      const [id] = await add({
        title: {
          en: 'Running shoes',
          de: 'Laufschuhe für Läufer',
          fr: 'Chaussures légères',
          ja: '軽い木の机のランプ',
        },
      });
      expect(await find('SHOE running')).toEqual([id]);
      expect(await find('runs')).toEqual([id]);
      expect(await find('Laufschuh', { language: 'de' })).toEqual([id]);
      expect(await find('laufer', { language: 'de' })).toEqual([id]);
      expect(await find('chaussure legere', { language: 'fr' })).toEqual([id]);
      expect(await find('ランプ', { language: 'ja' })).toEqual([id]);
      expect(await find('机', { language: 'ja' })).toEqual([id]);
      expect(await find('shoes xylophone')).toEqual([]);
    });

    it('is tried in every language of the shop', () => {
      expect(WORDS_BY_LANGUAGE.map(([tag]) => tag)).toEqual(allLanguages().map(({ tag }) => tag));
    });

    it('finds a document by the texts that the shopper is shown: of the next language that it has', async () => {
      inNewMarket();
      const [english, both] = await add(
        { title: { en: 'Wooden chair' } },
        { title: { en: 'Oaken chair', de: 'Stuhl aus Eiche' } },
      );
      expect(await find('chairs', { language: 'de' })).toEqual([english]);
      expect(await find('Stuhl', { language: 'de' })).toEqual([both]);
      expect(await find('chair', { language: 'nl' })).toEqual([both, english]);
      expect(await find('chair', { language: 'de-CH' })).toEqual([english]);
      expect(await find('Stuhl', { language: 'nl' })).toEqual([]);
      expect(await find('chair', { language: 'xx-nonsense' })).toEqual([both, english]);
      const suggestions = await engine.suggest({
        prefix: 'chai',
        language: 'de',
        market,
        currency: 'EUR',
        limit: 5,
      });
      expect(suggestions.documents.map(({ id }) => id)).toEqual([english]);
    });

    it.each(WORDS_BY_LANGUAGE)(
      'finds a word in %s, whole and by its beginning',
      async (language, title) => {
        inNewMarket();
        const [id] = await add({ title: { en: 'Thing', [language]: title } });
        const words = wordsOf(title, language);
        for (const word of words)
          expect([word, await find(word, { language })]).toEqual([word, [id]]);
        const [first = ''] = words;
        const { documents } = await engine.suggest({
          prefix: [...first].slice(0, 2).join(''),
          language,
          market,
          currency: 'EUR',
          limit: 5,
        });
        expect(documents).toEqual([{ id, title }]);
      },
    );

    it('finds the beginning of a word, after the word itself', async () => {
      inNewMarket();
      const [carpet, car] = await add({ title: { en: 'Carpet' } }, { title: { en: 'Toy car' } });
      expect(await find('car')).toEqual([car, carpet]);
      expect(await find('the car')).toEqual([car, carpet]);
    });

    it('puts a word of the title before one of the brand, and that before the description', async () => {
      inNewMarket();
      const texts = { title: 'Thing', keywords: 'Thing', details: 'Thing', description: 'Thing' };
      const make = (part: string): Changes => ({ texts: { en: { ...texts, [part]: 'maple' } } });
      const [last, third, second, first] = await add(
        make('description'),
        make('details'),
        make('keywords'),
        make('title'),
      );
      expect(await find('maple')).toEqual([first, second, third, last]);
    });

    it('finds everything for an empty query, and nothing for one of signs only', async () => {
      inNewMarket();
      const ids = await add({}, {}, {});
      expect(await find('')).toEqual(ids.toReversed());
      expect(await find('  ')).toEqual(ids.toReversed());
      expect(await search("?! & | :* \\ '")).toMatchObject({ hits: [], more: false, facets: {} });
    });

    it('takes any text as words, never as a command', async () => {
      inNewMarket();
      const [id] = await add({ title: { en: 'Lamp' } });
      for (const text of [
        "lamp' | 'x",
        'lamp & !',
        '(lamp',
        'lamp:*B',
        '"lamp\\',
        'lamp %_',
        'lamp\u0000',
      ]) {
        expect((await search(text)).hits.length).toBeLessThanOrEqual(1);
      }
      expect(await find('<lamp>')).toEqual([id]);
      expect(await find(`lamp ${'lamp '.repeat(500)}`)).toEqual([id]);
    });

    it('shows a document only in markets and currencies that it has a price in', async () => {
      inNewMarket();
      const [id] = await add({});
      expect(await find('lamp')).toEqual([id]);
      expect(await find('lamp', { currency: 'USD' })).toEqual([]);
      expect(await find('', { market: 'elsewhere' })).toEqual([]);
    });

    it('pages through every hit once, whatever the sort', async () => {
      inNewMarket();
      const ids = await add(
        ...Array.from({ length: 23 }, (_, index) => ({
          prices: priced(1_000 + (index % 4) * 100),
        })),
      );
      for (const sort of ['relevance', 'newest', 'price', '-price'] as const) {
        const seen: string[] = [];
        let page: SearchResult | undefined;
        do {
          const after = page?.hits.at(-1);
          page = await search('lamp', { sort, limit: 5, ...(after !== undefined && { after }) });
          seen.push(...page.hits.map(({ id }) => id));
        } while (page.more);
        expect(seen).toHaveLength(23);
        expect(new Set(seen)).toEqual(new Set(ids));
      }
    });

    it('sorts by price and by age', async () => {
      inNewMarket();
      const [a, b, c] = await add(
        { prices: priced(300) },
        { prices: priced(100, 900) },
        { prices: priced(200) },
      );
      expect(await find('lamp', { sort: 'price' })).toEqual([b, c, a]);
      expect(await find('', { sort: '-price' })).toEqual([a, c, b]);
      expect(await find('lamp', { sort: 'newest' })).toEqual([c, b, a]);
    });

    it('filters by price range, category and facets', async () => {
      inNewMarket();
      const [red, blue, green] = await add(
        { facets: { color: ['red'], size: ['s'] }, prices: priced(100, 200) },
        { facets: { color: ['blue'], size: ['s', 'm'] }, prices: priced(300) },
        { facets: { color: ['green'] }, categories: ['chairs'], prices: priced(500) },
      );
      expect(await find('', { priceMinMinor: 150, priceMaxMinor: 300 })).toEqual([blue, red]);
      expect(await find('lamp', { priceMinMinor: 301 })).toEqual([green]);
      expect(await find('', { category: 'lamps' })).toEqual([blue, red]);
      expect(await find('', { facets: { color: ['red', 'green'] } })).toEqual([green, red]);
      expect(await find('lamp', { facets: { color: ['red', 'blue'], size: ['m'] } })).toEqual([
        blue,
      ]);
      expect(await find('', { facets: { color: ["red' OR 1=1"] } })).toEqual([]);
    });

    it('counts each facet as if nothing were wanted of it, and only on the first page', async () => {
      inNewMarket();
      await add(
        { facets: { color: ['red'], size: ['s'] }, categories: ['lamps'] },
        { facets: { color: ['red'], size: ['m'] }, categories: ['lamps'] },
        { facets: { color: ['blue'], size: ['s'] }, categories: ['lamps'] },
        { facets: { color: ['blue'], size: ['s'] }, categories: ['chairs'] },
      );
      const result = await search('lamp', {
        facets: { color: ['red'], size: ['s'] },
        category: 'lamps',
        limit: 1,
      });
      expect(result.hits).toHaveLength(1);
      expect(result.facetsAreComplete).toBe(true);
      expect(result.facets).toEqual({
        color: [
          { value: 'blue', count: 1 },
          { value: 'red', count: 1 },
        ],
        size: [
          { value: 'm', count: 1 },
          { value: 's', count: 1 },
        ],
        category: [{ value: 'lamps', count: 1 }],
      });
      const [hit] = result.hits;
      const next = await search('lamp', { limit: 1, ...(hit !== undefined && { after: hit }) });
      expect(next.facets).toBeUndefined();
    });

    it('lets the highest version win, in whatever order writes arrive', async () => {
      inNewMarket();
      const id = newId();
      const version = (number: number, title: string): SearchDocument =>
        lampDocument(id, { version: number, title: { en: title }, prices: priced(100) });
      await engine.index([version(5, 'Violet lamp')]);
      await engine.index([version(4, 'Yellow lamp')]);
      expect([await find('violet'), await find('yellow')]).toEqual([[id], []]);
      await engine.remove([{ id, version: 7 }]);
      await engine.index([version(6, 'Orange lamp')]);
      expect(await find('lamp')).toEqual([]);
      await engine.index([version(8, 'White lamp')]);
      await engine.remove([{ id, version: 7 }]);
      expect(await find('white')).toEqual([id]);
      await engine.index([version(10, 'Black lamp'), version(9, 'Grey lamp')]);
      expect([await find('black'), await find('grey'), await find('white')]).toEqual([
        [id],
        [],
        [],
      ]);
    });

    it('takes in concurrent writes of the same documents', async () => {
      inNewMarket();
      const ids = Array.from({ length: 10 }, newId);
      const write = (version: number): Promise<void> =>
        engine.index(
          ids.map((id) =>
            lampDocument(id, { version, title: { en: `Lamp v${version}x` }, prices: priced(1) }),
          ),
        );
      await Promise.all([write(1), write(3), write(2), write(5), write(4)]);
      expect(new Set(await find('v5x'))).toEqual(new Set(ids));
      for (const version of [1, 2, 3, 4])
        expect(await find(`v${version}x`, { limit: 1 })).toEqual([]);
    });

    it('forgives typing mistakes when little is found, and says what it searched for', async () => {
      inNewMarket();
      const [id] = await add({
        title: { en: 'Waterproof trekking backpack', de: 'Wanderrucksack' },
      });
      for (const typed of [
        'bakcpack',
        'backpck',
        'backpackk',
        'packpack',
        'trekkimg backpack',
        'waterprooof',
      ]) {
        const result = await search(typed);
        expect([typed, result.hits.map((hit) => hit.id)]).toEqual([typed, [id]]);
        expect(result.correctedText).toMatch(/backpack|waterproof/);
      }
      expect(await find('wanderrucksak', { language: 'de' })).toEqual([id]);
      expect((await search('backpack')).correctedText).toBeUndefined();
      expect(await search('zzzzzzzz')).toMatchObject({ hits: [] });
      expect(await search('bakcpack', { exact: true })).toMatchObject({ hits: [] });
    });

    it('finds a word by its synonyms, behind the word itself, in the plural too', async () => {
      inNewMarket();
      const [couch, sofa] = await add({ title: { en: 'Grey couch' } }, { title: { en: 'Sofa' } });
      expect(await find('sofa')).toEqual([sofa, couch]);
      expect(await find('sofas')).toEqual([sofa, couch]);
      expect(await find('grey sofa')).toEqual([couch]);
      const [lampe] = await add({ title: { en: 'Lamp', de: 'Lampe' } });
      expect((await find('Leuchte', { language: 'de' }))[0]).toBe(lampe);
    });

    it('proposes a far more usual word without searching for it, and knows the usual ones', async () => {
      inNewMarket();
      const titles = Array.from({ length: 12 }, () => ({ title: { en: 'Wombat blanket' } }));
      const [rare] = await add({ title: { en: 'Combat' } }, ...titles);
      const result = await search('combat');
      expect(result.hits.map(({ id }) => id)).toEqual([rare]);
      expect(result).toMatchObject({ suggestedText: 'wombat' });
      expect(result.correctedText).toBeUndefined();
      expect((await search('combat', { exact: true })).suggestedText).toBeUndefined();
      expect((await search('wombat')).suggestedText).toBeUndefined();
      const popular = await engine.popularTerms('en', 200);
      expect(popular).toContain('wombat');
      expect(popular.indexOf('wombat')).toBeLessThan(popular.indexOf('combat'));
      // Every lamp of these tests is red, and none is called so.
      expect(popular).not.toContain('red');
      expect(popular).not.toContain('of');
    });

    it('suggests words by use and documents by title, while one types', async () => {
      inNewMarket();
      const [candle, holder] = await add(
        { title: { en: 'Candle of beeswax' } },
        { title: { en: 'Holder for a candle' } },
        { title: { en: 'Candy jar' } },
      );
      const suggest = (prefix: string) =>
        engine.suggest({ prefix, language: 'en', market, currency: 'EUR', limit: 5 });
      expect((await suggest('CAND')).terms.slice(0, 2)).toEqual(['candle', 'candy']);
      expect((await suggest('beeswax cand')).terms[0]).toBe('beeswax candle');
      const { documents } = await suggest('candl');
      expect(documents.map(({ id }) => id)).toEqual([candle, holder]);
      expect(documents[0]?.title).toBe('Candle of beeswax');
      expect((await suggest('c')).documents.length).toBeGreaterThan(0);
      expect(await suggest(" '&| ")).toEqual({ terms: [], documents: [] });
      expect(
        (
          await engine.suggest({
            prefix: 'candl',
            language: 'en',
            market: 'elsewhere',
            currency: 'EUR',
            limit: 5,
          })
        ).documents,
      ).toEqual([]);
    });

    it('no longer suggests the words of what was removed', async () => {
      inNewMarket();
      const [id] = await add({ title: { en: 'Quokka plush' } });
      const terms = async (): Promise<readonly string[]> =>
        (
          await engine.suggest({
            prefix: 'quok',
            language: 'en',
            market,
            currency: 'EUR',
            limit: 5,
          })
        ).terms;
      expect(await terms()).toEqual(['quokka']);
      await engine.remove([{ id: id ?? '', version: 2 }]);
      expect(await terms()).toEqual([]);
      expect((await search('quoka')).correctedText).toBeUndefined();
    });
  });
}
