import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { cellLocation } from '@commerce/contracts/cell-locations';
import { parseCellId, parseRealm } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import { marketOfCountry, marketsServedBy } from '@commerce/contracts/markets';
import { createFileBlobStore } from '@commerce/engines/blob/files/file-blob-store';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { createPostgresSearch } from '@commerce/engines/search/postgres/postgres-search';
import { migrate } from '@commerce/engines/sql/migrations';
import { inspectDatabase } from '@commerce/engines/sql/postgres/inspect-database';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { createTokenIssuer, createTokenVerifier } from '@commerce/service/auth/tokens';
import { systemClock } from '@commerce/service/clock';
import {
  loadConfig,
  readJsonFile,
  readKeyFile,
  readSecretFile,
} from '@commerce/service/config/load-config';
import { createLogger } from '@commerce/service/logger';
import { runPart, StartupFault } from '@commerce/service/part';
import type { JSONWebKeySet, JWK } from 'jose';
import { buildApp } from './app.ts';
import { CellConfig } from './config.ts';
import { cellMigrations } from './database.ts';
import { SHOP_AUDIENCE } from './modules/identity/index.ts';
import { createSandboxGateway } from './modules/payments/index.ts';
import { listStorePlaces } from './modules/residency/index.ts';
import { createFileMark } from './partitions/roles/database-mark.ts';
import { loadStorefront } from './storefront/index.ts';

/** Composition root of a cell. */

// Cells that start a moment later need not compile the same code; nothing where no cache is wanted.
flushCompileCache();

runPart({
  name: `cell ${process.env['CELL_ID'] ?? ''}`.trim(),
  async start({ progress }) {
    const config = loadConfig(CellConfig);
    const cell = parseCellId(config.CELL_ID);
    const location = cellLocation(config.CELL_ID);
    const realm = parseRealm(location?.realm ?? '');
    const homeMarket = marketOfCountry(location?.country ?? '');
    if (cell === undefined || location === undefined || realm === undefined || !homeMarket) {
      throw new StartupFault(
        `There is no cell "${config.CELL_ID}".`,
        'Set CELL_ID to one of the cell locations.',
      );
    }
    if (config.DRILL_WITHOUT_FENCE && process.env['NODE_ENV'] === 'production') {
      throw new StartupFault(
        'DRILL_WITHOUT_FENCE is set, and a cell without fences loses orders.',
        'Remove the setting: experiments alone may have it.',
      );
    }
    const clock = systemClock;
    const log = createLogger(`cell ${cell}`, config.LOG_LEVEL);
    const open = (
      name: string,
      connectionsMax: number,
      more: { readonly statementTimeoutMs?: number; readonly usesGenericPlans?: boolean } = {},
    ) =>
      openPostgres({
        connectionString: config.DATABASE_URL,
        connectionsMax,
        applicationName: `${cell} ${name}`,
        ...more,
        onConnectionLost: (error) => log.warn({ err: error, engine: 'sql' }, 'connection lost'),
      });
    const feedSql = open('feed', 2, { statementTimeoutMs: 0 });
    progress('migrating the database');
    await migrate(feedSql, await cellMigrations());
    const sql = open('work', config.DATABASE_CONNECTIONS_MAX, { usesGenericPlans: true });
    const catalogSql = open('catalog', 4);
    const replicationSql = open('replication', 6, {
      statementTimeoutMs: 0,
      usesGenericPlans: true,
    });
    const gateway = createSandboxGateway({
      url: config.GATEWAY_URL,
      pageUrl: config.GATEWAY_PAGE_URL,
      apiKey: readSecretFile('GATEWAY_API_KEY_FILE', config.GATEWAY_API_KEY_FILE),
      webhookKey: readKeyFile('GATEWAY_WEBHOOK_KEY_FILE', config.GATEWAY_WEBHOOK_KEY_FILE),
      publicUrl: config.PUBLIC_URL,
      clock,
    });
    const signingKey = readJsonFile<JWK>('REALM_SIGNING_KEY_FILE', config.REALM_SIGNING_KEY_FILE);
    const jwks = readJsonFile<JSONWebKeySet>('REALM_JWKS_FILE', config.REALM_JWKS_FILE);
    const directory = createDynamoDirectory({ endpoint: config.DIRECTORY_ENDPOINT });
    const built = await buildApp({
      cell,
      realm,
      homeCountry: location.country,
      homeMarket,
      markets: marketsServedBy(location.jurisdiction),
      sql,
      catalogSql,
      feedSql,
      residency: {
        inspectDatabase: () => inspectDatabase(feedSql),
        places: listStorePlaces({
          databaseUrl: config.DATABASE_URL,
          cellCountry: location.country,
          statedCountry: config.STORES_COUNTRY,
        }),
      },
      replicationSql,
      directory,
      mark: createFileMark(join(config.DATA_DIR, 'database-mark')),
      searchEngine: createPostgresSearch({ sql: catalogSql, languages: allLanguages() }),
      blobs: createFileBlobStore({ folder: join(config.DATA_DIR, 'blobs') }),
      gateways: new Map([[gateway.name, gateway]]),
      shopOrigins: (config.SHOP_ORIGINS ?? config.PUBLIC_URL)
        .split(',')
        .map((origin) => new URL(origin.trim()).origin),
      issuer: await createTokenIssuer(signingKey, {
        issuer: realm,
        audience: SHOP_AUDIENCE,
        clock,
      }),
      verifier: createTokenVerifier(jwks, { audience: SHOP_AUDIENCE, clock }),
      jwks,
      keys: {
        routedAuth: readKeyFile('ROUTED_AUTH_KEY_FILE', config.ROUTED_AUTH_KEY_FILE),
        claims: readKeyFile('CLAIMS_KEY_FILE', config.CLAIMS_KEY_FILE),
        service: readKeyFile('SERVICE_KEY_FILE', config.SERVICE_KEY_FILE),
      },
      storefront: await loadStorefront(),
      controlPlaneUrl: config.CONTROL_PLANE_URL,
      withoutFence: config.DRILL_WITHOUT_FENCE,
      directAccess: config.DIRECT_ACCESS,
      clock,
      log,
    });
    const address = await built.app.listen({ host: config.HOST, port: config.PORT });
    built.startJobs();
    return {
      address,
      async stop() {
        await built.stop();
        await gateway.close();
        directory.close();
        await Promise.all([
          sql.close(),
          catalogSql.close(),
          feedSql.close(),
          replicationSql.close(),
        ]);
      },
    };
  },
});
