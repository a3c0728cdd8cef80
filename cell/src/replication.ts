import { cellLocation } from '@commerce/contracts/cell-locations';
import type { CellId, Partition } from '@commerce/contracts/ids';
import type { Quarantine } from '@commerce/contracts/partition-control';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import type { Metrics } from '@commerce/service/metrics';
import { partitionTables } from './database.ts';
import { registerCopyRoutes } from './http/copy-routes.ts';
import { registerReplicationRoutes } from './http/replication-routes.ts';
import { createServiceCallers } from './http/service-callers.ts';
import type { ChangeRecord } from './partitions/change-log.ts';
import { createDigests } from './partitions/copies/digest.ts';
import { createSnapshots } from './partitions/copies/snapshot.ts';
import { createStateReader } from './partitions/copies/states.ts';
import { createVerifier } from './partitions/copies/verify.ts';
import type { Ownership } from './partitions/ownership.ts';
import type { CellClient } from './partitions/replication/cell-client.ts';
import { createDurability, type Durability } from './partitions/replication/durability.ts';
import { createStandbyFeed } from './partitions/replication/feed.ts';
import { createStandbyPositionsJob } from './partitions/replication/standby-positions.ts';
import { createReplicator, type Replicator } from './partitions/replication/replicator.ts';
import { createSignal } from './partitions/replication/signal.ts';
import { listExpansions } from './partitions/tables.ts';

/** What gives this cell's log to its standbys, and keeps its own copies in step with their primaries. */
export interface Replication {
  readonly replicator: Replicator;
  readonly durability: Pick<Durability, 'confirm'>;
  /** Writes down what standbys have acknowledged. */
  readonly positions: Job;
  /** Gives a standby at once what it has not been given yet. */
  hurry(standby: CellId): void;
  /** Given each commit. */
  noteCommit(record: ChangeRecord): void;
  register(app: HttpApp): void;
  measure(metrics: Metrics): void;
  start(): void;
  stop(): Promise<void>;
}

export interface ReplicationDeps {
  readonly cell: CellId;
  /** Connections without a statement time-out. */
  readonly sql: Sql;
  readonly ownership: Ownership;
  readonly cells: CellClient;
  /** Why this cell may not write; undefined where it may. */
  readonly quarantine: () => Quarantine | undefined;
  readonly serviceKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createReplication(deps: ReplicationDeps): Replication {
  const { cell, sql, ownership, cells, serviceKey, clock, log } = deps;
  const mayFollowStandby = (caller: CellId, partition: Partition): boolean =>
    ownership.placementOf(partition)?.primary === caller;
  const feed = createStandbyFeed({
    sql,
    clock,
    mayServe: ownership.isConfirmed,
    mayFollowStandby,
  });
  const durability = createDurability({
    cell,
    sql,
    feed,
    placementOf: ownership.placementOf,
    log,
  });
  const replicator = createReplicator({ cell, sql, tables: partitionTables, cells, clock, log });
  const digests = createDigests(sql, partitionTables);
  const stopping = new AbortController();
  const changed = createSignal();
  let endListening = (): void => undefined;
  let assigning: Promise<void> | undefined;

  let isStarted = false;
  const assign = async (): Promise<void> => {
    if (!isStarted) await replicator.start();
    isStarted = true;
    const table = ownership.table();
    await (table === undefined ? replicator.reconcile() : replicator.assign(table));
  };
  /** Copies follow the roles: after each change, and again where that failed. */
  const assignAlways = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isDone = await assign().then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error }, 'copies could not be assigned');
          return false;
        },
      );
      await changed.wait(isDone ? undefined : ASSIGN_AGAIN_MS, stopping.signal);
    }
  };

  return {
    replicator,
    durability,
    positions: createStandbyPositionsJob({ sql, feed, clock }),
    hurry: feed.hurry,
    noteCommit(record) {
      durability.noteCommit(record);
      feed.notify(record);
    },
    register(app) {
      const callers = createServiceCallers({ cell, serviceKey, clock });
      const expansions = listExpansions(partitionTables);
      const snapshots = createSnapshots(sql, partitionTables);
      registerReplicationRoutes(app, {
        feed,
        snapshots,
        digests,
        callers,
        mayFollowStandby,
        expansions,
      });
      registerCopyRoutes(app, {
        cell,
        callers,
        replicator,
        states: createStateReader({
          sql,
          cell,
          quarantine: deps.quarantine,
          tableVersion: () => ownership.table()?.version,
          lagOf: replicator.lagOf,
        }),
        verifier: createVerifier({
          sql,
          digests,
          digestAt: (source, partitions) => cells.digest(source, partitions, stopping.signal),
          clock,
          onSeedsWanted: replicator.reconcile,
        }),
      });
    },
    measure(metrics) {
      const jurisdiction = cellLocation(cell)?.jurisdiction ?? '';
      metrics.gauge('standby_lag_versions', 'Of copies here, by their primary.', 'source', () =>
        mapLags(replicator, (lag) => Number(lag.versions)),
      );
      metrics.gauge('standby_lag_ms', 'Of the copy furthest behind.', 'source', () =>
        mapLags(replicator, (lag) => lag.ms),
      );
      metrics.gauge('standby_unacknowledged_versions', 'By standby cell.', 'standby', () =>
        Object.fromEntries(feed.followers().map((name) => [name, Number(feed.lagOf(name))])),
      );
      metrics.gauge('durability_degraded', '1 while answers do without it.', 'standby', () =>
        Object.fromEntries(
          [...durability.degraded()].map(([name, isDegraded]) => [name, isDegraded ? 1 : 0]),
        ),
      );
      metrics.gauge('durability_answers', 'By what they are worth.', 'level', () => {
        const { full, degraded } = durability.totals();
        return { full, degraded };
      });
      metrics.gauge('durability_waited_ms', 'Of all answers together.', 'jurisdiction', () => ({
        [jurisdiction]: durability.totals().waitedMs,
      }));
      metrics.gauge('standby_seeded_rows', 'Rows of copies made whole.', 'jurisdiction', () => ({
        [jurisdiction]: replicator.seededRows(),
      }));
    },
    start() {
      endListening = ownership.onChanged(() => {
        feed.forgetRecent();
        changed.notify();
      });
      assigning = assignAlways();
    },
    async stop() {
      endListening();
      stopping.abort();
      feed.close();
      await assigning;
      await replicator.stop();
    },
  };
}

const ASSIGN_AGAIN_MS = 1_000;

function mapLags(
  replicator: Replicator,
  read: (lag: { readonly versions: bigint; readonly ms: number }) => number,
): Record<string, number> {
  return Object.fromEntries(
    [...replicator.lagBySource()].map(([source, lag]) => [source, read(lag)]),
  );
}
