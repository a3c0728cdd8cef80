import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { migrate } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { systemClock } from '@commerce/service/clock';
import { loadConfig, readKeyFile, readSecretFile } from '@commerce/service/config/load-config';
import { createLogger, type Logger } from '@commerce/service/logger';
import { runPart } from '@commerce/service/part';
import { buildApp, type ControlPlane } from './app.ts';
import { type Config, ConfigSchema } from './config.ts';
import { demoCategories } from './demo/categories.ts';
import { DEMO_SEED, demoProduct } from './demo/products.ts';
import { demoVendors } from './demo/vendors.ts';
import { type DemoData, type DemoSignIn, demoSignIns } from './flows/load-demo.ts';
import { loadConsole } from './http/console-pages.ts';
import { readSigningKey } from './http/signing-key.ts';
import { readAllMigrations } from './migrations.ts';
import { readCellsFile } from './modules/cells/index.ts';

const NAME = 'control-plane';
/** Imports write a hundred products in a statement; a second would not always do. */
const STATEMENT_TIMEOUT_MS = 15_000;
const CONNECTIONS_MAX = 10;
const REGISTER_WAIT_MS = 15_000;

async function migrateDatabase(connectionString: string): Promise<void> {
  const sql = openPostgres({
    connectionString,
    applicationName: `${NAME} migrations`,
    connectionsMax: 1,
    statementTimeoutMs: 0,
  });
  try {
    await migrate(sql, await readAllMigrations());
  } finally {
    await sql.close();
  }
}

function openDatabase(connectionString: string, log: Logger) {
  return openPostgres({
    connectionString,
    applicationName: NAME,
    connectionsMax: CONNECTIONS_MAX,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
}

/** Waits a while for the directory; the control plane starts without it, and says it is not ready. */
async function waitForCells(controlPlane: ControlPlane): Promise<void> {
  const endsAtMs = performance.now() + REGISTER_WAIT_MS;
  while (!controlPlane.isRegistered() && performance.now() < endsAtMs) await sleep(20);
}

/** Loads the demo where it is wanted. Returns what people sign in with. */
async function startDemo(
  controlPlane: ControlPlane,
  productCount: number | undefined,
  progress: (text: string) => void,
): Promise<readonly DemoSignIn[]> {
  if (productCount === undefined) return [];
  const data: DemoData = {
    vendors: demoVendors(),
    categories: demoCategories(),
    productCount,
    product: (index) => demoProduct(DEMO_SEED, index),
  };
  await controlPlane.loadDemo(data, progress);
  return demoSignIns(data);
}

/** Fills an empty catalogue with what is wanted; returns what the fleet's summary tells. */
async function fillCatalog(
  controlPlane: ControlPlane,
  config: Config,
  progress: (text: string) => void,
): Promise<{ demoSignIns: readonly DemoSignIn[]; catalogImport?: unknown }> {
  const file = config.CATALOG_FILE;
  if (file === undefined) {
    return { demoSignIns: await startDemo(controlPlane, config.DEMO_PRODUCTS, progress) };
  }
  const catalog = { file, currency: config.CATALOG_CURRENCY };
  const { signIns, view } = await controlPlane.loadCatalog(catalog, progress);
  const { id, rows, created, updated, unchanged, failed } = view;
  const products = created + updated + unchanged;
  return { demoSignIns: signIns, catalogImport: { id, rows, products, failed } };
}

runPart({
  name: NAME,
  start: async ({ progress }) => {
    const config = loadConfig(ConfigSchema);
    const log = createLogger(NAME, config.LOG_LEVEL);
    const cells = readCellsFile(config.CELLS_FILE);
    const signingKey = readSigningKey(
      readSecretFile('CONTROL_PLANE_SIGNING_KEY_FILE', config.CONTROL_PLANE_SIGNING_KEY_FILE),
    );
    const serviceKey = readKeyFile('SERVICE_KEY_FILE', config.SERVICE_KEY_FILE);
    progress('Migrating the database');
    await migrateDatabase(config.DATABASE_URL);
    const sql = openDatabase(config.DATABASE_URL, log);
    const directory = createDynamoDirectory({ endpoint: config.DIRECTORY_ENDPOINT });
    const controlPlane = await buildApp({
      sql,
      directory,
      cells,
      signingKey,
      serviceKey,
      vendorReview: config.VENDOR_REVIEW,
      publicUrl: config.PUBLIC_URL,
      console: loadConsole(),
      clock: systemClock,
      log,
    });
    const address = await controlPlane.app.listen({ host: config.HOST, port: config.PORT });
    await controlPlane.startJobs();
    await waitForCells(controlPlane);
    const details = await fillCatalog(controlPlane, config, progress);
    controlPlane.showSignIns(details.demoSignIns);
    return {
      address,
      details,
      stop: async () => {
        await controlPlane.stop();
        directory.close();
        await sql.close();
      },
    };
  },
});
