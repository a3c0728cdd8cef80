import type { CellId, Realm } from '@commerce/contracts/ids';
import type { Quarantine } from '@commerce/contracts/partition-control';
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
import { createPeers } from './partitions/peers.ts';
import { type CellClient, createCellClient } from './partitions/replication/cell-client.ts';
import {
  createPlacementFollower,
  type PlacementFollower,
} from './partitions/placement-follower.ts';
import { createAdmission } from './partitions/roles/admission.ts';
import { createCutWaiter } from './partitions/roles/cut-waiter.ts';
import type { DatabaseMark } from './partitions/roles/database-mark.ts';
import { createReturningJob, type ReturningDeps } from './partitions/roles/returning.ts';
import { createWhereabouts } from './partitions/roles/whereabouts.ts';

/** What keeps a cell's roles in step with the directory, and its requests with its roles. */
export interface Roles {
  readonly context: RequestContext;
  readonly handOver: HandOver;
  readonly placements: PlacementFollower;
  /** The way to the other cells of the jurisdiction; to be closed last. */
  readonly cells: CellClient;
  /** Adds the calls by which partitions change their primary. */
  register(app: HttpApp, links: { readonly hurry: (standby: CellId) => void }): void;
  /** Keeps roles in step with the directory, and settles what was lost to another cell. */
  readonly jobs: readonly Job[];
  /** Why this cell may not write; undefined where it may. */
  quarantine(): Quarantine | undefined;
}

/** What a partition that was lost or restored takes along, and whom it is compared with. */
export type ReturningParts = Pick<ReturningDeps, 'stock' | 'beginStockAccount' | 'listPayments'>;

export interface RolesDeps {
  readonly cell: CellId;
  readonly realm: Realm;
  readonly sql: Sql;
  /** Connections without a statement time-out. */
  readonly replicationSql: Sql;
  readonly blobs: BlobStore;
  readonly directory: Directory;
  readonly mark?: DatabaseMark | undefined;
  readonly keys: { readonly routedAuth: Uint8Array; readonly service: Uint8Array };
  readonly clock: Clock;
  readonly log: Logger;
}

/** @param parts what other modules give, once they are made */
export function createRoles(deps: RolesDeps, ownership: Ownership, parts: ReturningParts): Roles {
  const { cell, realm, sql, directory, clock, log } = deps;
  const routedAuthKey = deps.keys.routedAuth;
  const context = createRequestContext({ cell, ownership, routedAuthKey, clock });
  const peers = createPeers({ directory, cell, clock });
  const cells = createCellClient({
    cell,
    serviceKey: deps.keys.service,
    clock,
    urlOf: async (name) => (await peers.find(name))?.url,
  });
  const shared = {
    ...parts,
    compare: cells.compare,
    sql,
    bulkSql: deps.replicationSql,
    blobs: deps.blobs,
    tables: partitionTables,
    clock,
    log,
  };
  const admission = createAdmission({
    ...shared,
    cell,
    realm,
    directory,
    mark: deps.mark,
    onRolesChanged: ownership.load,
  });
  const placements = createPlacementFollower({ directory, ownership, realm, log, admission });
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
    cells,
    register(app, { hurry }) {
      registerRoleRoutes(app, {
        hurry,
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
    jobs: [placements.job, admission.job, createReturningJob({ ...shared, ownership })],
    quarantine: admission.quarantine,
  };
}
