import type { CellId } from '@commerce/contracts/ids';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { partitionTables } from '../database.ts';
import { type EventFeedDeps, registerEventFeed } from './event-feed-routes.ts';
import { registerLoadRoutes } from './load-routes.ts';
import { type PurgeFeedDeps, registerPurgeFeed } from './purge-feed-routes.ts';

/** What other services of the platform ask a cell for: its events, its load, what routers have to forget. */
export interface ServiceRoutesDeps {
  readonly cell: CellId;
  readonly clock: Clock;
  readonly keys: { readonly service: Uint8Array; readonly routedAuth: Uint8Array };
  /** Of requests; its statistics tell how many orders were placed. */
  readonly sql: Sql;
  /** Without a time limit for statements. */
  readonly feedSql: Sql;
  readonly relay: EventFeedDeps['relay'];
  readonly catalog: {
    readonly onChanged: PurgeFeedDeps['onCatalogChanged'];
    readonly findVariants: PurgeFeedDeps['findVariants'];
  };
  readonly inventory: { readonly onChanged: PurgeFeedDeps['onUnitsChanged'] };
}

/** Adds these routes to the cell's app. */
export function registerServiceRoutes(app: HttpApp, deps: ServiceRoutesDeps): void {
  const { cell, clock, sql, keys, catalog } = deps;
  registerEventFeed(app, { relay: deps.relay, cell, serviceKey: keys.service, clock });
  registerLoadRoutes(app, {
    cell,
    serviceKey: keys.service,
    clock,
    sql: deps.feedSql,
    tables: partitionTables,
    ordersPlaced: () => sql.statistics().get('orders.insert')?.count ?? 0,
  });
  registerPurgeFeed(app, {
    cell,
    routedAuthKey: keys.routedAuth,
    clock,
    onCatalogChanged: catalog.onChanged,
    onUnitsChanged: deps.inventory.onChanged,
    findVariants: catalog.findVariants,
  });
}
