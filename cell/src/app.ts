import type { CellId, Realm } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import type { Market } from '@commerce/contracts/markets';
import type { BlobStore } from '@commerce/engines/blob/blob';
import type { Directory } from '@commerce/engines/directory/directory';
import type { SearchEngine } from '@commerce/engines/search/search';
import type { Sql } from '@commerce/engines/sql/sql';
import type { TokenIssuer, TokenVerifier } from '@commerce/service/auth/tokens';
import type { Clock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { completeDocument } from '@commerce/service/http/complete-document';
import { type Job, type RunningJob, startJob } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import type { SagaObserver } from '@commerce/service/saga';
import { createMetrics } from '@commerce/service/metrics';
import type { JSONWebKeySet } from 'jose';
import { createAfterPlacement } from './after-placement.ts';
import { type Followers, startFollowers } from './followers/index.ts';
import { registerFollowerRoutes } from './followers/routes.ts';
import { registerAccountRoutes } from './flows/account-routes.ts';
import { registerCartRoutes } from './flows/cart-routes.ts';
import { type CheckoutFlow, createCheckoutFlow } from './flows/checkout/checkout.ts';
import { registerCheckoutRoutes } from './flows/checkout/routes.ts';
import { createClaimSettlement, createClaimsSweep } from './flows/settle-claims.ts';
import { createSignIn } from './flows/sign-in.ts';
import { createSignUp } from './flows/sign-up.ts';
import { type OpenApiDocument, registerGraphql } from './graphql/index.ts';
import { describeShop, registerIndexRoute } from './http/index-route.ts';
import { type DirectAccess, refuseDirectAccess } from './http/direct-access.ts';
import { registerServiceRoutes } from './http/service-routes.ts';
import { refuseByRoutersStatus } from './http/refusal-status.ts';
import { addInputRules } from '@commerce/service/http/input-rules';
import { createCarts } from './modules/carts/index.ts';
import {
  type Catalog,
  createCatalog,
  createShop,
  ProductCard,
  registerCatalogRoutes,
  sendPage,
  ShopQuery,
  TaxView,
} from './modules/catalog/index.ts';
import { createCustomers, registerCustomerRoutes } from './modules/customers/index.ts';
import {
  createIdentity,
  createSessionsSweep,
  registerIdentityRoutes,
} from './modules/identity/index.ts';
import { createInventory, type Inventory } from './modules/inventory/index.ts';
import { createMedia, registerMediaRoutes } from './modules/media/index.ts';
import { createOrders } from './modules/orders/index.ts';
import { createPayments, type PaymentGateway } from './modules/payments/index.ts';
import { createPricing } from './modules/pricing/index.ts';
import { createSearch, registerSearchRoutes } from './modules/search/index.ts';
import { createShipping } from './modules/shipping/index.ts';
import { taxDocument } from './modules/tax/index.ts';
import { NO_EVENTS } from './partitions/change-log.ts';
import { createEventRelay } from './partitions/event-relay.ts';
import { createOwnership, type Ownership } from './partitions/ownership.ts';
import type { DatabaseMark } from './partitions/roles/database-mark.ts';
import { whenConfirmed } from './partitions/when-confirmed.ts';
import { createRetentionJob } from './partitions/retention.ts';
import { createUnitOfWork, type UnitOfWork } from './partitions/unit-of-work.ts';
import { addResidency, type ResidencySources } from './residency.ts';
import { createReplication } from './replication.ts';
import { createRoles } from './roles.ts';
import { registerStorefront, type StorefrontBundle } from './storefront/index.ts';

/**
 * How long a waiting consumer of events gathers them after the first. Each read looks at every
 * partition, so four a second at most cost next to nothing.
 */
const EVENT_GATHER_MS = 250;

/** Everything that a cell stands on; a test gives its own engines and clock. */
export interface CellDeps {
  readonly cell: CellId;
  readonly realm: Realm;
  /** ISO country that the cell stands in: the home of carts that name none. */
  readonly homeCountry: string;
  /** Of shoppers whose country is unknown. */
  readonly homeMarket: Market;
  readonly markets: readonly Market[];
  /** Connections for units of work. */
  readonly sql: Sql;
  /**
   * Connections for the catalogue: a unit of work that looks a price up while it holds one of the
   * others must not wait for a third.
   */
  readonly catalogSql: Sql;
  /** Connections without a statement time-out, for batches of the catalogue feed. */
  readonly feedSql: Sql;
  readonly residency: ResidencySources;
  /** Connections without a statement time-out, for the log to and from other cells. */
  readonly replicationSql: Sql;
  readonly directory: Directory;
  /** What is remembered of the database outside of it; undefined: nothing. */
  readonly mark?: DatabaseMark;
  readonly searchEngine: SearchEngine;
  readonly blobs: BlobStore;
  readonly gateways: ReadonlyMap<string, PaymentGateway>;
  /** Origins of the shop's own pages, to which gateways may send shoppers back. */
  readonly shopOrigins: readonly string[];
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly jwks: JSONWebKeySet;
  readonly keys: {
    readonly routedAuth: Uint8Array;
    readonly claims: Uint8Array;
    readonly service: Uint8Array;
  };
  /** Who may ask without a router. Default: this machine. */
  readonly directAccess?: DirectAccess;
  /** Undefined: a cell that serves its API alone. */
  readonly storefront: StorefrontBundle | undefined;
  /** Undefined: a cell without a control plane keeps the catalogue that it has. */
  readonly controlPlaneUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** An experiment that has to fail: partitions are moved without being fenced. */
  readonly withoutFence?: boolean;
  /** Told of each step of a checkout; tests stop it there. */
  readonly observeCheckout?: SagaObserver;
}

export interface Cell {
  readonly app: HttpApp;
  readonly ownership: Ownership;
  readonly unitOfWork: UnitOfWork;
  readonly catalog: Catalog;
  readonly inventory: Inventory;
  readonly checkout: CheckoutFlow;
  /** What looks after placed orders in the background. */
  readonly changeJobs: readonly Job[];
  /** Starts the background work; requests are served without it as well. */
  startJobs(): void;
  /** Ends the background work, then the requests under way. */
  stop(): Promise<void>;
}

/** The modules that other parts of the composition need. */
async function createModules(deps: CellDeps) {
  const { sql, catalogSql, feedSql, blobs, clock, log, directory, cell, realm } = deps;
  const inventory = createInventory({ sql, bulkSql: deps.feedSql });
  const ownership = createOwnership({
    sql,
    cell,
    realm,
    stock: inventory.moves,
    withoutFence: deps.withoutFence ?? false,
  });
  await ownership.load();
  const payments = createPayments({ sql });
  const roles = createRoles(deps, ownership, {
    stock: inventory.moves,
    beginStockAccount: inventory.beginAccount,
    listPayments: payments.listTouched,
  });
  const replication = createReplication({
    cell,
    sql: deps.replicationSql,
    ownership,
    cells: roles.cells,
    quarantine: roles.quarantine,
    serviceKey: deps.keys.service,
    clock,
    log,
  });
  const relay = createEventRelay({ sql, cell, realm, gatherMs: EVENT_GATHER_MS });
  const unitOfWork = createUnitOfWork({
    sql,
    mayWrite: ownership.isConfirmed,
    onCommitted: (record) => {
      replication.noteCommit(record);
      roles.handOver.noteCommit();
      if (record.events !== NO_EVENTS) relay.notify();
    },
  });
  const pricing = createPricing({ sql: catalogSql });
  const shipping = createShipping({ sql: catalogSql });
  const media = createMedia({ sql: catalogSql, blobs, log });
  const catalog = await createCatalog({
    sql: catalogSql,
    feedSql,
    clock,
    appliers: [pricing, shipping, media],
  });
  const shop = createShop({
    catalog,
    pricesOf: pricing.pricesOf,
    availableOf: inventory.availableOf,
    defaultMarket: deps.homeMarket,
  });
  inventory.onChanged(shop.onAvailabilityChanged);
  const search = await createSearch({
    sql: feedSql,
    engine: deps.searchEngine,
    source: {
      listTouched: catalog.listTouched,
      categories: catalog.categories,
      priceRangesOf: pricing.priceRangesOf,
    },
    languages: allLanguages().map((language) => language.tag),
  });
  const orders = createOrders({ sql });
  const carts = createCarts({ sql });
  const customers = createCustomers({ sql, unitOfWork, ownership, clock });
  const identity = createIdentity({
    sql,
    unitOfWork,
    ownership,
    directory,
    clock,
    claimsKey: deps.keys.claims,
    issuer: deps.issuer,
    verifier: deps.verifier,
  });
  const settlement = createClaimSettlement({ identity, customers, unitOfWork });
  const sources = {
    findVariants: catalog.findVariants,
    pricesOf: pricing.pricesOf,
    ratesOf: shipping.ratesOf,
    taxDocument,
  };
  const { observeCheckout } = deps;
  const checkoutDeps = {
    sql,
    unitOfWork,
    clock,
    log,
    carts,
    orders,
    payments,
    inventory,
    sources,
    gateways: deps.gateways,
    durability: replication.durability,
  };
  const afterPlacement = createAfterPlacement({
    ...checkoutDeps,
    cell,
    keys: deps.keys,
    ...(observeCheckout !== undefined && { observe: observeCheckout }),
  });
  const checkout = createCheckoutFlow(
    checkoutDeps,
    observeCheckout === undefined ? {} : { observe: observeCheckout },
  );
  return {
    ownership,
    roles,
    replication,
    relay,
    unitOfWork,
    pricing,
    shipping,
    media,
    catalog,
    inventory,
    payments,
    orders,
    carts,
    customers,
    identity,
    settlement,
    sources,
    checkout,
    afterPlacement,
    shop,
    search,
  };
}

type Modules = Awaited<ReturnType<typeof createModules>>;

function registerRoutes(app: HttpApp, deps: CellDeps, modules: Modules): void {
  const { clock, sql, gateways } = deps;
  const { context } = modules.roles;
  const { unitOfWork, ownership, identity, customers, carts, payments, sources } = modules;
  const { authenticate } = identity;
  const { settlement } = modules;
  const account = { sql, unitOfWork, ownership, clock, identity, customers, settlement };
  const { idempotencyOf, routedPartition, partitionForNew } = context;

  registerCatalogRoutes(app, { catalog: modules.catalog, shop: modules.shop });
  registerSearchRoutes(app, {
    search: modules.search,
    shop: modules.shop,
    sendPage,
    schemas: { query: ShopQuery, card: ProductCard, tax: TaxView },
  });
  registerMediaRoutes(app, { media: modules.media });
  registerAccountRoutes(app, {
    signUp: createSignUp(account),
    signIn: createSignIn(account),
    partitionForNew,
    routedPartition,
    idempotencyOf,
  });
  registerIdentityRoutes(app, { identity, jwks: deps.jwks, routedPartition, idempotencyOf });
  registerCustomerRoutes(app, { customers, authenticate });
  registerCartRoutes(app, {
    context,
    unitOfWork,
    clock,
    carts,
    sources,
    availableOf: modules.inventory.availableOf,
    authenticate,
    homeCountry: deps.homeCountry,
  });
  registerCheckoutRoutes(app, {
    context,
    checkout: modules.checkout,
    payments,
    gateways,
    shopOrigins: deps.shopOrigins,
    authenticate,
  });
  modules.afterPlacement.register(app, { context, authenticate });
  if (deps.storefront === undefined) {
    registerIndexRoute(app, deps.cell);
  } else {
    registerStorefront(app, {
      index: describeShop(deps.cell),
      bundle: deps.storefront,
      cell: deps.cell,
      home: { country: deps.homeCountry, market: deps.homeMarket },
      countryOf: context.countryOf,
      key: deps.keys.routedAuth,
      nowMs: clock.nowMs,
      log: deps.log,
    });
  }
  registerServiceRoutes(app, {
    ...deps,
    relay: modules.relay,
    catalog: modules.catalog,
    inventory: modules.inventory,
  });
  modules.roles.register(app, modules.replication);
  addResidency(app, deps);
  modules.replication.register(app);
  registerGraphql(app, { document: () => app.swagger() as OpenApiDocument });
}

function listJobs(deps: CellDeps, modules: Modules): readonly Job[] {
  const { sql, clock, log } = deps;
  const { unitOfWork, identity, checkout } = modules;
  return [
    createRetentionJob({ sql, unitOfWork, clock, log }),
    modules.replication.positions,
    checkout.recovery,
    ...modules.afterPlacement.jobs,
    createSessionsSweep({ sql, unitOfWork, clock }),
    createClaimsSweep(modules.settlement, { identity, clock }),
  ];
}

/**
 * Builds a cell on the engines given. It listens to nothing and runs nothing yet.
 * @throws AppError `unavailable` where the database can't be reached
 */
export async function buildApp(deps: CellDeps): Promise<Cell> {
  const { cell, sql, catalogSql, clock, log } = deps;
  const modules = await createModules(deps);
  const { ownership, catalog, inventory, unitOfWork, checkout, relay } = modules;
  const { context, handOver } = modules.roles;
  const metrics = createMetrics({ cell: sql, catalog: catalogSql });
  metrics.gauge('cell_partitions', 'Partitions by role.', 'role', ownership.counts);
  metrics.gauge('requests_of_moved_partitions', 'By outcome.', 'outcome', handOver.counts);
  modules.replication.measure(metrics);
  metrics.gauge('catalog_replication_lag_ms', 'Age of what is shown.', 'cell', () => ({
    [cell]: catalog.replicationState().lagMs,
  }));
  const app = await buildHttpApp({
    title: `Shop API of the cell ${cell}`,
    description:
      'Browse, search, carts, checkout, orders and accounts. Ids carry their partition, so every ' +
      'URL is routed to the cell that holds its data.',
    log,
    readiness: { database: () => sql.ping(), placement: ownership.isConfirmed },
    metrics: metrics.render,
    decorateReply: context.onRequest,
    recover: handOver.recover,
  });
  refuseDirectAccess(app, deps.directAccess ?? 'loopback');
  handOver.register(app);
  refuseByRoutersStatus(app);
  addInputRules(app);
  completeDocument(app);
  registerRoutes(app, deps, modules);

  let followers: Followers | undefined;
  let jobs: readonly RunningJob[] = [];
  let endWaiting = (): void => undefined;
  registerFollowerRoutes(app, {
    catalogState: catalog.replicationState,
    stockState: () => followers?.stockState() ?? NOT_FOLLOWING,
  });

  return {
    app,
    ownership,
    unitOfWork,
    catalog,
    inventory,
    checkout,
    changeJobs: modules.afterPlacement.jobs,
    startJobs() {
      const indexing = startJob(modules.search.indexer, log);
      catalog.onChanged(() => indexing.wake());
      const start = (job: Job): RunningJob => startJob(job, log);
      jobs = [indexing, ...modules.roles.jobs.map(start)];
      // Nothing is done in the background either before the cell may write.
      endWaiting = whenConfirmed(ownership, () => {
        jobs = [...jobs, ...listJobs(deps, modules).map(start)];
      });
      modules.replication.start();
      if (deps.controlPlaneUrl === undefined) return;
      followers = startFollowers({
        controlPlaneUrl: deps.controlPlaneUrl,
        serviceKey: deps.keys.service,
        cellId: cell,
        clock,
        catalog,
        stock: {
          ...inventory,
          // Until it is known that the database is the latest, its figures are no news.
          pendingReports: async (limit) =>
            ownership.isConfirmed() ? inventory.pendingReports(limit) : [],
        },
        markets: deps.markets.map((entry) => entry.id),
        log,
      });
    },
    async stop() {
      endWaiting();
      relay.close();
      await modules.replication.stop();
      await Promise.all([followers?.stop(), ...jobs.map((job) => job.stop())]);
      await modules.roles.cells.close();
      await app.close();
      await handOver.close();
    },
  };
}

const NOT_FOLLOWING = { appliedSeq: 0, sourceSeq: 0, lagMs: 0, asOf: undefined } as const;
