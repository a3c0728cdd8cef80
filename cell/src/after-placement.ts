import type { CellId } from '@commerce/contracts/ids';
import type { HttpApp } from '@commerce/service/http/app';
import type { Job } from '@commerce/service/jobs';
import { createChangeFlow } from './flows/after-placement/change-orders.ts';
import type { AfterPlacementDeps } from './flows/after-placement/context.ts';
import { type ChangeRoutesDeps, registerChangeRoutes } from './flows/after-placement/routes.ts';
import { createShipFlow } from './flows/after-placement/ship-orders.ts';
import { createVendorReads } from './flows/after-placement/vendor-reads.ts';
import { registerVendorOrderRoutes } from './flows/after-placement/vendor-routes.ts';
import { createShipments } from './modules/fulfilment/index.ts';
import { createOrderChanges } from './modules/order-changes/index.ts';
import { createMoneyMoves } from './modules/payments/index.ts';
import { createTransfers } from './modules/transfers/index.ts';

/** Puts together what happens to orders after they were placed. */
export function createAfterPlacement(
  deps: Omit<AfterPlacementDeps, 'changes' | 'moves' | 'shipments'> & {
    readonly cell: CellId;
    readonly serviceKey: Uint8Array;
  },
) {
  const { sql, cell, serviceKey, clock } = deps;
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
    /** What pages tell of an order's past. */
    history: { changes: all.changes, moves: all.moves, shipments: all.shipments },
    register(app: HttpApp, routes: Omit<ChangeRoutesDeps, 'changes'>): void {
      const { context } = routes;
      registerChangeRoutes(app, { ...routes, changes });
      registerVendorOrderRoutes(app, {
        context,
        cell,
        serviceKey,
        clock,
        changes,
        shipping,
        reads,
      });
    },
  });
}
