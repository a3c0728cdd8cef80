import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sql, SqlError, type SqlReader, statement } from './sql.ts';

/**
 * Migrations: SQL files `0001-name.sql` in a module's `migrations/` folder. They hold DDL only, in
 * the expand/contract way; backfills go through the unit of work. Several processes may start at the
 * same time: a lock row (FOR UPDATE), not an advisory lock, lets one of them work.
 */

export interface Migration {
  /** `module/0001-name`: applied in the order of modules given, then by number. */
  readonly id: string;
  readonly text: string;
  readonly hash: string;
}

/** A file name that is no migration, one that changed after it was applied, or one that fails. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const FILE_PATTERN = /^\d{4}-[a-z0-9-]+\.sql$/;

/**
 * Reads the migrations of a module.
 * @param module name that the ids begin with
 * @param folder absolute path of its `migrations/` folder
 * @throws MigrationError where a file's name is not `0001-name.sql`
 */
export async function readMigrations(module: string, folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).toSorted();
  return Promise.all(
    files.map(async (file) => {
      if (!FILE_PATTERN.test(file)) {
        throw new MigrationError(`${module}: "${file}" is not named 0001-name.sql`);
      }
      const text = await readFile(join(folder, file), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      return { id: `${module}/${file.slice(0, -'.sql'.length)}`, text, hash };
    }),
  );
}

const lockRow = statement<{ id: number }>(
  'migrations.lock',
  'SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE',
);
const listApplied = statement<{ id: string; hash: string }>(
  'migrations.list',
  'SELECT id, hash FROM schema_migrations',
);
const recordApplied = statement(
  'migrations.record',
  'INSERT INTO schema_migrations (id, hash) VALUES ($1, $2)',
);

const BOOTSTRAP = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  id text PRIMARY KEY,
  hash text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS schema_lock (id int4 PRIMARY KEY);
INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT (id) DO NOTHING;
`;

/**
 * SQLSTATEs with which one of two processes is refused that create the same tables: `IF NOT EXISTS`
 * looks before it locks. The other's tables are there once it is told.
 */
const CREATED_MEANWHILE: ReadonlySet<string> = new Set([
  '23505',
  '42P07',
  '42710',
  '40001',
  '40P01',
]);
const BOOTSTRAP_ATTEMPTS_MAX = 10;

async function createBookkeeping(sql: Sql): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await sql.execute(BOOTSTRAP);
    } catch (error) {
      const created = error instanceof SqlError && CREATED_MEANWHILE.has(error.state);
      if (!created || attempts >= BOOTSTRAP_ATTEMPTS_MAX) throw error;
    }
  }
}

async function runStatements(transaction: SqlReader, migration: Migration): Promise<void> {
  for (const text of splitStatements(migration.text)) {
    await transaction.query({ name: '', text });
  }
}

/**
 * Applies what is missing, in order, each in a transaction of its own.
 * @param sql a connection without a statement time-out
 * @returns ids of those applied now
 * @throws MigrationError where an applied migration's text has changed since, or the database refuses
 *   one; those before it stay applied
 */
export async function migrate(sql: Sql, migrations: readonly Migration[]): Promise<string[]> {
  await createBookkeeping(sql);
  const applied: string[] = [];
  for (const migration of migrations) {
    const apply = sql.transaction('migrations.apply', async (transaction) => {
      await transaction.query(lockRow);
      const known = (await transaction.query(listApplied)).find((row) => row.id === migration.id);
      if (known !== undefined) {
        if (known.hash !== migration.hash) {
          throw new MigrationError(`${migration.id} has changed since it was applied`);
        }
        return false;
      }
      await runStatements(transaction, migration);
      await transaction.query(recordApplied, [migration.id, migration.hash]);
      return true;
    });
    const done = await apply.catch((error: unknown) => {
      if (!(error instanceof SqlError)) throw error;
      // The statements of a migration have no names; the reader wants to know which file it is.
      throw new MigrationError(`${migration.id} fails${error.message}`, { cause: error });
    });
    if (done) applied.push(migration.id);
  }
  return applied;
}

/** Splits a migration at semicolons that end a line; DDL holds none inside. */
export function splitStatements(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n')
    .split(/;[ \t]*(?:\n|$)/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
