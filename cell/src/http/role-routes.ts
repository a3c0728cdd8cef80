import { type CellId, type Partition, parseCellId } from '@commerce/contracts/ids';
import {
  AwaitAnswer,
  AwaitRequest,
  CompareAnswer,
  CompareRequest,
  DivergenceList,
  FenceAnswer,
  FenceRequest,
  RefreshAnswer,
  ReleaseRequest,
} from '@commerce/contracts/partition-control';
import { AppError, Problem } from '@commerce/contracts/problems';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { Logger } from '@commerce/service/logger';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Ownership } from '../partitions/ownership.ts';
import type { Peers } from '../partitions/peers.ts';
import type { PlacementFollower } from '../partitions/placement-follower.ts';
import type { CutWaiter } from '../partitions/roles/cut-waiter.ts';
import { listDivergences } from '../partitions/roles/divergence-store.ts';
import { compareHistories } from '../partitions/roles/histories.ts';
import { createServiceCallers, type ServiceCallers } from './service-callers.ts';

export interface RoleRoutesDeps {
  readonly cell: CellId;
  readonly ownership: Ownership;
  readonly placements: PlacementFollower;
  readonly peers: Peers;
  readonly cuts: CutWaiter;
  /** Gives a standby at once what it has not been given yet. */
  readonly hurry: (standby: CellId) => void;
  readonly sql: Sql;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who may move partitions: the operators' command line and the control plane. */
const MOVERS: ReadonlySet<string> = new Set(['cellctl', 'control-plane']);

const shared = { tags: ['internal'], security: [{ bearer: [] }] };
const problems = { '4xx': Problem, '5xx': Problem };
const Nothing = Type.Object({}, { additionalProperties: false });

/** Adds the calls by which partitions change their primary. All of them may be repeated. */
export function registerRoleRoutes(app: HttpApp, deps: RoleRoutesDeps): void {
  const { cell, ownership, placements, log } = deps;
  const callers = createServiceCallers({ cell, serviceKey: deps.serviceKey, clock: deps.clock });
  registerHistoryRoutes(app, deps, callers);

  const requireMover = (request: FastifyRequest): string => {
    const caller = verifyServiceCall(deps.serviceKey, request.headers.authorization, {
      audience: cell,
      clock: deps.clock,
    });
    if (!MOVERS.has(caller)) {
      throw new AppError('forbidden', { detail: `${caller} moves no partitions.` });
    }
    return caller;
  };

  /** @throws AppError `unprocessable` where customers' data may not go there */
  const requireTarget = async (name: string): Promise<CellId> => {
    const target = parseCellId(name);
    const isLegal = target !== undefined && target !== cell;
    if (!isLegal || (await deps.peers.find(target)) === undefined) {
      throw new AppError('unprocessable', {
        field: 'target',
        detail: `"${name}" is no other cell of this jurisdiction.`,
      });
    }
    return target;
  };

  app.post(
    '/internal/v1/partitions/fence',
    {
      schema: {
        ...shared,
        summary: 'End the writing of partitions, and tell where it ended',
        description:
          'Waits for the transactions under way. From here on requests to the partitions wait, two ' +
          'seconds at most. The same plan gets the same cuts again.',
        body: FenceRequest,
        response: { 200: FenceAnswer, ...problems },
      },
    },
    async (request) => {
      const caller = requireMover(request);
      const { plan, partitions } = request.body;
      const target = await requireTarget(request.body.target);
      const answer = await ownership.fence({
        plan,
        target,
        partitions: partitions as Partition[],
      });
      // The last commits would gather with others, and shoppers wait for the target to have them.
      deps.hurry(target);
      log.info(
        { id: plan, cell: target, count: answer.cuts.length, code: caller },
        'partitions fenced',
      );
      return answer;
    },
  );

  app.post(
    '/internal/v1/partitions/await',
    {
      schema: {
        ...shared,
        summary: 'Wait until copies have reached the cuts',
        body: AwaitRequest,
        response: { 200: AwaitAnswer, ...problems },
      },
    },
    (request) => {
      requireMover(request);
      return deps.cuts.wait(request.body.cuts, request.body.waitMs);
    },
  );

  app.post(
    '/internal/v1/placements/refresh',
    {
      schema: {
        ...shared,
        summary: 'Read the directory now, and take over or hand over what it says',
        body: Nothing,
        response: { 200: RefreshAnswer, ...problems },
      },
    },
    (request) => {
      requireMover(request);
      return placements.refresh();
    },
  );

  app.post(
    '/internal/v1/partitions/release',
    {
      schema: {
        ...shared,
        summary: 'Write partitions again that were fenced and not moved',
        description:
          'Needs an epoch burnt in the directory for this cell, which it reads itself: nothing but ' +
          'the directory ends a fence.',
        body: ReleaseRequest,
        response: { 200: RefreshAnswer, ...problems },
      },
    },
    async (request) => {
      requireMover(request);
      const answer = await placements.refresh();
      const waiting = (request.body.partitions as Partition[])
        .filter((name) => ownership.of(name)?.role !== 'primary')
        .map((partition) => ({
          partition,
          reason:
            answer.waiting.find((entry) => entry.partition === partition)?.reason ??
            `the directory names ${ownership.placementOf(partition)?.primary ?? 'nobody'} at epoch ` +
              `${ownership.placementOf(partition)?.epoch ?? 0}: no epoch was burnt for this cell`,
        }));
      return { ...answer, waiting };
    },
  );
}

/** How histories compare, and what of them is in no other cell. */
function registerHistoryRoutes(
  app: HttpApp,
  { cell, sql }: RoleRoutesDeps,
  callers: ServiceCallers,
) {
  app.post(
    '/internal/v1/partitions/compare',
    {
      schema: {
        ...shared,
        summary: 'Tell how histories of another cell lie in those of this one',
        body: CompareRequest,
        response: { 200: CompareAnswer, ...problems },
      },
    },
    (request) => {
      callers.requireCell(request);
      return compareHistories(sql, request.body.points);
    },
  );
  app.get(
    '/internal/v1/partitions/divergences',
    {
      schema: {
        ...shared,
        summary: 'Writes that no other cell has, and where they are kept',
        response: { 200: DivergenceList, ...problems },
      },
    },
    async (request) => {
      callers.requireCellOrMover(request);
      return { cell, divergences: await listDivergences(sql) };
    },
  );
}
