import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProductDocument, VendorDocument } from '@commerce/contracts/catalog';
import { type CellId, newGlobalId, type Realm, SLOTS_PER_REALM } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import { marketOfCountry, marketsServedBy } from '@commerce/contracts/markets';
import type { PlacementTable } from '@commerce/contracts/placements';
import {
  sampleCategory,
  sampleChange,
  sampleProduct,
  sampleRate,
  sampleVendor,
} from '@commerce/contracts/samples/catalog-documents';
import { createFileBlobStore } from '@commerce/engines/blob/files/file-blob-store';
import type { BlobStore } from '@commerce/engines/blob/blob';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { createPostgresSearch } from '@commerce/engines/search/postgres/postgres-search';
import {
  createTestDatabase,
  ensureTemplateDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate } from '@commerce/engines/sql/migrations';
import { inspectDatabase } from '@commerce/engines/sql/postgres/inspect-database';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { createTokenIssuer, createTokenVerifier } from '@commerce/service/auth/tokens';
import { createManualClock } from '@commerce/service/clock';
import { createLogger } from '@commerce/service/logger';
import type { SagaObserver } from '@commerce/service/saga';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { buildApp, type Cell } from '../app.ts';
import { cellMigrations } from '../database.ts';
import { SHOP_AUDIENCE } from '../modules/identity/index.ts';
import { createSandboxGateway } from '../modules/payments/index.ts';
import { listStorePlaces } from '../modules/residency/index.ts';
import type { DatabaseMark } from '../partitions/roles/database-mark.ts';
import { loadStorefront } from '../storefront/index.ts';
import type { SandboxProcess } from './sandbox-process.ts';

/**
 * A whole cell for tests: real PostgreSQL, the real sandbox gateway, a catalogue of two vendors with a
 * product each, and a clock that the test turns.
 */
export interface CommerceCell extends Cell {
  readonly sql: Sql;
  readonly blobs: BlobStore;
  readonly databaseUrl: string;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly vendors: readonly [VendorDocument, VendorDocument];
  readonly products: readonly [ProductDocument, ProductDocument];
  /** Grants units of a variant to this cell's free pool. */
  stock(variantId: string, units: number): Promise<void>;
  /** Sends a JSON request, as a shopper without a router. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    options?: SendOptions,
  ): Promise<Sent>;
  /**
   * A cart that is ready to be checked out, of a shopper in Berlin where nothing else is said.
   * @returns its id
   */
  readyCart(
    lines: readonly { readonly variantId: string; readonly quantity: number }[],
    shopper?: TestShopper,
  ): Promise<string>;
  /** Closes the app and its connections, as a crash does: no job runs on, nothing is tidied up. */
  shutDown(): Promise<void>;
}

/** Where a shopper of a test is. */
export interface TestShopper {
  readonly currency: string;
  readonly address: { readonly country: string } & Readonly<Record<string, string>>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Sent {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

const REALM = 'eu' as Realm;
const CELL = 'eu-de-1' as CellId;

/** An empty, migrated database of a cell. @returns its connection string, and how to drop it */
export async function createCellDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = await ensureTemplateDatabase('cell_whole', async (url) => {
    const sql = openPostgres({
      connectionString: url,
      statementTimeoutMs: 0,
      applicationName: 'test',
    });
    await migrate(sql, await cellMigrations());
    await sql.close();
  });
  return createTestDatabase({ template });
}

/** Placements in which every partition has its primary in the test's cell. */
export function allHere(): PlacementTable {
  return {
    realm: REALM,
    version: 1,
    placements: Array.from({ length: SLOTS_PER_REALM }, () => ({
      primary: CELL,
      standby: 'eu-fr-1' as CellId,
      epoch: 1,
    })),
  };
}

export interface CommerceCellOptions {
  readonly gateway: SandboxProcess;
  /** An existing database: the cell takes up what another one left in it. */
  readonly databaseUrl?: string;
  readonly clock?: ReturnType<typeof createManualClock>;
  readonly observeCheckout?: SagaObserver;
  /** Without one the directory can't be reached: nobody signs up, and all else goes on. */
  readonly directory?: Directory;
  /** Which cell it is; `eu-de-1` where nothing else is said. */
  readonly id?: CellId;
  /** Where partitions live at its start; all here where nothing else is said. */
  readonly placements?: PlacementTable;
  /** What it remembers of its database; given, nobody but its own jobs admits it. */
  readonly mark?: DatabaseMark;
  /** Key of the realm's tokens, where cells are to accept each other's. */
  readonly signingKey?: JWK;
  /** What is sold, where cells are to sell the same. */
  readonly catalogue?: Catalogue;
}

export type Catalogue = ReturnType<typeof sampleCatalogue>;

/** A key that signs tokens of the realm. */
export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'eu-test' };
}

export function sampleCatalogue() {
  const vendors = [
    sampleVendor(),
    sampleVendor({
      id: newGlobalId('ven'),
      slug: 'atelier-sud',
      name: 'Atelier Sud',
      shippingRates: [sampleRate({ id: newGlobalId('shp') })],
    }),
  ] as const;
  const products = [
    sampleProduct(vendors[0].id),
    sampleProduct(vendors[1].id, { id: newGlobalId('prd'), handle: 'second-lamp' }),
  ] as const;
  return { vendors, products };
}

const BERLIN: TestShopper = {
  currency: 'EUR',
  address: {
    name: 'Ada Lovelace',
    line1: 'Friedrichstr. 1',
    postalCode: '10117',
    city: 'Berlin',
    country: 'DE',
  },
};

/** Starts a cell; `shutDown` ends it, and the caller drops the database. */
export async function startCommerceCell(options: CommerceCellOptions): Promise<CommerceCell> {
  const clock = options.clock ?? createManualClock(Date.now());
  const url = options.databaseUrl ?? (await createCellDatabase()).url;
  const open = (connectionsMax: number) =>
    openPostgres({
      connectionString: url,
      connectionsMax,
      applicationName: 'test',
      statementTimeoutMs: 5_000,
    });
  const [sql, catalogSql] = [open(10), open(3)];
  const folder = await mkdtemp(join(tmpdir(), 'cell-'));
  const blobs = createFileBlobStore({ folder });
  const gateway = createSandboxGateway({
    ...options.gateway,
    publicUrl: 'http://127.0.0.1:9',
    clock,
  });
  const signingKey = options.signingKey ?? (await createSigningKey());
  const { d: _private, ...publicKey } = signingKey;
  const jwks = { keys: [publicKey] };
  const directory =
    options.directory ?? createDynamoDirectory({ endpoint: 'http://127.0.0.1:9', attemptsMax: 1 });
  const cell = await buildApp({
    cell: options.id ?? CELL,
    realm: REALM,
    homeCountry: 'DE',
    homeMarket: marketOfCountry('DE') as NonNullable<ReturnType<typeof marketOfCountry>>,
    markets: marketsServedBy('eu'),
    sql,
    catalogSql,
    feedSql: catalogSql,
    residency: {
      inspectDatabase: () => inspectDatabase(catalogSql),
      places: listStorePlaces({ databaseUrl: url, cellCountry: 'DE', statedCountry: undefined }),
    },
    replicationSql: sql,
    directory,
    searchEngine: createPostgresSearch({ sql: catalogSql, languages: allLanguages() }),
    blobs,
    gateways: new Map([[gateway.name, gateway]]),
    shopOrigins: ['http://shop.test'],
    issuer: await createTokenIssuer(signingKey, { issuer: REALM, audience: SHOP_AUDIENCE, clock }),
    verifier: createTokenVerifier(jwks, { audience: SHOP_AUDIENCE, clock }),
    jwks,
    keys: {
      routedAuth: new Uint8Array(32).fill(1),
      claims: new Uint8Array(32).fill(2),
      service: new Uint8Array(32).fill(3),
    },
    storefront: await loadStorefront(),
    controlPlaneUrl: undefined,
    clock,
    log: createLogger('test', 'silent'),
    ...(options.mark !== undefined && { mark: options.mark }),
    ...(options.observeCheckout !== undefined && { observeCheckout: options.observeCheckout }),
  });
  if (options.mark === undefined) await cell.ownership.confirm(options.placements ?? allHere());
  const { vendors, products } = options.catalogue ?? sampleCatalogue();
  if (options.databaseUrl === undefined) {
    await cell.catalog.applyChanges(
      [
        sampleChange(1, 'vendor', vendors[0]),
        sampleChange(2, 'vendor', vendors[1]),
        sampleChange(3, 'category', sampleCategory()),
        sampleChange(4, 'product', products[0]),
        sampleChange(5, 'product', products[1]),
      ],
      5,
      5,
    );
  }
  const granted = new Map<string, number>();
  let grantSeq = 0;

  const send: CommerceCell['send'] = async (method, path, { body, key, headers } = {}) => {
    const answer = await cell.app.inject({
      method,
      url: path,
      headers: {
        ...headers,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return {
      status: answer.statusCode,
      body: answer.body === '' ? undefined : answer.json(),
      headers: answer.headers,
    };
  };

  return {
    ...cell,
    sql,
    databaseUrl: url,
    blobs,
    clock,
    vendors,
    products,
    send,
    async stock(variantId, units) {
      const grantedTotal = (granted.get(variantId) ?? 0) + units;
      granted.set(variantId, grantedTotal);
      grantSeq += 1;
      await cell.inventory.applyGrants(
        [{ variantId, grantedTotal, recalledTotal: 0, generation: 1, seq: grantSeq }],
        grantSeq,
      );
    },
    async readyCart(lines, { currency, address } = BERLIN) {
      const place = { currency, country: address.country };
      const cart = await send('POST', '/v1/carts', { body: place });
      const path = `/v1/carts/${cart.body.id}`;
      for (const line of lines) await send('POST', `${path}/lines`, { body: line });
      await send('PUT', `${path}/email`, { body: { email: 'ada@example.com' } });
      await send('PUT', `${path}/shipping-address`, { body: address });
      const shipping = await send('GET', `${path}/shipping-options`);
      await send('PUT', `${path}/shipping-options`, {
        body: shipping.body.map((vendor: { vendorId: string; options: { id: string }[] }) => ({
          vendorId: vendor.vendorId,
          optionId: vendor.options[0]?.id,
        })),
      });
      return cart.body.id as string;
    },
    async shutDown() {
      await cell.stop();
      await gateway.close();
      await Promise.all([sql.close(), catalogSql.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
