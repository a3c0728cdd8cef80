import type { CellDescriptor } from '@commerce/contracts/cells';
import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import type { Directory } from '@commerce/engines/directory/directory';
import type { RunningSubscription } from '@commerce/engines/event-bus/event-bus';
import { createMemoryRateLimiter } from '@commerce/engines/cache/memory/memory-rate-limiter';
import type { Sql } from '@commerce/engines/sql/sql';
import { createTokenIssuer, createTokenVerifier } from '@commerce/service/auth/tokens';
import type { Clock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import type { BuiltFiles } from '@commerce/service/http/built-files';
import { completeDocument } from '@commerce/service/http/complete-document';
import { refuseUnknownParameters } from '@commerce/service/http/input-rules';
import { type Job, type RunningJob, startJob } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import cookies from '@fastify/cookie';
import type { JWK } from 'jose';
import { readBrowserCaller } from './flows/browser-caller.ts';
import { createVendorCreation } from './flows/create-vendor.ts';
import { type CatalogToLoad, loadCatalog } from './flows/load-catalog.ts';
import { type DemoData, loadDemo } from './flows/load-demo.ts';
import { createCellOrders } from './flows/fulfilment/cell-orders.ts';
import { registerFulfilmentRoutes } from './flows/fulfilment/routes.ts';
import { registerOwnListRoutes } from './flows/own-lists.ts';
import { registerReplicationRoutes } from './flows/product-replication.ts';
import { registerVendorFlowRoutes } from './flows/vendor-routes.ts';
import { AUDIENCE, createAccess } from './http/access.ts';
import { createBrowserGuard } from './http/browser.ts';
import { registerConsolePages } from './http/console-pages.ts';
import { registerIndexRoute } from './http/index-route.ts';
import { metricsText } from './http/metrics.ts';
import { toPublicKeys } from './http/signing-key.ts';
import { createAudit, registerAuditRoutes } from './modules/audit/index.ts';
import {
  type CatalogService,
  createCatalogFeed,
  createCatalogService,
  createImports,
  createOwnProducts,
  recordChanges,
  registerCatalogRoutes,
  registerFeedRoutes,
  registerImportRoutes,
  registerMediaRoutes,
} from './modules/catalog/index.ts';
import {
  createCellRegistry,
  createProgressReader,
  registerCellRoutes,
} from './modules/cells/index.ts';
import {
  createEvacuations,
  registerEvacuationRoutes,
  registerFleetRoutes,
} from './modules/evacuation/index.ts';
import { createIdempotency, registerIdempotency } from './modules/idempotency/index.ts';
import {
  createIdentity,
  registerBrowserRoutes,
  registerIdentityRoutes,
  type SignInHint,
} from './modules/identity/index.ts';
import {
  createCellSubscribers,
  createOrders,
  registerOrderRoutes,
} from './modules/orders/index.ts';
import {
  countPrimaries,
  createPlacementService,
  registerPlacementRoutes,
} from './modules/placement/index.ts';
import { registerResidencyRoutes } from './modules/residency/index.ts';
import { createStock, registerStockRoutes } from './modules/stock/index.ts';
import { createVendors, defaultRates, registerVendorRoutes } from './modules/vendors/index.ts';

export interface AppDeps {
  readonly sql: Sql;
  readonly directory: Directory;
  /** Cells of the configuration. */
  readonly cells: readonly CellDescriptor[];
  readonly signingKey: JWK;
  /** Shared with the cells. */
  readonly serviceKey: Uint8Array;
  readonly vendorReview: boolean;
  /** Base URL as browsers see it; undefined where they name the host themselves, over http. */
  readonly publicUrl: string | undefined;
  /** The bundle of the console's pages. */
  readonly console: BuiltFiles;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An import may take this long to be sent; everything else is small. */
const REQUEST_TIMEOUT_MS = 600_000;
const REGISTER_EVERY_MS = 60_000;
/** Sign-ins that one address may try: far more than people do, far fewer than guessing takes. */
const SIGN_INS = { points: 60, windowMs: 60_000 };
const REFRESH_EVERY_MS = 3_000;
const PRUNE_EVERY_MS = 600_000;
/** An import that is queued wakes the job; one whose runner died elsewhere is found by looking. */
const IMPORTS_EVERY_MS = 5_000;

/** Whether partitions are being moved by an evacuation, or will be. */
const isUnderWay = ({ state }: EvacuationPlan): boolean =>
  state === 'running' || state === 'rolling-back';

export type ControlPlane = Awaited<ReturnType<typeof buildApp>>;

/**
 * Puts the modules together. Nothing listens and no job runs before `startJobs`; the database is
 * migrated already.
 */
export async function buildApp(deps: AppDeps) {
  const { sql, directory, clock, log } = deps;
  const jwks = toPublicKeys(deps.signingKey);
  const issuer = await createTokenIssuer(deps.signingKey, {
    issuer: AUDIENCE,
    audience: AUDIENCE,
    clock,
  });
  const verifier = createTokenVerifier(jwks, { audience: AUDIENCE, clock });
  const secret = deps.serviceKey;
  const identity = createIdentity({ sql, clock, issuer, secret });
  const guard = createBrowserGuard({ secret, publicUrl: deps.publicUrl });
  const access = createAccess({
    verifier,
    serviceKey: deps.serviceKey,
    clock,
    readBrowser: (request) => readBrowserCaller({ identity, guard }, request),
    vendorExists: async (id) => (await vendors.findVendor(id)) !== undefined,
  });

  const feed = createCatalogFeed({ sql });
  const registry = createCellRegistry({
    directory,
    configured: deps.cells,
    catalogHeadSeq: () => feed.headSeq(),
    clock,
  });
  const placement = createPlacementService({ directory });
  const idempotency = createIdempotency({ sql, clock, secret });
  const stock = createStock({
    sql,
    clock,
    log,
    cells: registry.descriptors,
    isAway: registry.isAway,
    countPrimaries: () => countPrimaries(placement, registry.descriptors()),
    isMoving: async () => (await directory.listPlans()).some(({ plan }) => isUnderWay(plan)),
    findVariants: (reader, ids) => catalog.findVariants(reader, ids),
  });
  const catalog: CatalogService = createCatalogService({
    sql,
    clock,
    feed,
    announceStock: stock.announce,
    countStock: async (transaction, counts, asOf) => {
      await stock.countMany(transaction, counts, { asOf, by: 'import' });
    },
  });
  const imports = createImports({ sql, clock, log, catalog, onQueued: () => importing?.wake() });
  let importing: RunningJob | undefined;
  const vendors = createVendors({
    sql,
    clock,
    publish: (transaction, vendor) =>
      recordChanges(transaction, [
        { kind: 'vendor', id: vendor.id, document: JSON.stringify(vendor) },
      ]),
    announce: feed.announce,
  });
  const creation = createVendorCreation({
    sql,
    directory,
    clock,
    identity,
    vendors,
    defaultRates,
  });
  const own = createOwnProducts({ sql });
  const orders = createOrders({
    sql,
    clock,
    log,
    cells: registry.descriptors,
    subscriberOf: createCellSubscribers(deps.serviceKey, clock),
    titlesOf: own.titlesOf,
  });

  const cellOrders = createCellOrders({
    cells: registry.descriptors,
    placementOf: placement.placementOf,
    serviceKey: deps.serviceKey,
    clock,
  });

  const audit = createAudit({ sql, clock });
  const evacuations = createEvacuations({
    directory,
    clock,
    serviceKey: deps.serviceKey,
    urlOf: (id) => registry.descriptors().find((cell) => cell.id === id)?.url,
    log,
  });

  let registered = false;
  let hints: readonly SignInHint[] = [];
  const app: HttpApp = await buildHttpApp({
    title: 'Global Commerce Platform: control plane',
    description: 'Vendors, master catalogue, stock, cells and placements, for all cells at once.',
    log,
    readiness: { database: () => sql.ping(), cells: () => registered },
    metrics: async () => metricsText(sql, await feed.headSeq()),
  });
  app.server.requestTimeout = REQUEST_TIMEOUT_MS;
  // Long polls answer at once when the process stops.
  app.addHook('preClose', (done) => {
    feed.close();
    stock.close();
    done();
  });

  await app.register(cookies);
  registerIdempotency(app, { sql, service: idempotency, access });
  refuseUnknownParameters(app);
  completeDocument(app);
  registerIndexRoute(app);
  registerConsolePages(app, deps.console);
  registerIdentityRoutes(app, { identity, access, jwks });
  registerBrowserRoutes(app, {
    identity,
    guard,
    attempts: createMemoryRateLimiter(SIGN_INS),
    hints: () => hints,
  });
  registerCellRoutes(app, registry);
  registerResidencyRoutes(app, {
    cells: registry.descriptors,
    knowsFleet: () => registry.source().answers,
    requireOperator: access.requireOperator,
    serviceKey: deps.serviceKey,
    clock,
  });
  registerPlacementRoutes(app, placement);
  registerFeedRoutes(app, { feed, access });
  registerCatalogRoutes(app, { catalog, access });
  await registerMediaRoutes(app, { catalog, feed, access });
  await registerImportRoutes(app, {
    imports,
    access,
    findVendor: async (key) =>
      ('id' in key ? await vendors.findVendor(key.id) : await vendors.findVendorBySlug(key.slug))
        ?.vendor,
  });
  registerReplicationRoutes(app, {
    catalog,
    feed,
    progress: createProgressReader(clock),
    cells: registry.descriptors,
    access,
  });
  registerVendorRoutes(app, { vendors, access });
  registerVendorFlowRoutes(app, { sql, access, identity, creation, review: deps.vendorReview });
  registerOwnListRoutes(app, { own, stock, access });
  registerStockRoutes(app, {
    stock,
    access,
    now: () => clock.now(),
    findVariant: async (id) => (await catalog.findVariants(sql, [id]))[0],
    findVariantBySku: (vendorId, sku) => catalog.findVariantBySku(sql, vendorId, sku),
  });
  registerOrderRoutes(app, { orders, access, nowMs: () => clock.nowMs() });
  registerFulfilmentRoutes(app, { cellOrders, access });
  registerAuditRoutes(app, { audit, access });
  registerEvacuationRoutes(app, { evacuations, access, recordAudit: audit.record });
  registerFleetRoutes(app, {
    directory,
    cells: evacuations.cells,
    descriptors: registry.descriptors,
    access,
    clock,
  });

  const jobs: readonly Job[] = [
    stock.homes.job,
    {
      name: 'register-cells',
      intervalMs: REGISTER_EVERY_MS,
      run: async () => {
        await directory.ensureTables();
        await registry.register();
        await placement.ensureTables(registry.descriptors());
        registered = true;
        await creation.confirmSlugs();
        return false;
      },
    },
    {
      name: 'look-at-cells',
      intervalMs: REFRESH_EVERY_MS,
      run: async () => {
        // What the cells say is shown even while the directory is away.
        const refreshed = await Promise.allSettled([registry.refresh(), registry.probe()]);
        // A cell that joined the directory meanwhile has orders to read as well.
        await followOrders();
        const failed = refreshed.find((one) => one.status === 'rejected');
        if (failed !== undefined) throw failed.reason as Error;
        return false;
      },
    },
    evacuations.adoption,
    {
      name: 'prune',
      intervalMs: PRUNE_EVERY_MS,
      run: async () => {
        await identity.prune();
        const more = [await idempotency.prune(), await orders.pruneInbox(), await imports.prune()];
        return more.includes(true);
      },
    },
  ];
  const followed = new Map<string, RunningSubscription>();
  const followOrders = async (): Promise<void> => {
    for (const { id, state } of registry.descriptors()) {
      if (state === 'retired') {
        await followed.get(id)?.stop();
        followed.delete(id);
      } else if (!followed.has(id)) followed.set(id, orders.followCell(id));
    }
  };
  let running: readonly RunningJob[] = [];

  return Object.freeze({
    app,
    identity,
    catalog,
    creation,
    orders,
    registry,
    stock,
    vendors,
    /** Shows sign-ins of the demo on the page where people sign in. */
    showSignIns: (signIns: readonly SignInHint[]) => {
      hints = signIns;
    },
    /** Loads the demo where the catalogue is empty, or goes on with a load that was killed. */
    loadDemo: (data: DemoData, progress: (text: string) => void) =>
      loadDemo({ sql, clock, identity, vendors, creation, catalog }, data, progress),
    /** Imports a file in place of the demo, or finds that an earlier start has. */
    loadCatalog: (file: CatalogToLoad, progress: (text: string) => void) =>
      loadCatalog({ sql, clock, identity, vendors, creation, catalog, imports }, file, progress),
    /** Whether the cells and placements are in the directory. */
    isRegistered: () => registered,
    startJobs: async () => {
      await imports.interruptLeftOvers();
      importing = startJob(
        { name: 'imports', intervalMs: IMPORTS_EVERY_MS, run: imports.runNext },
        log,
      );
      running = [...jobs.map((job) => startJob(job, log)), importing];
    },
    /** Ends jobs and connections of the HTTP side; database and directory stay the caller's. */
    stop: async () => {
      evacuations.interrupt();
      await Promise.all([app.close(), ...running.map((job) => job.stop())]);
      await Promise.all([evacuations.close(), cellOrders.close()]);
      // No job is left that could follow another cell.
      await Promise.all([...followed.values()].map((subscription) => subscription.stop()));
    },
  });
}
