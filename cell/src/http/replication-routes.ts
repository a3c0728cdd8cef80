import type { CellId, Partition } from '@commerce/contracts/ids';
import {
  DigestAnswer,
  DigestRequest,
  PullAnswer,
  PullRequest,
} from '@commerce/contracts/partition-control';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Digests } from '../partitions/copies/digest.ts';
import { SNAPSHOT_PARTITIONS_MAX, type Snapshots } from '../partitions/copies/snapshot.ts';
import type { PullResult, StandbyFeed } from '../partitions/replication/feed.ts';
import type { ServiceCallers } from './service-callers.ts';

export interface ReplicationRoutesDeps {
  readonly feed: StandbyFeed;
  readonly snapshots: Snapshots;
  readonly digests: Digests;
  readonly callers: ServiceCallers;
  /** Whether a cell may have a partition that this cell is the standby of. */
  readonly mayFollowStandby: (cell: CellId, partition: Partition) => boolean;
  /** `table.column` of what an older follower may leave out. */
  readonly expansions: readonly string[];
}

const shared = { tags: ['internal'], security: [{ bearer: [] }] };
const problems = { '4xx': Problem, '5xx': Problem };

const SnapshotQuery = Type.Object(
  {
    partitions: Type.Optional(
      Type.String({
        // Names of eight to sixteen characters, with commas between.
        maxLength: SNAPSHOT_PARTITIONS_MAX * 17,
        pattern: '^[a-z][a-z0-9]{1,11}-[0-3][0-9a-f]{2}(,[a-z][a-z0-9]{1,11}-[0-3][0-9a-f]{2})*$',
        description: `Names with commas between; at least one, ${SNAPSHOT_PARTITIONS_MAX} at most`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** What one cell gives another that holds copies of its partitions: log, snapshots and digests. */
export function registerReplicationRoutes(app: HttpApp, deps: ReplicationRoutesDeps): void {
  const { feed, snapshots, digests, callers, expansions } = deps;

  app.post(
    '/internal/v1/replication/pull',
    {
      schema: {
        ...shared,
        summary: 'Take the log of the partitions that a cell follows, and acknowledge what it has',
        description:
          'For cells of the same jurisdiction. The positions are what the caller has durably applied. ' +
          'Answered the moment there is a record, or after `waitMs`.',
        body: PullRequest,
        response: { 200: PullAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const caller = callers.requireCell(request);
      const { positions, ...pull } = request.body;
      const gone = new AbortController();
      // Before the answer was given, that is: a follower that was killed, or a line that broke.
      reply.raw.once('close', () => gone.abort());
      const claims = positions.map(({ partition, epoch, version, chain }) => ({
        partition: partition as Partition,
        epoch: BigInt(epoch),
        version: BigInt(version),
        chain,
      }));
      const result = await feed.pull(caller, { ...pull, positions: claims }, gone.signal);
      void reply.header('content-type', 'application/json; charset=utf-8');
      // A text is sent as it is: no schema is walked for each of a thousand records a second.
      return reply.send(formatAnswer(result, expansions) as never);
    },
  );

  app.get(
    '/internal/v1/partitions/snapshot',
    {
      schema: {
        ...shared,
        summary: 'Take partitions whole, at one position each',
        description:
          'A row of frames: a line of JSON, and `bytes` bytes of text after it. Begins with the ' +
          'positions and ends with the number of rows; without that end it is not whole.',
        querystring: SnapshotQuery,
        response: {
          200: Type.Unknown({ description: 'Frames, `application/octet-stream`' }),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const caller = callers.requireCell(request);
      const names = request.query.partitions?.split(',') ?? [];
      const partitions = [...new Set(names)] as Partition[];
      if (partitions.length < 1 || partitions.length > SNAPSHOT_PARTITIONS_MAX) {
        throw new AppError('invalid-request', {
          field: 'partitions',
          detail: `A snapshot has 1 to ${SNAPSHOT_PARTITIONS_MAX} partitions.`,
        });
      }
      const stream = await snapshots.open(partitions, {
        mayBeStandby: partitions.every((partition) => deps.mayFollowStandby(caller, partition)),
      });
      void reply.header('content-type', 'application/octet-stream');
      return reply.send(stream);
    },
  );

  app.post(
    '/internal/v1/partitions/digest',
    {
      schema: {
        ...shared,
        summary: 'Rows and content of partitions, in a few bytes, with the position they are at',
        body: DigestRequest,
        response: { 200: DigestAnswer, ...problems },
      },
    },
    async (request) => {
      callers.requireCellOrMover(request);
      return { digests: await digests.read(request.body.partitions as Partition[]) };
    },
  );
}

function formatAnswer(result: PullResult, expansions: readonly string[]): string {
  const answer: PullAnswer = {
    known: result.known,
    seq: result.seq,
    expansions: [...expansions],
    records: result.records.map((record) => ({
      ...record,
      epoch: Number(record.epoch),
      version: String(record.version),
      loggedAt: record.loggedAt.toISOString(),
    })),
    heads: result.heads.map(({ partition, epoch, version }) => ({
      partition,
      epoch: Number(epoch),
      version: String(version),
    })),
    refused: result.refused.map((entry) => ({ ...entry })),
    more: result.more,
  };
  return JSON.stringify(answer);
}
