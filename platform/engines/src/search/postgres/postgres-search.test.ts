import { allLanguages } from '@commerce/contracts/languages';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../sql/embedded-postgres/test-cluster.ts';
import { openPostgres } from '../../sql/postgres/postgres.ts';
import { type Sql, statement } from '../../sql/sql.ts';
import { describeSearchEngine } from '../search.contract.ts';
import { createPostgresSearch } from './postgres-search.ts';
import { searchIndexTables } from './tables.ts';

const languages = allLanguages();

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'search test' });
});
afterAll(async () => {
  await sql.close();
  await database.drop();
});

describeSearchEngine('postgres', {
  async start() {
    return { engine: createPostgresSearch({ sql, languages }), stop: async () => undefined };
  },
});

it('reads rows that an older process wrote without the copies of prices and facets', async () => {
  const engine = createPostgresSearch({ sql, languages });
  const write = (n: number) => ({
    id: `older-${n}`,
    version: 1,
    texts: {
      en: { title: 'Older lamp', keywords: 'lamps', details: '', description: '' },
    },
    categories: ['lamps'],
    facets: { color: [n % 2 === 0 ? 'red' : 'blue'] },
    prices: [{ market: 'older', currency: 'EUR', minMinor: 100 * n, maxMinor: 100 * n + 50 }],
  });
  await engine.index([1, 2, 3].map(write));
  const search = async (text: string) =>
    engine.search({
      text,
      language: 'en',
      market: 'older',
      currency: 'EUR',
      category: 'lamps',
      priceMinMinor: 200,
      sort: 'price',
      limit: 10,
    });
  const told = [await search('lamp'), await search('')];
  expect(told[0]?.hits).toEqual([
    { id: 'older-2', key: 200 },
    { id: 'older-3', key: 300 },
  ]);
  expect(told[1]?.hits).toEqual(told[0]?.hits);
  await sql.execute(
    `UPDATE search_texts SET facet_text = NULL, price_lists = NULL, min_minors = NULL,
       max_minors = NULL WHERE id = 'older-2'`,
  );
  // Such a process leaves in a document's row what was true before.
  await sql.execute(
    `UPDATE search_documents SET version = 2, facet_text = '{}', min_minors = '{9}',
       max_minors = '{9}' WHERE id = 'older-3'`,
  );
  expect([await search('lamp'), await search('')]).toEqual(told);
});

const columnsOfTables = statement<{ table_name: string; column_name: string }>(
  'test.search-columns',
  `SELECT table_name, column_name FROM information_schema.columns
   WHERE table_name LIKE 'search_%' ORDER BY table_name, column_name`,
);

it('declares the class of every column that it has', async () => {
  const live = (await sql.query(columnsOfTables)).map(
    (row) => `${row.table_name}.${row.column_name}`,
  );
  const declared = searchIndexTables.flatMap(({ name, columns }) =>
    Object.keys(columns).map((column) => `${name}.${column}`),
  );
  expect(declared.toSorted()).toEqual(live.toSorted());
});

it('refuses languages that could not stand in SQL', () => {
  const [language] = languages;
  if (language === undefined) throw new Error('there is a language');
  expect(() => createPostgresSearch({ sql, languages: [] })).toThrow(TypeError);
  const wrong = { ...language, tag: "x'; DROP TABLE search_texts; --" };
  expect(() => createPostgresSearch({ sql, languages: [wrong] })).toThrow(TypeError);
});
