import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './test-run.ts';

export interface TestDatabase {
  /** Connection string. */
  readonly url: string;
  readonly name: string;
  /** Ends its sessions and drops it. */
  readonly drop: () => Promise<void>;
}

/**
 * Makes a database for one test file on the run's PostgreSQL: empty, or a copy of the database
 * named `template`, to which nobody may be connected (see {@link ensureTemplateDatabase}).
 */
export async function createTestDatabase(
  options: { readonly template?: string } = {},
): Promise<TestDatabase> {
  const adminUrl = inject('adminDatabaseUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withAdmin(adminUrl, async (client) => {
    const template = client.escapeIdentifier(options.template ?? 'template0');
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return Object.freeze({
    name,
    url: databaseUrl(adminUrl, name),
    drop: () =>
      withAdmin(adminUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  });
}

/**
 * Builds a database once a test run, whichever test file asks first, for later copies: migrations
 * then cost one copy a file. `build` gets a connection string and must close what it opens.
 * Returns the name to give as `template`.
 */
export async function ensureTemplateDatabase(
  name: string,
  build: (url: string) => Promise<void>,
): Promise<string> {
  const adminUrl = inject('adminDatabaseUrl');
  await withAdmin(adminUrl, async (client) => {
    // Test files run in several processes; the lock ends with the connection.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 1) return;
    const building = `${name}_building`;
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(building)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(building)} TEMPLATE template0`);
    await build(databaseUrl(adminUrl, building));
    await client.query(
      `ALTER DATABASE ${client.escapeIdentifier(building)} RENAME TO ${client.escapeIdentifier(name)}`,
    );
  });
  return name;
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function withAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
