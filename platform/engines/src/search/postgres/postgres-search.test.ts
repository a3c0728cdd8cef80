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
