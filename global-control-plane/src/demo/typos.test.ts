import { allLanguages } from '@commerce/contracts/languages';
import { textIn } from '@commerce/contracts/localized-text';
import { createPostgresSearch } from '@commerce/engines/search/postgres/postgres-search';
import type { SearchDocument, SearchEngine } from '@commerce/engines/search/search';
import { wordsOf } from '@commerce/engines/search/words';
import {
  createTestDatabase,
  type TestDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SEED, demoProduct } from './products.ts';

/** How many one-letter typing mistakes search does not forgive, over the demo catalogue. */

const PRODUCTS = 2_000;
const LANGUAGES = ['en', 'de'] as const;
/** Shorter words have neighbours that are words as well: nobody could tell what was meant. */
const WORD_LETTERS_MIN = 4;
const WORDS_MAX = 120;
const MISSES_MAX = 0.1;

let database: TestDatabase;
let sql: Sql;
let engine: SearchEngine;
const documents: SearchDocument[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'typos' });
  engine = createPostgresSearch({ sql, languages: allLanguages() });
  await engine.ensureIndex();
  for (let index = 0; index < PRODUCTS; index += 1) {
    const { vendor, line } = demoProduct(DEMO_SEED, index);
    const { titles } = line.product;
    documents.push({
      id: `prd_${String(index).padStart(6, '0')}`,
      version: 1,
      texts: Object.fromEntries(
        LANGUAGES.map((tag) => [
          tag,
          { title: textIn(titles, tag), keywords: vendor, details: '', description: '' },
        ]),
      ),
      categories: [],
      facets: {},
      prices: [{ market: 'eu', currency: 'EUR', minMinor: 1, maxMinor: 1 }],
    });
  }
  for (let start = 0; start < PRODUCTS; start += 250) {
    await engine.index(documents.slice(start, start + 250));
  }
}, 120_000);
afterAll(async () => {
  await sql.close();
  await database.drop();
});

type Mistake = (word: string, at: number) => string;
const letterOf = (word: string, at: number): string =>
  'etaonirsh'[(word.charCodeAt(at) + word.length) % 9] ?? 'e';
const MISTAKES: Readonly<Record<string, Mistake>> = {
  insert: (word, at) => word.slice(0, at) + letterOf(word, at) + word.slice(at),
  delete: (word, at) => word.slice(0, at) + word.slice(at + 1),
  replace: (word, at) => word.slice(0, at) + letterOf(word, at) + word.slice(at + 1),
  transpose: (word, at) => word.slice(0, at - 1) + word[at] + word[at - 1] + word.slice(at + 1),
};

/** Words of titles, spread over the alphabet, with the documents that have them. */
function wordsWithDocuments(language: string): [string, ReadonlySet<string>][] {
  const found = new Map<string, Set<string>>();
  for (const { id, texts } of documents) {
    for (const word of wordsOf(texts[language]?.title ?? '', language)) {
      if (word.length < WORD_LETTERS_MIN) continue;
      found.set(word, (found.get(word) ?? new Set()).add(id));
    }
  }
  const words = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const step = Math.max(1, Math.floor(words.length / WORDS_MAX));
  return words.filter((_, index) => index % step === 0);
}

test.each(LANGUAGES)(
  'fewer than a tenth of one-letter mistakes in %s are missed',
  async (language) => {
    const misses: string[] = [];
    let tried = 0;
    for (const [word, holders] of wordsWithDocuments(language)) {
      for (const [name, make] of Object.entries(MISTAKES)) {
        // Any letter but the first, which people rarely get wrong.
        const at = 1 + ((word.length * 7 + name.length) % (word.length - 1));
        const typed = make(word, at);
        if (typed === word) continue;
        tried += 1;
        const { hits } = await engine.search({
          text: typed,
          language,
          market: 'eu',
          currency: 'EUR',
          sort: 'relevance',
          limit: 24,
        });
        if (!hits.some(({ id }) => holders.has(id))) misses.push(`${word} as ${typed}`);
      }
    }
    expect(tried).toBeGreaterThan(200);
    expect(misses.length / tried, misses.join(', ')).toBeLessThan(MISSES_MAX);
  },
  120_000,
);
