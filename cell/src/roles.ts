import type { CellId, Realm } from '@commerce/contracts/ids';
import type { BlobStore } from '@commerce/engines/blob/blob';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import { partitionTables } from './database.ts';
import { createHandOver, type HandOver } from './http/hand-over.ts';
import { createRequestContext, type RequestContext } from './http/request-context.ts';
import { registerRoleRoutes } from './http/role-routes.ts';
import type { Ownership } from './partitions/ownership.ts';
import { createPeers, type Peers } from './partitions/peers.ts';
import {
  createPlacementFollower,
  type PlacementFollower,
} from './partitions/placement-follower.ts';
import { createCutWaiter } from './partitions/roles/cut-waiter.ts';
import { createReturningJob, type ReturningDeps } from './partitions/roles/returning.ts';
import { createWhereabouts } from './partitions/roles/whereabouts.ts';

/** What keeps a cell's roles in step with the directory, and its requests with its roles. */
export interface Roles {
  readonly context: RequestContext;
  readonly handOver: HandOver;
  readonly placements: PlacementFollower;
  readonly peers: Peers;
  /** Adds the calls by which partitions change their primary. */
  register(app: HttpApp): void;
  /** Keeps roles in step with the directory, and settles what was lost to another cell. */
  jobs(returning: ReturningParts): readonly Job[];
}

/** What a partition that was lost takes along, and whom it is compared with. */
export type ReturningParts = Pick<
  ReturningDeps,
  'compare' | 'stock' | 'beginStockAccount' | 'listPayments'
>;

export interface RolesDeps {
  readonly cell: CellId;
  readonly realm: Realm;
  readonly sql: Sql;
  /** Connections without a statement time-out. */
  readonly replicationSql: Sql;
  readonly blobs: BlobStore;
  readonly directory: Directory;
  readonly keys: { readonly routedAuth: Uint8Array; readonly service: Uint8Array };
  readonly clock: Clock;
  readonly log: Logger;
}

export function createRoles(deps: RolesDeps, ownership: Ownership): Roles {
  const { cell, realm, sql, directory, clock, log } = deps;
  const routedAuthKey = deps.keys.routedAuth;
  const context = createRequestContext({ cell, ownership, routedAuthKey, clock });
  const placements = createPlacementFollower({ directory, ownership, realm, log });
  const peers = createPeers({ directory, cell, clock });
  const handOver = createHandOver({
    cell,
    ownership,
    whereabouts: createWhereabouts({ cell, ownership, placements }),
    peers,
    routedAuthKey,
    clock,
    log,
    countryOf: context.countryOf,
  });
  return {
    context,
    handOver,
    placements,
    peers,
    register(app) {
      registerRoleRoutes(app, {
        cell,
        sql,
        ownership,
        placements,
        peers,
        cuts: createCutWaiter({ sql }),
        serviceKey: deps.keys.service,
        clock,
        log,
      });
    },
    jobs: (returning) => [
      placements.job,
      createReturningJob({
        ...returning,
        sql,
        bulkSql: deps.replicationSql,
        blobs: deps.blobs,
        ownership,
        tables: partitionTables,
        clock,
        log,
      }),
    ],
  };
}
