import type { CellId, Realm } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import { createHandOver, type HandOver } from './http/hand-over.ts';
import { createRequestContext, type RequestContext } from './http/request-context.ts';
import type { Ownership } from './partitions/ownership.ts';
import { createPeers, type Peers } from './partitions/peers.ts';
import {
  createPlacementFollower,
  type PlacementFollower,
} from './partitions/placement-follower.ts';
import { createWhereabouts } from './partitions/roles/whereabouts.ts';

/** What keeps a cell's roles in step with the directory, and its requests with its roles. */
export interface Roles {
  readonly context: RequestContext;
  readonly handOver: HandOver;
  readonly placements: PlacementFollower;
  readonly peers: Peers;
}

export interface RolesDeps {
  readonly cell: CellId;
  readonly realm: Realm;
  readonly directory: Directory;
  readonly keys: { readonly routedAuth: Uint8Array };
  readonly clock: Clock;
  readonly log: Logger;
}

export function createRoles(deps: RolesDeps, ownership: Ownership): Roles {
  const { cell, realm, directory, clock, log } = deps;
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
  return { context, handOver, placements, peers };
}
