import type { HttpApp } from '@commerce/service/http/app';
import type { Job } from '@commerce/service/jobs';
import { type ChangeRoutesDeps, registerChangeRoutes } from './flows/after-placement/routes.ts';
import type { AfterPlacementDeps } from './flows/after-placement/context.ts';
import { createChangeFlow } from './flows/after-placement/change-orders.ts';
import { createOrderChanges } from './modules/order-changes/index.ts';
import { createMoneyMoves } from './modules/payments/index.ts';

/** Puts together what happens to orders after they were placed. */
export function createAfterPlacement(deps: Omit<AfterPlacementDeps, 'changes' | 'moves'>) {
  const changes = createOrderChanges({ sql: deps.sql });
  const moves = createMoneyMoves();
  const flow = createChangeFlow({ ...deps, changes, moves });
  const jobs: readonly Job[] = [flow.recovery];
  return Object.freeze({
    changes,
    moves,
    jobs,
    register(app: HttpApp, routes: Omit<ChangeRoutesDeps, 'changes'>): void {
      registerChangeRoutes(app, { ...routes, changes: flow });
    },
  });
}
