import { randomBytes } from 'node:crypto';
import type { ProductInput, ProductStatus } from '@commerce/contracts/catalog';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { cellLocation } from '@commerce/contracts/cell-locations';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import {
  createTestDatabase,
  ensureTemplateDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { type Clock, systemClock } from '@commerce/service/clock';
import { createLogger } from '@commerce/service/logger';
import { exportJWK, generateKeyPair } from 'jose';
import { type AppDeps, buildApp } from './app.ts';
import { AUDIENCE } from './http/access.ts';
import { loadConsole } from './http/console-pages.ts';
import { readAllMigrations } from './migrations.ts';

/** A control plane on a real PostgreSQL and DynamoDB of its own, for tests. */

const ACTIVE = 'active' satisfies ProductStatus as ProductInput['status'];
const TEMPLATE = 'control_plane_template';

/** A password that the schema takes. */
const PASSWORD = 'correct horse battery';

/** A product that is right, in one category; `change` makes it another. */
export function sampleProduct(change: Partial<ProductInput> = {}): ProductInput {
  return {
    handle: 'linen-shirt',
    status: ACTIVE,
    categories: ['shirts'],
    titles: { en: 'Linen shirt', de: 'Leinenhemd' },
    descriptions: { en: 'Cool in summer.' },
    options: [
      {
        code: 'size',
        labels: { en: 'Size' },
        values: [
          { code: 's', labels: { en: 'S' } },
          { code: 'm', labels: { en: 'M' } },
        ],
      },
    ],
    attributes: [],
    media: [],
    variants: ['s', 'm'].map((size) => ({
      sku: `SHIRT-${size.toUpperCase()}`,
      options: { size },
      prices: [
        { market: 'eu', currency: 'EUR', amountMinor: 4_900 },
        { market: 'us', currency: 'USD', amountMinor: 5_900 },
      ],
      weightGrams: 250,
    })),
    ...change,
  };
}

/** Descriptors as the fleet would write them, at addresses where nobody answers. */
export function describeCells(
  ids: readonly string[],
  url = 'http://127.0.0.1:9',
): CellDescriptor[] {
  return ids.map((id) => {
    const location = cellLocation(id);
    if (location === undefined) throw new RangeError(`no cell location ${id}`);
    return { ...location, url, state: 'accepting', weight: 100 };
  });
}

async function migrateUrl(url: string): Promise<void> {
  const sql = openPostgres({ connectionString: url, applicationName: 'tests', connectionsMax: 1 });
  await migrate(sql, await readAllMigrations());
  await sql.close();
}

export type TestControlPlane = Awaited<ReturnType<typeof startTestControlPlane>>;

export async function startTestControlPlane(
  options: {
    readonly cells?: readonly CellDescriptor[];
    readonly clock?: Clock;
    readonly vendorReview?: boolean;
    readonly publicUrl?: string;
  } = {},
) {
  const clock = options.clock ?? systemClock;
  const template = await ensureTemplateDatabase(TEMPLATE, migrateUrl);
  const database = await createTestDatabase({ template });
  const sql = openPostgres({
    connectionString: database.url,
    applicationName: 'tests',
    connectionsMax: 8,
    statementTimeoutMs: 10_000,
  });
  const dynamo = await startLocalDynamoDb();
  const directory = createDynamoDirectory({ endpoint: dynamo.endpoint });
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const deps: AppDeps = {
    sql,
    directory,
    cells: options.cells ?? describeCells(['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1']),
    signingKey: { ...(await exportJWK(privateKey)), kid: 'control-plane-test', alg: 'ES256' },
    serviceKey: randomBytes(32),
    vendorReview: options.vendorReview ?? false,
    publicUrl: options.publicUrl,
    console: loadConsole(),
    clock,
    log: createLogger('tests', 'silent'),
  };
  const controlPlane = await buildApp(deps);
  const { app } = controlPlane;
  await directory.ensureTables();

  /** Signs up a vendor, signs its owner in, and gives what a request of theirs needs. */
  const signUpVendor = async (slug: string) => {
    const owner = { email: `owner@${slug}.example`, password: PASSWORD, name: 'Olga' };
    const signedUp = await app.inject({
      method: 'POST',
      url: '/v1/vendors',
      payload: { name: slug, slug, country: 'DE', owner },
    });
    if (signedUp.statusCode !== 201) throw new Error(signedUp.body);
    const session = await signIn(owner.email);
    const { id } = signedUp.json() as { id: string };
    return { id, owner, headers: { authorization: `Bearer ${session.accessToken}` } };
  };

  const signIn = async (email: string, password = PASSWORD) => {
    const payload = { email, password };
    const answer = await app.inject({ method: 'POST', url: '/v1/sessions', payload });
    return answer.json() as { accessToken: string; refreshToken: string };
  };

  /** Adds an operator and signs them in. */
  const signInOperator = async () => {
    const email = 'operator@platform.example';
    const operator = { email, password: PASSWORD, name: 'Otto' };
    const prepared = await controlPlane.identity.prepareUser(operator);
    await sql.transaction('tests.operator', (transaction) =>
      controlPlane.identity.addUser(transaction, prepared, { scope: 'platform', role: 'operator' }),
    );
    return { authorization: `Bearer ${(await signIn(email)).accessToken}` };
  };

  return Object.freeze({
    ...controlPlane,
    signUpVendor,
    signIn,
    signInOperator,
    deps,
    dynamo,
    databaseUrl: database.url,
    /** Authorization of a call by a cell. */
    asCell: (caller: string) => ({
      authorization: signServiceCall(deps.serviceKey, { caller, audience: AUDIENCE, clock }),
    }),
    close: async () => {
      await controlPlane.stop();
      directory.close();
      await dynamo.stop();
      await sql.close();
      await database.drop();
    },
  });
}
