import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './embedded-postgres/test-cluster.ts';
import { migrate, MigrationError, readMigrations, splitStatements } from './migrations.ts';
import { openPostgres } from './postgres/postgres.ts';
import { type Sql, statement } from './sql.ts';

let folder: string;
let database: TestDatabase;
let sql: Sql;

const open = (): Sql =>
  openPostgres({ connectionString: database.url, statementTimeoutMs: 0, applicationName: 'test' });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'migrations-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  database = await createTestDatabase();
  sql = open();
});
afterEach(async () => {
  await sql.close();
  await database.drop();
});

const listed = statement<{ id: string }>(
  'test.listed',
  'SELECT id FROM schema_migrations ORDER BY applied_at, id',
);
const tables = statement<{ name: string }>(
  'test.tables',
  `SELECT table_name::text AS name FROM information_schema.tables
   WHERE table_schema = 'public' AND table_name NOT LIKE 'schema%' ORDER BY 1`,
);

/** A module's migrations from files of these names and texts. */
async function moduleOf(name: string, files: Readonly<Record<string, string>>) {
  const own = await mkdtemp(path.join(folder, 'module-'));
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(own, file), text);
  return readMigrations(name, own);
}

const FIRST = { '0001-things.sql': 'CREATE TABLE things (id text PRIMARY KEY);' };

describe('migrations', () => {
  it('are applied once, by number inside a module and in the order of modules', async () => {
    const shop = await moduleOf('shop', {
      '0002-size.sql': 'ALTER TABLE things ADD COLUMN size int4;',
      ...FIRST,
    });
    const parts = await moduleOf('parts', {
      '0001-parts.sql': 'CREATE TABLE parts (thing text REFERENCES things);',
    });
    const ids = ['shop/0001-things', 'shop/0002-size', 'parts/0001-parts'];
    expect(await migrate(sql, [...shop, ...parts])).toEqual(ids);
    expect(await migrate(sql, [...shop, ...parts])).toEqual([]);
    expect((await sql.query(listed)).map(({ id }) => id)).toEqual(ids);
    const more = await moduleOf('more', { '0001-more.sql': 'CREATE TABLE more (id int4);' });
    expect(await migrate(sql, [...shop, ...more, ...parts])).toEqual(['more/0001-more']);
  });

  it('are refused when their text has changed since they were applied', async () => {
    await migrate(sql, await moduleOf('shop', FIRST));
    const changed = await moduleOf('shop', {
      '0001-things.sql': 'CREATE TABLE things (id int8 PRIMARY KEY);',
    });
    await expect(migrate(sql, changed)).rejects.toThrow(MigrationError);
    await expect(migrate(sql, changed)).rejects.toThrow('shop/0001-things has changed');
  });

  it('are applied once by processes that start together on an empty database', async () => {
    const migrations = await moduleOf('shop', {
      ...FIRST,
      '0002-parts.sql': 'CREATE TABLE parts (id text);\nCREATE INDEX parts_id ON parts (id);',
    });
    const pools = Array.from({ length: 6 }, open);
    // All are connected before the first begins, so that they truly meet.
    await Promise.all(pools.map((pool) => pool.ping()));
    const applied = await Promise.all(pools.map((pool) => migrate(pool, migrations)));
    expect(applied.flat().toSorted()).toEqual(['shop/0001-things', 'shop/0002-parts']);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  it('leave nothing of themselves behind where one statement fails, and say which failed', async () => {
    const migrations = await moduleOf('shop', {
      ...FIRST,
      '0002-broken.sql': 'CREATE TABLE halves (id text);\nALTER TABLE nowhere ADD COLUMN id text;',
    });
    await expect(migrate(sql, migrations)).rejects.toThrow(/shop\/0002-broken.*nowhere/);
    expect(await sql.query(tables)).toEqual([{ name: 'things' }]);
    expect(await sql.query(listed)).toEqual([{ id: 'shop/0001-things' }]);
  });

  it('have names of one form, or their module is refused', async () => {
    for (const file of ['1-short.sql', '0001_under.sql', '0001-Upper.sql', '0001-a.sql.orig']) {
      await expect(moduleOf('shop', { ...FIRST, [file]: '' })).rejects.toThrow(
        `shop: "${file}" is not named 0001-name.sql`,
      );
    }
  });

  it('are split at semicolons that end a line, without their comments', () => {
    const text = `-- A comment; with a semicolon.
      CREATE TABLE a (
        -- another one;
        id text DEFAULT ';' CHECK (id <> 'x;y')
      );
      CREATE TABLE b (id text);   
      CREATE TABLE c (id text)`;
    expect(splitStatements(text).map((part) => part.replaceAll(/\s+/g, ' '))).toEqual([
      `CREATE TABLE a ( id text DEFAULT ';' CHECK (id <> 'x;y') )`,
      'CREATE TABLE b (id text)',
      'CREATE TABLE c (id text)',
    ]);
    expect(splitStatements('-- nothing\n\n')).toEqual([]);
  });
});
