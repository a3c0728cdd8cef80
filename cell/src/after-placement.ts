import type { CellId } from '@commerce/contracts/ids';
import type { HttpApp } from '@commerce/service/http/app';
import type { Job } from '@commerce/service/jobs';
import { createChangeFlow } from './flows/after-placement/change-orders.ts';
import type { AfterPlacementDeps } from './flows/after-placement/context.ts';
import { type ChangeRoutesDeps, registerChangeRoutes } from './flows/after-placement/routes.ts';
import { createShipFlow } from './flows/after-placement/ship-orders.ts';
import { createVendorReads } from './flows/after-placement/vendor-reads.ts';
import { registerVendorOrderRoutes } from './flows/after-placement/vendor-routes.ts';
import { registerOrderRoutes } from './flows/order-routes.ts';
import { createTrackingTokens } from './flows/tracking/tracking-tokens.ts';
import { createShipments } from './modules/fulfilment/index.ts';
import { createOrderChanges } from './modules/order-changes/index.ts';
import { createMoneyMoves } from './modules/payments/index.ts';
import { createTransfers } from './modules/transfers/index.ts';

/** Puts together what is told of orders, and what happens to them after they were placed. */
export function createAfterPlacement(
  deps: Omit<AfterPlacementDeps, 'changes' | 'moves' | 'shipments'> & {
    readonly cell: CellId;
    readonly keys: { readonly service: Uint8Array; readonly claims: Uint8Array };
  },
) {
  const { sql, cell, keys, clock, orders, payments } = deps;
  const all: AfterPlacementDeps = {
    ...deps,
    changes: createOrderChanges({ sql }),
    moves: createMoneyMoves(),
    shipments: createShipments({ sql }),
  };
  const changes = createChangeFlow(all);
  const shipping = createShipFlow(all);
  const reads = createVendorReads({ ...all, transfers: createTransfers() });
  const jobs: readonly Job[] = [changes.recovery, shipping.recovery];
  return Object.freeze({
    jobs,
    register(app: HttpApp, routes: Pick<ChangeRoutesDeps, 'context' | 'authenticate'>): void {
      const { context } = routes;
      const tokens = createTrackingTokens(keys.claims, clock);
      registerOrderRoutes(app, {
        ...routes,
        sql,
        orders,
        payments,
        history: all,
        trackingTokens: tokens,
      });
      registerChangeRoutes(app, { ...routes, tokens, changes });
      registerVendorOrderRoutes(app, {
        context,
        cell,
        serviceKey: keys.service,
        clock,
        changes,
        shipping,
        reads,
      });
    },
  });
}
