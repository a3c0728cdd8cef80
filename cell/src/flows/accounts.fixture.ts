import { fileURLToPath } from 'node:url';
import { type CellId, type Partition, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { startLocalDynamoDb } from '@commerce/engines/directory/dynamodb/local-dynamodb';
import {
  createTestDatabase,
  ensureTemplateDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate, readMigrations } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { createTokenIssuer, createTokenVerifier } from '@commerce/service/auth/tokens';
import { createManualClock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import {
  createCustomers,
  customersTable,
  registerCustomerRoutes,
} from '../modules/customers/index.ts';
import {
  createIdentity,
  credentialsTable,
  registerIdentityRoutes,
  SHOP_AUDIENCE,
  sessionsTable,
} from '../modules/identity/index.ts';
import { idempotencyKey } from '../partitions/idempotency.ts';
import { createOwnership } from '../partitions/ownership.ts';
import { idempotencyRecords, type PartitionTable } from '../partitions/tables.ts';
import { createUnitOfWork } from '../partitions/unit-of-work.ts';
import { registerAccountRoutes } from './account-routes.ts';
import { createClaimSettlement, createClaimsSweep } from './settle-claims.ts';
import { createSignIn } from './sign-in.ts';
import { createSignUp } from './sign-up.ts';

/**
 * What the tests of sign-up and sign-in stand on: two cells of one realm, each with a PostgreSQL
 * database of its own, and one directory. Even slots have their primary in the first cell.
 */

export const REALM = 'eu' as Realm;
const CELLS = ['eu-de-1', 'eu-fr-1'] as unknown as readonly [CellId, CellId];
/** Even: primary in the first cell. */
export const HERE = 'eu-1f2' as Partition;
export const ALSO_HERE = 'eu-0a0' as Partition;
/** Odd: primary in the second cell. */
export const THERE = 'eu-1f3' as Partition;

export const accountTables: readonly PartitionTable[] = [
  customersTable,
  credentialsTable,
  sessionsTable,
  idempotencyRecords,
];

const MIGRATED = ['partitions', 'modules/customers', 'modules/identity'];

/** An empty database with the tables of accounts. */
export async function openAccountsDatabase(): Promise<{ sql: Sql; drop: () => Promise<void> }> {
  const template = await ensureTemplateDatabase('cell_accounts', async (url) => {
    const sql = openPostgres({
      connectionString: url,
      statementTimeoutMs: 0,
      applicationName: 'test',
    });
    for (const folder of MIGRATED) {
      const path = fileURLToPath(new URL(`../${folder}/migrations/`, import.meta.url));
      await migrate(sql, await readMigrations(folder.replace('modules/', ''), path));
    }
    await sql.close();
  });
  const database = await createTestDatabase({ template });
  const sql = openPostgres({ connectionString: database.url, applicationName: 'test' });
  return {
    sql,
    drop: async () => {
      await sql.close();
      await database.drop();
    },
  };
}

function placements(): PlacementTable {
  const [first, second] = CELLS;
  return {
    realm: REALM,
    version: 1,
    placements: Array.from({ length: SLOTS_PER_REALM }, (_, slot) => ({
      primary: slot % 2 === 0 ? first : second,
      standby: slot % 2 === 0 ? second : first,
      epoch: 1,
    })),
  };
}

/** Another realm, all of it in one cell. */
function allOf(realm: Realm, cell: CellId): PlacementTable {
  const placements = Array.from({ length: SLOTS_PER_REALM }, () => ({
    primary: cell,
    standby: undefined,
    epoch: 1,
  }));
  return { realm, version: 1, placements };
}

export interface TestCell {
  readonly id: CellId;
  readonly sql: Sql;
  readonly app: HttpApp;
  readonly identity: ReturnType<typeof createIdentity>;
  readonly customers: ReturnType<typeof createCustomers>;
  readonly claimsSweep: ReturnType<typeof createClaimsSweep>;
  readonly unitOfWork: ReturnType<typeof createUnitOfWork>;
  /** Sends a JSON request as a router would, pinned to a partition. */
  send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    options?: SendOptions,
  ): Promise<Sent>;
  stop(): Promise<void>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly partition?: Partition;
  readonly key?: string;
  readonly token?: string;
}

export interface Sent {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface CellOptions {
  readonly directory: Directory;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly signingKey: JWK;
  /** Undefined: the test's own, of which even slots are the first cell's. Else all slots are this cell's. */
  readonly realm?: Realm;
}

/** Starts a cell; another one on the same options shares its directory, clock and keys. */
export async function startCell(id: CellId, options: CellOptions): Promise<TestCell> {
  const { directory, clock, signingKey } = options;
  const { sql, drop } = await openAccountsDatabase();
  const realm = options.realm ?? REALM;
  const ownership = createOwnership({ sql, cell: id, realm });
  await ownership.confirm(realm === REALM ? placements() : allOf(realm, id));
  const unitOfWork = createUnitOfWork({ sql });
  const { d: _private, ...publicKey } = signingKey;
  const jwks = { keys: [publicKey] };
  const identity = createIdentity({
    sql,
    unitOfWork,
    ownership,
    directory,
    clock,
    claimsKey: Buffer.alloc(32, 7),
    issuer: await createTokenIssuer(signingKey, { issuer: realm, audience: SHOP_AUDIENCE, clock }),
    verifier: createTokenVerifier(jwks, { audience: SHOP_AUDIENCE, clock }),
  });
  const customers = createCustomers({ sql, unitOfWork, ownership, clock });
  const settlement = createClaimSettlement({ identity, customers, unitOfWork });
  const deps = { sql, unitOfWork, ownership, clock, identity, customers, settlement };
  const app = await buildHttpApp({
    title: 'test',
    description: 'test',
    log: createLogger('test', 'silent'),
    readiness: {},
    metrics: () => '',
  });
  const context = requestContext();
  registerAccountRoutes(app, {
    signUp: createSignUp(deps),
    signIn: createSignIn(deps),
    ...context,
  });
  registerIdentityRoutes(app, { identity, jwks, ...context });
  registerCustomerRoutes(app, { customers, authenticate: identity.authenticate });
  return {
    id,
    sql,
    app,
    identity,
    customers,
    unitOfWork,
    claimsSweep: createClaimsSweep(settlement, { identity, clock }),
    send: (method, url, sendOptions = {}) => send(app, method, url, sendOptions),
    stop: async () => {
      await app.close();
      await drop();
    },
  };
}

type RouteContext = Pick<
  Parameters<typeof registerAccountRoutes>[1],
  'partitionForNew' | 'routedPartition' | 'idempotencyOf'
>;

function requestContext(): RouteContext {
  const routed: RouteContext['partitionForNew'] = (request) =>
    request.headers['x-routed-partition'] as Partition;
  return {
    partitionForNew: routed,
    routedPartition: routed,
    idempotencyOf: ({ headers, method, url, body }) => {
      const key = headers['idempotency-key'];
      return typeof key === 'string' ? idempotencyKey(key, { method, path: url, body }) : undefined;
    },
  };
}

async function send(
  app: HttpApp,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  { body, partition = HERE, key, token }: SendOptions,
): Promise<Sent> {
  const response = await app.inject({
    method,
    url,
    headers: {
      'x-routed-partition': partition,
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  return {
    status: response.statusCode,
    body: response.body === '' ? undefined : response.json(),
    headers: response.headers,
  };
}

export interface TestRealm extends CellOptions {
  readonly here: TestCell;
  readonly there: TestCell;
  stop(): Promise<void>;
}

/** Starts a directory and two cells on it. */
export async function startRealm(): Promise<TestRealm> {
  const dynamo = await startLocalDynamoDb();
  // A busy machine is no fault of the directory: what is tested here is who wins, not how fast.
  const directory = createDynamoDirectory({ endpoint: dynamo.endpoint, requestTimeoutMs: 10_000 });
  await directory.ensureTables();
  const clock = createManualClock(Date.now());
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const signingKey = { ...(await exportJWK(privateKey)), kid: 'eu-1', alg: 'ES256' };
  const options = { directory, clock, signingKey };
  const [first, second] = CELLS;
  const [here, there] = await Promise.all([startCell(first, options), startCell(second, options)]);
  return {
    ...options,
    here,
    there,
    stop: async () => {
      await Promise.all([here.stop(), there.stop()]);
      directory.close();
      await dynamo.stop();
    },
  };
}

let names = 0;

/** An email that no other test uses. */
export function newEmail(): string {
  names += 1;
  return `shopper${names}@shop.example`;
}

export const PASSWORD = 'correct horse battery';
