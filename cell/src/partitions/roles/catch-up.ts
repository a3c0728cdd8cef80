import type { CellId } from '@commerce/contracts/ids';
import type { BlobStore } from '@commerce/engines/blob/blob';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import { wipeCopies, wipeStatements } from '../copies/seed.ts';
import type { PartitionTable } from '../tables.ts';
import { followFrom, listFollowed } from './catch-up-store.ts';
import { exportDivergence, type ListTouchedPayments } from './divergences.ts';
import type { Owned } from './restored.ts';
import type { PartitionRow } from './role-store.ts';
import { groupByStandby, type Standings } from './standings.ts';

export interface CatchUpDeps {
  readonly sql: Sql;
  /** Connections without a statement time-out, for what touches a whole partition. */
  readonly bulkSql: Sql;
  readonly tables: readonly PartitionTable[];
  readonly blobs: BlobStore;
  readonly listPayments: ListTouchedPayments;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Lets each partition that is behind its standby follow it, from where it is. Where it has writes that
 * the standby never had, they are written out first, and its copy is made anew. What follows already
 * goes on.
 */
export function createCatchUp(deps: CatchUpDeps) {
  const { sql, bulkSql, log } = deps;
  const wipes = wipeStatements(deps.tables);

  const beginAnew = async (
    { row, placement }: Owned,
    standby: CellId,
    afterVersion: bigint,
  ): Promise<number> => {
    const { partition } = row;
    const { id } = await exportDivergence(deps, {
      partition,
      epoch: Number(row.epoch),
      afterVersion,
      toVersion: row.version,
      newPrimary: standby,
      newEpoch: placement.epoch,
    });
    log.error({ partition, id }, 'writes that the standby never had were written out');
    return bulkSql.transaction('catch-up.begin-anew', async (transaction) => {
      const following = await followFrom(transaction, [row], standby, 'seeding');
      await wipeCopies(transaction, wipes, following);
      return following.length;
    });
  };

  /** @returns partitions that have begun to follow now */
  return async (standings: Standings): Promise<number> => {
    const names = standings.owned.map(({ row }) => row.partition);
    const followed = await listFollowed(sql, names);
    let begun = 0;
    for (const [standby, group] of groupByStandby(standings.owned)) {
      if (standby === undefined) continue;
      const behind = group
        .map(({ row }) => row)
        .filter(({ partition }) => standings.of.get(partition)?.kind === 'behind');
      const isDiverged = ({ partition }: PartitionRow): boolean =>
        followed.get(partition)?.state === 'diverged';
      const isNew = ({ partition }: PartitionRow): boolean =>
        followed.get(partition)?.follows !== standby;
      for (const [state, rows] of [
        ['following', behind.filter((row) => isNew(row) && !isDiverged(row))],
        ['seeding', behind.filter(isDiverged)],
      ] as const) {
        if (rows.length > 0) begun += (await followFrom(sql, rows, standby, state)).length;
      }
      for (const entry of group) {
        const standing = standings.of.get(entry.row.partition);
        if (standing?.kind !== 'past') continue;
        begun += await beginAnew(entry, standby, standing.afterVersion);
      }
    }
    return begun;
  };
}
