import type { CellId, Partition } from '@commerce/contracts/ids';
import type { CompareAnswer, PartitionPoint } from '@commerce/contracts/partition-control';
import type { BlobStore } from '@commerce/engines/blob/blob';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import { wipeCopies, wipeStatements } from '../copies/seed.ts';
import type { Ownership } from '../ownership.ts';
import type { PartitionTable } from '../tables.ts';
import { exportDivergence, type ListTouchedPayments } from './divergences.ts';
import { type Relation, relate } from './histories.ts';
import type { NewPlace } from './role-changes.ts';
import { type FencedRow, readRows } from './role-store.ts';
import type { StockMoves } from './role-transitions.ts';

/**
 * A cell that comes back after others have taken its partitions over. Where its history is contained in
 * the new primary's, it follows from where it is. Where it wrote on, what nobody else has is written
 * out first; then the copy is emptied and made anew. Nothing is decided before the new primary has told
 * how far the histories are the same, so as long as it is away, the partition stays fenced.
 */
export interface ReturningDeps {
  readonly sql: Sql;
  /** Connections without a statement time-out, for what touches a whole partition. */
  readonly bulkSql: Sql;
  readonly ownership: Ownership;
  readonly tables: readonly PartitionTable[];
  readonly compare: (
    cell: CellId,
    points: readonly PartitionPoint[],
    signal: AbortSignal,
  ) => Promise<CompareAnswer>;
  readonly blobs: BlobStore;
  readonly stock: StockMoves;
  /** Begins the cell's stock account anew, where the database turns out to be of an earlier time. */
  readonly beginStockAccount: () => Promise<void>;
  readonly listPayments: ListTouchedPayments;
  readonly clock: Clock;
  readonly log: Logger;
}

const INTERVAL_MS = 1_000;
/** Partitions of one comparison. */
const BATCH = 128;

const lockFenced = statement<{ partition: Partition }>(
  'returning.lock-fenced',
  `SELECT partition FROM partitions
   WHERE partition = $1 AND role = 'fenced' AND epoch = $2 AND version = $3 FOR UPDATE`,
);
const follow = statement(
  'returning.follow',
  `WITH copied AS (
     INSERT INTO partition_copies (partition, follows, state, problem, plan, changed_at)
     VALUES ($1, $3, $4, NULL, NULL, now())
     ON CONFLICT (partition) DO UPDATE SET follows = EXCLUDED.follows, state = EXCLUDED.state,
       problem = NULL, plan = NULL, changed_at = EXCLUDED.changed_at
   ), unfenced AS (
     DELETE FROM partition_fences WHERE partition = $1
   )
   UPDATE partitions SET role = 'standby', epoch = $2 WHERE partition = $1`,
);
const chains = statement<{ version: bigint; chain: string }>(
  'returning.chains',
  'SELECT version, chain FROM change_log WHERE partition = $1 AND version = $2',
);

/** Makes the job. It does nothing as long as every partition is where the directory has it. */
export function createReturningJob(deps: ReturningDeps): Job {
  const { sql, bulkSql, ownership, stock, log } = deps;
  const wipes = wipeStatements(deps.tables);

  const relationOf = async (
    row: FencedRow,
    history: CompareAnswer['histories'][number],
  ): Promise<Relation> => {
    const common = history.common === null ? undefined : BigInt(history.common.version);
    const [known] = common === undefined ? [] : await sql.query(chains, [row.partition, common]);
    return relate(toPoint(row), history, (version) => {
      if (version === 0n) return '0'.repeat(64);
      return version === row.version ? row.chain : known?.chain;
    });
  };

  /** Follows the new primary from where this cell is. */
  const followOn = (
    row: FencedRow,
    place: NewPlace,
    isWhole: boolean,
  ): Promise<readonly string[]> =>
    sql.transaction('returning.follow', async (transaction) => {
      const [held] = await transaction.query(lockFenced, [row.partition, row.epoch, row.version]);
      if (held === undefined) return [];
      // A cell that is behind does not know what the partition held when it was taken over.
      const variants = isWhole ? await stock.handOver(transaction, [row.partition]) : [];
      await transaction.query(follow, [row.partition, place.epoch, place.primary, 'following']);
      return variants;
    });

  /** Writes out what only this cell has, empties its copy and lets it be made anew. */
  const beginAnew = async (
    row: FencedRow,
    place: NewPlace,
    afterVersion: bigint,
  ): Promise<readonly string[]> => {
    const { partition } = row;
    const divergence = await exportDivergence(deps, {
      partition,
      epoch: Number(row.epoch),
      afterVersion,
      toVersion: row.version,
      newPrimary: place.primary,
      newEpoch: place.epoch,
    });
    log.error(
      { partition, epoch: divergence.epoch, version: divergence.toVersion, id: divergence.id },
      'writes that the new primary never had were written out',
    );
    return bulkSql.transaction('returning.begin-anew', async (transaction) => {
      const [held] = await transaction.query(lockFenced, [partition, row.epoch, row.version]);
      if (held === undefined) return [];
      const variants = await stock.handOverAt(transaction, partition, afterVersion);
      await wipeCopies(transaction, wipes, [partition]);
      await transaction.query(follow, [partition, place.epoch, place.primary, 'seeding']);
      return variants;
    });
  };

  const settle = async (
    row: FencedRow,
    place: NewPlace,
    history: CompareAnswer['histories'][number],
  ): Promise<boolean> => {
    // It may not have taken over yet; what it is ahead of is not decided before.
    if (history.role !== 'primary' || history.epoch < place.epoch) return false;
    const relation = await relationOf(row, history);
    switch (relation.kind) {
      case 'contained': {
        const isWhole = row.version === BigInt(history.common?.version ?? 0);
        stock.onMoved(await followOn(row, place, isWhole));
        if (!isWhole) await deps.beginStockAccount();
        return true;
      }
      case 'past':
        stock.onMoved(await beginAnew(row, place, relation.afterVersion));
        return true;
      case 'unknown':
        log.error(
          { partition: row.partition, code: relation.reason },
          'a partition stays fenced: nobody knows what its new primary has',
        );
        return false;
    }
  };

  return {
    name: 'returning-partitions',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      const places = ownership.lost();
      let settled = 0;
      for (const [primary, group] of Map.groupBy(places, (place) => place.primary)) {
        for (let start = 0; start < group.length; start += BATCH) {
          if (signal.aborted) return false;
          const batch = group.slice(start, start + BATCH);
          const rows = await readRows(
            sql,
            batch.map((place) => place.partition),
          );
          const fenced = new Map(
            rows.filter((row) => row.role === 'fenced').map((row) => [row.partition, row]),
          );
          if (fenced.size === 0) continue;
          const answer = await deps.compare(primary, [...fenced.values()].map(toPoint), signal);
          const histories = new Map(answer.histories.map((each) => [each.partition, each]));
          for (const place of batch) {
            const [row, history] = [fenced.get(place.partition), histories.get(place.partition)];
            if (row === undefined || history === undefined || signal.aborted) continue;
            if (await settle(row, place, history)) settled += 1;
          }
        }
      }
      if (settled > 0) await ownership.load();
      return false;
    },
  };
}

function toPoint(row: FencedRow): PartitionPoint {
  const { partition, epoch, version, chain } = row;
  return { partition, epoch: Number(epoch), version: String(version), chain };
}
