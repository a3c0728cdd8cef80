import { type CellId, type Partition, parseCellId } from '@commerce/contracts/ids';
import {
  PARTITION_ROLES,
  type PartitionRole,
  PartitionName,
  PartitionStates,
  RepairAnswer,
  RepairRequest,
  SeedAnswer,
  SeedRequest,
} from '@commerce/contracts/partition-control';
import { cellLocation } from '@commerce/contracts/cell-locations';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { StateReader } from '../partitions/copies/states.ts';
import type { Verifier } from '../partitions/copies/verify.ts';
import type { Replicator } from '../partitions/replication/replicator.ts';
import type { ServiceCallers } from './service-callers.ts';

export interface CopyRoutesDeps {
  readonly cell: CellId;
  readonly states: StateReader;
  readonly replicator: Replicator;
  readonly verifier: Verifier;
  readonly callers: ServiceCallers;
}

const shared = { tags: ['internal'], security: [{ bearer: [] }] };
const problems = { '4xx': Problem, '5xx': Problem };

const StatesQuery = Type.Object(
  {
    role: Type.Optional(
      Type.Enum(Object.keys(PARTITION_ROLES) as PartitionRole[], {
        description: 'Only partitions in this role here',
      }),
    ),
    partition: Type.Optional(
      Type.Array(PartitionName, { maxItems: 1_024, description: 'Only these; may be repeated' }),
    ),
  },
  { additionalProperties: false },
);

/** What this cell says of the partitions that it holds, and how its copies are begun and mended. */
export function registerCopyRoutes(app: HttpApp, deps: CopyRoutesDeps): void {
  const { cell, states, replicator, verifier, callers } = deps;

  app.get(
    '/internal/v1/partitions',
    {
      schema: {
        ...shared,
        summary: 'How this cell stands with partitions: role, position, copy, lag, fence',
        querystring: StatesQuery,
        response: { 200: PartitionStates, ...problems },
      },
    },
    (request) => {
      callers.requireCellOrMover(request);
      const { role, partition } = request.query;
      return states.read({ role, partitions: partition as Partition[] | undefined });
    },
  );

  app.post(
    '/internal/v1/partitions/seed',
    {
      schema: {
        ...shared,
        summary: 'Begin copies of partitions, which then follow their primary',
        description:
          'May be repeated: a copy that is under way or follows already goes on as it is.',
        body: SeedRequest,
        response: { 200: SeedAnswer, ...problems },
      },
    },
    async (request) => {
      callers.requireCellOrMover(request);
      const { plan, partitions } = request.body;
      const from = parseCellId(request.body.from);
      const isLegal =
        from !== undefined &&
        from !== cell &&
        cellLocation(from)?.jurisdiction === cellLocation(cell)?.jurisdiction;
      if (!isLegal) {
        throw new AppError('unprocessable', {
          field: 'from',
          detail: `"${request.body.from}" is no other cell of this jurisdiction.`,
        });
      }
      const wanted = partitions as Partition[];
      const accepted = await replicator.requestSeeds({ plan, from, partitions: wanted });
      const taken = new Set<string>(accepted);
      return {
        accepted,
        refused: wanted
          .filter((partition) => !taken.has(partition))
          .map((partition) => ({
            partition,
            reason: 'this cell holds it as its primary, fenced, or not in its realm',
          })),
      };
    },
  );

  app.post(
    '/internal/v1/partitions/repair',
    {
      schema: {
        ...shared,
        summary: 'Compare copies with their primaries, and copy anew what differs',
        body: RepairRequest,
        response: { 200: RepairAnswer, ...problems },
      },
    },
    (request) => {
      callers.requireCellOrMover(request);
      const { partitions, repair } = request.body;
      return verifier.verify(partitions as Partition[], repair);
    },
  );
}
