import { randomBytes } from 'node:crypto';
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
import { readAllMigrations } from './migrations.ts';

/** A control plane on a real PostgreSQL and DynamoDB of its own, for tests. */

const TEMPLATE = 'control_plane_template';

/** Descriptors as the fleet would write them, at addresses where nobody answers. */
export function describeCells(ids: readonly string[], url = 'http://127.0.0.1:9'): CellDescriptor[] {
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
    signingKey: { ...(await exportJWK(privateKey)), kid: 'test', alg: 'ES256' },
    serviceKey: randomBytes(32),
    vendorReview: options.vendorReview ?? false,
    clock,
    log: createLogger('tests', 'silent'),
  };
  const controlPlane = await buildApp(deps);
  return Object.freeze({
    ...controlPlane,
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
