import { CellLoad, PartitionSizes } from '@commerce/contracts/cell-load';
import type { CellId, Partition } from '@commerce/contracts/ids';
import { PartitionList } from '@commerce/contracts/partition-control';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { countRows, readDatabaseBytes } from '../partitions/sizes-store.ts';
import type { PartitionTable } from '../partitions/tables.ts';

export interface LoadRoutesDeps {
  readonly cell: CellId;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  /** Without a time limit for statements: counting takes as long as the data is large. */
  readonly sql: Sql;
  readonly tables: readonly PartitionTable[];
  /** Orders written since the start of the process. */
  readonly ordersPlaced: () => number;
}

/** Operators' tools; another cell has no business with how much this one holds. */
const READERS: ReadonlySet<string> = new Set(['cellctl', 'control-plane']);
const OPERATIONAL_PATH = /^\/(?:internal|health|metrics|openapi|docs)/;

const shared = { tags: ['internal'], security: [{ bearer: [] }] };
const problems = { '4xx': Problem, '5xx': Problem };

/** Adds what an evacuation has to know of a cell: how much it holds, and how it copes. */
export function registerLoadRoutes(app: HttpApp, deps: LoadRoutesDeps): void {
  const { cell, sql } = deps;
  const startedAt = deps.clock.now().toISOString();
  let requests = 0;
  let failures = 0;
  app.addHook('onResponse', (request, reply, done) => {
    if (!OPERATIONAL_PATH.test(request.url)) {
      requests += 1;
      if (reply.statusCode >= 500) failures += 1;
    }
    done();
  });

  const requireReader = (request: FastifyRequest): void => {
    const caller = verifyServiceCall(deps.serviceKey, request.headers.authorization, {
      audience: cell,
      clock: deps.clock,
    });
    if (!READERS.has(caller)) {
      throw new AppError('forbidden', { detail: `${caller} may not read this.` });
    }
  };

  app.get(
    '/internal/v1/load',
    {
      schema: {
        ...shared,
        summary: 'Requests, failures and orders since the start',
        response: { 200: CellLoad, ...problems },
      },
    },
    async (request) => {
      requireReader(request);
      const databaseBytes = await readDatabaseBytes(sql);
      return { cell, startedAt, requests, failures, orders: deps.ordersPlaced(), databaseBytes };
    },
  );

  app.post(
    '/internal/v1/partitions/sizes',
    {
      schema: {
        ...shared,
        summary: 'Count the rows of partitions',
        body: Type.Object({ partitions: PartitionList }, { additionalProperties: false }),
        response: { 200: PartitionSizes, ...problems },
      },
    },
    async (request) => {
      requireReader(request);
      return countAll(deps, request.body.partitions as Partition[]);
    },
  );
}

async function countAll(
  { cell, sql, tables }: LoadRoutesDeps,
  wanted: readonly Partition[],
): Promise<PartitionSizes> {
  const totals: Record<string, number> = {};
  const sizes = new Map<Partition, { rows: number; bytes: number }>();
  // One table after the other: an evacuation must not take all of the database's attention.
  for (const table of tables) {
    totals[table.name] = 0;
    for (const { partition, rows, bytes } of await countRows(sql, table, wanted)) {
      const size = sizes.get(partition) ?? { rows: 0, bytes: 0 };
      size.rows += Number(rows);
      size.bytes += Number(bytes);
      sizes.set(partition, size);
      totals[table.name] = (totals[table.name] ?? 0) + Number(rows);
    }
  }
  return {
    cell,
    tables: totals,
    partitions: wanted.map((partition) => ({
      partition,
      rows: 0,
      bytes: 0,
      ...sizes.get(partition),
    })),
  };
}
