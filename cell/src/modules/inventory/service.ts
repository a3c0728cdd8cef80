import { newPartitionId, type PartitionId } from '@commerce/contracts/ids';
import type { StockGrant, StockReport } from '@commerce/contracts/stock';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { StockMoves } from '../../partitions/roles/role-transitions.ts';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import {
  beginAccount,
  countShipped,
  endReservations,
  ensurePool,
  findCommitted,
  giveBackToPool,
  insertReservations,
  lockFeed,
  lockPool,
  makeReports,
  moveFeed,
  moveIn,
  moveOut,
  moveOutAt,
  moveReservations,
  readSeconds,
  selectAvailable,
  selectFeedSeq,
  selectVariantsAfter,
  settleRecalls,
  shrinkReservations,
  splitReservations,
  takeFromPool,
  takeGrants,
} from './store.ts';

export interface StockLine {
  readonly variantId: string;
  readonly quantity: number;
}

/** A reservation that became a sale. */
export interface CommittedUnits extends StockLine {
  readonly id: string;
}

export interface StockShortage extends StockLine {
  readonly available: number;
}

export interface Inventory {
  /**
   * Holds units for an order group inside its unit of work.
   * @returns the variants that fall short; then nothing was taken and the caller must not commit
   */
  reserve(
    work: PartitionWork,
    groupId: PartitionId<'grp'>,
    lines: readonly StockLine[],
    at: Date,
  ): Promise<readonly StockShortage[]>;
  /** Turns what a group holds into what it has sold. Again: nothing happens. */
  commit(work: PartitionWork, groupId: PartitionId<'grp'>): Promise<void>;
  /** What a group has sold and nobody gave back yet. */
  findCommitted(work: PartitionWork, groupId: string): Promise<readonly CommittedUnits[]>;
  /**
   * Gives sold units back to the pool, where they can be sold again.
   * @param committed what the group has, as read in the same unit of work
   * @throws Error where more is given back than was sold
   */
  giveBack(
    work: PartitionWork,
    groupId: string,
    committed: readonly CommittedUnits[],
    lines: readonly StockLine[],
    at: Date,
  ): Promise<void>;
  /** Counts sold units out: they leave the warehouse. @throws Error as `giveBack` */
  ship(
    work: PartitionWork,
    groupId: string,
    committed: readonly CommittedUnits[],
    lines: readonly StockLine[],
    at: Date,
  ): Promise<void>;
  /** Gives back what a group holds. Again: nothing happens. */
  release(work: PartitionWork, groupId: PartitionId<'grp'>): Promise<void>;
  /**
   * Free units by variant; zero where none were granted.
   * @param reader that of a unit of work, which must not wait for a second connection
   */
  availableOf(variantIds: readonly string[], reader?: SqlReader): Promise<Map<string, number>>;
  /**
   * Takes grants of the control plane in; each may be repeated. One of a later account than this
   * cell's empties the pool first; those of an earlier one are answered with a report and not taken.
   */
  applyGrants(grants: readonly StockGrant[], cursorSeq: number): Promise<void>;
  /** Sequence number of the last grant that was taken in. */
  grantCursor(): Promise<number>;
  /** Figures of variants that changed since they were last acknowledged, at most `limit`. */
  pendingReports(limit: number): Promise<StockReport[]>;
  /** Marks reports as delivered. What is not marked is reported again, with newer figures. */
  ackReports(reports: readonly StockReport[]): void;
  /**
   * Begins a new account: the pool's figures are not to be trusted, as the database was restored. The
   * pool is empty until the control plane grants anew.
   */
  beginAccount(): Promise<void>;
  /** Moves what partitions hold into this cell's books and out of them, with the partitions. */
  readonly moves: StockMoves;
  /** Calls back after each commit that changed the free units of variants. */
  onChanged(listener: (variantIds: readonly string[]) => void): void;
}

/** Variants that are put on the list of unreported ones in one go when a cell starts. */
const RESTART_PAGE = 5_000;

/** Sums lines of the same variant: a basket may name one twice. */
function sumByVariant(lines: readonly StockLine[]): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { variantId, quantity } of lines) {
    wanted.set(variantId, (wanted.get(variantId) ?? 0) + quantity);
  }
  return wanted;
}

/**
 * Ends units of a sale. A reservation that ends as a whole changes its state; of another one, the part
 * that ends becomes a row of its own.
 */
function endUnits(
  work: PartitionWork,
  groupId: string,
  committed: readonly CommittedUnits[],
  units: ReadonlyMap<string, number>,
  end: { readonly state: 'released' | 'shipped'; readonly at: Date },
): void {
  const whole: string[] = [];
  const parts: (CommittedUnits & { readonly ending: number })[] = [];
  for (const [variantId, ending] of units) {
    const row = committed.find((entry) => entry.variantId === variantId);
    if (row === undefined || row.quantity < ending) {
      throw new Error(`${groupId} has not sold ${ending} units of ${variantId}`);
    }
    if (row.quantity === ending) whole.push(row.id);
    else parts.push({ ...row, ending });
  }
  if (whole.length > 0) work.send(endReservations, [work.partition, whole, end.state]);
  if (parts.length === 0) return;
  const ids = parts.map(({ id }) => id);
  const quantities = parts.map(({ ending }) => ending);
  work.send(shrinkReservations, [work.partition, ids, quantities]);
  work.send(splitReservations, [
    work.partition,
    groupId,
    parts.map(() => newPartitionId('res', work.partition)),
    ids,
    parts.map(({ variantId }) => variantId),
    quantities,
    end.state,
    end.at,
  ]);
}

/**
 * @param options.sql the cell's database
 * @param options.bulkSql the same without a statement time-out, for what touches the whole pool
 */
export function createInventory(options: { readonly sql: Sql; readonly bulkSql?: Sql }): Inventory {
  const { sql, bulkSql = sql } = options;
  const listeners: ((variantIds: readonly string[]) => void)[] = [];
  /** Changed since their last acknowledged report. After a restart every variant is. */
  const unreported = new Set<string>();
  /** Read for a report whose arrival is not confirmed yet. */
  const awaitingAck = new Set<string>();
  let restartCursor: string | undefined = '';

  const changed = (variantIds: readonly string[]): void => {
    for (const variantId of variantIds) unreported.add(variantId);
    for (const listener of listeners) listener(variantIds);
  };

  const refillAfterRestart = async (): Promise<void> => {
    if (restartCursor === undefined) return;
    const page = await selectVariantsAfter(sql, restartCursor, RESTART_PAGE);
    for (const variantId of page) unreported.add(variantId);
    restartCursor = page.at(-1);
  };

  return {
    async reserve(work, groupId, lines, at) {
      const wanted = sumByVariant(lines);
      const variantIds = [...wanted.keys()];
      const quantities = [...wanted.values()];
      const ids = variantIds.map(() => newPartitionId('res', work.partition));
      const taking = work.writeCellOwned(takeFromPool, [variantIds, quantities]);
      // Sent along: where units are missing, it is rolled back with everything else.
      work.send(insertReservations, [work.partition, groupId, ids, variantIds, quantities, at]);
      const taken = await taking;
      if (taken.length < variantIds.length) {
        const enough = new Set(taken.map((row) => row.variant_id));
        const left = await selectAvailable({ query: work.read }, variantIds);
        return variantIds
          .filter((variantId) => !enough.has(variantId))
          .map((variantId) => ({
            variantId,
            quantity: wanted.get(variantId) as number,
            available: left.get(variantId) ?? 0,
          }));
      }
      work.afterCommit(() => changed(variantIds));
      return [];
    },

    async commit(work, groupId) {
      const moved = await work.write(moveReservations, [
        work.partition,
        groupId,
        'reserved',
        'committed',
      ]);
      // The free units are the same; only the report's figures differ.
      work.afterCommit(() => {
        for (const { variant_id } of moved) unreported.add(variant_id);
      });
    },

    async release(work, groupId) {
      const moved = await work.write(moveReservations, [
        work.partition,
        groupId,
        'reserved',
        'released',
      ]);
      if (moved.length === 0) return;
      // The pool takes one figure for each variant, whatever the number of reservations.
      const units = sumByVariant(
        moved.map((row) => ({ variantId: row.variant_id, quantity: row.quantity })),
      );
      const variantIds = [...units.keys()];
      await work.writeCellOwned(giveBackToPool, [variantIds, [...units.values()]]);
      await work.writeCellOwned(settleRecalls, [variantIds]);
      work.afterCommit(() => changed(variantIds));
    },

    async findCommitted(work, groupId) {
      const rows = await work.read(findCommitted, [work.partition, groupId]);
      return rows.map((row) => ({
        id: row.id,
        variantId: row.variant_id,
        quantity: row.quantity,
      }));
    },

    async giveBack(work, groupId, committed, lines, at) {
      const units = sumByVariant(lines);
      endUnits(work, groupId, committed, units, { state: 'released', at });
      const variantIds = [...units.keys()];
      await Promise.all([
        work.writeCellOwned(giveBackToPool, [variantIds, [...units.values()]]),
        work.writeCellOwned(settleRecalls, [variantIds]),
      ]);
      work.afterCommit(() => changed(variantIds));
    },

    async ship(work, groupId, committed, lines, at) {
      const units = sumByVariant(lines);
      endUnits(work, groupId, committed, units, { state: 'shipped', at });
      const variantIds = [...units.keys()];
      await work.writeCellOwned(countShipped, [variantIds, [...units.values()]]);
      // The free units are the same; only the report's figures differ.
      work.afterCommit(() => {
        for (const variantId of variantIds) unreported.add(variantId);
      });
    },

    async availableOf(variantIds, reader = sql) {
      const found = await selectAvailable(reader, variantIds);
      return new Map(variantIds.map((variantId) => [variantId, found.get(variantId) ?? 0]));
    },

    async applyGrants(grants, cursorSeq) {
      const variantIds = grants.map((grant) => grant.variantId);
      const latest = BigInt(Math.max(1, ...grants.map((grant) => grant.generation)));
      const isBegun = await bulkSql.transaction('inventory.apply-grants', async (transaction) => {
        const [feed] = await transaction.query(lockFeed);
        const current = feed?.generation ?? 1n;
        const generation = latest > current ? latest : current;
        if (generation > current) await beginAccount(transaction, generation);
        const valid = grants.filter((grant) => BigInt(grant.generation) === generation);
        if (valid.length > 0) {
          await transaction.query(takeGrants, [
            valid.map((grant) => grant.variantId),
            valid.map((grant) => grant.grantedTotal),
            valid.map((grant) => grant.recalledTotal),
          ]);
          await transaction.query(settleRecalls, [valid.map((grant) => grant.variantId)]);
        }
        if (valid.length < grants.length) await transaction.query(ensurePool, [variantIds]);
        await transaction.query(moveFeed, [cursorSeq]);
        return generation > current;
      });
      if (isBegun) restartCursor = '';
      if (grants.length > 0) changed(variantIds);
    },

    async beginAccount() {
      await bulkSql.transaction('inventory.begin-account', async (transaction) => {
        const [feed] = await transaction.query(lockFeed);
        // Later than any that another restore of the same backup has begun.
        const [now] = await transaction.query(readSeconds);
        const next = (feed?.generation ?? 1n) + 1n;
        const seconds = now?.seconds ?? 0n;
        await beginAccount(transaction, next > seconds ? next : seconds);
      });
      restartCursor = '';
      changed([]);
    },

    grantCursor: () => selectFeedSeq(sql),

    async pendingReports(limit) {
      // What an earlier call gave out and nobody acknowledged is due again.
      for (const variantId of awaitingAck) unreported.add(variantId);
      awaitingAck.clear();
      if (unreported.size < limit) await refillAfterRestart();
      const variantIds = [...unreported].slice(0, limit);
      if (variantIds.length === 0) return [];
      // Taken off before the figures are read: a change meanwhile puts the variant back.
      for (const variantId of variantIds) {
        unreported.delete(variantId);
        awaitingAck.add(variantId);
      }
      try {
        const rows = await sql.transaction('inventory.report', async (transaction) => {
          await transaction.query(lockPool, [variantIds]);
          return transaction.query(makeReports, [variantIds]);
        });
        return rows.map((row) => ({
          variantId: row.variant_id,
          receivedTotal: Number(row.received_total),
          returnedTotal: Number(row.returned_total),
          openingTotal: Number(row.opening_total),
          movedInTotal: Number(row.moved_in_total),
          movedOutTotal: Number(row.moved_out_total),
          // Left out while it is nothing: a control plane of an older version knows no such figure.
          ...(row.shipped_total > 0n && { shippedTotal: Number(row.shipped_total) }),
          available: Number(row.available),
          reserved: Number(row.reserved),
          committed: Number(row.committed),
          version: Number(row.report_version),
          generation: Number(row.generation),
        }));
      } catch (error) {
        for (const variantId of variantIds) unreported.add(variantId);
        throw error;
      }
    },

    ackReports(reports) {
      for (const { variantId } of reports) awaitingAck.delete(variantId);
    },

    moves: {
      async takeOver(transaction, partitions) {
        const rows = await transaction.query(moveIn, [partitions]);
        return rows.map((row) => row.variant_id);
      },
      async handOver(transaction, partitions) {
        const rows = await transaction.query(moveOut, [partitions]);
        return rows.map((row) => row.variant_id);
      },
      async handOverAt(transaction, partition, version) {
        const rows = await transaction.query(moveOutAt, [partition, version]);
        return rows.map((row) => row.variant_id);
      },
      onMoved: changed,
    },

    onChanged: (listener) => {
      listeners.push(listener);
    },
  };
}
