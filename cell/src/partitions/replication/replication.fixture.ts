import type { AddressInfo } from 'node:net';
import type { Partition } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { openTcpGate, type TcpGate } from '@commerce/engines/network/tcp-gate';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import { systemClock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { registerReplicationRoutes } from '../../http/replication-routes.ts';
import { createServiceCallers } from '../../http/service-callers.ts';
import { createDigests, type Digests } from '../copies/digest.ts';
import { createSnapshots } from '../copies/snapshot.ts';
import {
  CELL,
  OTHER_CELL,
  placements,
  readState,
  startPartitions,
  type TestPartitions,
} from '../partitions.fixture.ts';
import { idempotencyRecords, listExpansions, type PartitionTable } from '../tables.ts';
import { type CellClient, createCellClient } from './cell-client.ts';
import { createStandbyFeed, type StandbyFeed } from './feed.ts';
import { createReplicator, type Replicator } from './replicator.ts';

/** A primary and a standby, each on a database of its own, with a network between that can be cut. */
export interface TestPair {
  readonly primary: TestPartitions & { readonly feed: StandbyFeed; readonly digests: Digests };
  readonly standby: TestPartitions & { readonly digests: Digests };
  readonly gate: TcpGate;
  readonly client: CellClient;
  /** Of the running standby. */
  replicator(): Replicator;
  /** Ends the standby's process and begins another on the same database. */
  restartStandby(tables?: readonly PartitionTable[]): Promise<void>;
  /** Ends the primary's process and begins another: nothing of its memory is left. */
  restartPrimary(): Promise<void>;
  stop(): Promise<void>;
}

const serviceKey = new Uint8Array(32).fill(9);
const log = createLogger('replication test', 'silent');
export const TABLES: readonly PartitionTable[] = [idempotencyRecords];

const open = (url: string): Sql =>
  openPostgres({ connectionString: url, statementTimeoutMs: 0, applicationName: 'replication' });

export interface PairOptions {
  readonly table?: PlacementTable;
  /** Those that the primary declares. */
  readonly tables?: readonly PartitionTable[];
  readonly scanIntervalMs?: number;
}

async function servePrimary(
  sql: Sql,
  { tables = TABLES, scanIntervalMs = 50 }: PairOptions,
  port: number,
): Promise<{ app: HttpApp; feed: StandbyFeed; digests: Digests }> {
  const feed = createStandbyFeed({ sql, clock: systemClock, scanIntervalMs });
  const digests = createDigests(sql, tables);
  const app = await buildHttpApp({
    title: 'primary',
    description: 'For tests.',
    log,
    readiness: {},
    metrics: () => '',
  });
  registerReplicationRoutes(app, {
    feed,
    snapshots: createSnapshots(sql, tables),
    digests,
    mayFollowStandby: () => false,
    callers: createServiceCallers({ cell: CELL, serviceKey, clock: systemClock }),
    expansions: listExpansions(tables),
  });
  await app.listen({ host: '127.0.0.1', port });
  return { app, feed, digests };
}

/** Starts both; the standby follows as the table says. */
export async function startPair(options: PairOptions = {}): Promise<TestPair> {
  const table = options.table ?? placements(1);
  const [primary, standby] = await Promise.all([
    startPartitions(table),
    startPartitions(table, OTHER_CELL),
  ]);
  const primarySql = open(primary.url);
  const standbySql = open(standby.url);
  let serving = await servePrimary(primarySql, options, 0);
  const { port } = serving.app.server.address() as AddressInfo;
  primary.onCommitted((record) => serving.feed.notify(record));
  const gate = await openTcpGate(port);
  const client = createCellClient({
    cell: OTHER_CELL,
    serviceKey,
    clock: systemClock,
    urlOf: async () => `http://127.0.0.1:${gate.port}`,
  });
  const start = async (tables: readonly PartitionTable[]): Promise<Replicator> => {
    const replicator = createReplicator({
      cell: OTHER_CELL,
      sql: standbySql,
      tables,
      cells: client,
      clock: systemClock,
      log,
      waitMs: 2_000,
    });
    await replicator.start();
    await replicator.assign(table);
    return replicator;
  };
  let replicator = await start(TABLES);

  const endPrimary = async (): Promise<void> => {
    serving.feed.close();
    await serving.app.close();
  };
  return {
    primary: {
      ...primary,
      get feed() {
        return serving.feed;
      },
      get digests() {
        return serving.digests;
      },
    },
    standby: { ...standby, digests: createDigests(standbySql, TABLES) },
    gate,
    client,
    replicator: () => replicator,
    async restartStandby(tables = TABLES) {
      await replicator.stop();
      replicator = await start(tables);
    },
    async restartPrimary() {
      await endPrimary();
      serving = await servePrimary(primarySql, options, port);
    },
    async stop() {
      await replicator.stop();
      await endPrimary();
      await gate.close();
      await client.close();
      await Promise.all([primarySql.close(), standbySql.close()]);
      await Promise.all([primary.stop(), standby.stop()]);
    },
  };
}

const copyOf = statement<{ follows: string; state: string; problem: string | null }>(
  'test.copy-of',
  'SELECT follows, state, problem FROM partition_copies WHERE partition = $1',
);

/** What the standby says of a copy. */
export async function readCopy(sql: Sql, name: Partition) {
  const [copy] = await sql.query(copyOf, [name]);
  return copy;
}

/** Whether the standby is where the primary is. */
export async function isInStep(pair: TestPair, name: Partition): Promise<boolean> {
  const [here, there] = await Promise.all([
    readState(pair.primary.sql, name),
    readState(pair.standby.sql, name),
  ]);
  return here.version === there.version && here.chain === there.chain;
}
