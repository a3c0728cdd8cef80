import type { CellId, Partition } from '@commerce/contracts/ids';
import type { FenceAnswer } from '@commerce/contracts/partition-control';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { NewPlace, RoleChanges } from './role-changes.ts';
import {
  adoptRows,
  demoteRows,
  type FencedRow,
  fenceRows,
  followPrimaries,
  forgetCopiesOf,
  forgetFencesOf,
  giveUpRows,
  promoteRows,
  readRows,
  writeFences,
} from './role-store.ts';

/**
 * Units that partitions hold move with them: counted into the cell that becomes primary and out of
 * the one that ceases to be, in the transaction of the change itself (I3).
 */
export interface StockMoves {
  /** Partitions have become this cell's. @returns variants that moved with them */
  takeOver(transaction: SqlReader, partitions: readonly Partition[]): Promise<readonly string[]>;
  /**
   * Partitions have ceased to be this cell's, which committed nothing that the new primary lacks.
   * @returns variants that moved with them
   */
  handOver(transaction: SqlReader, partitions: readonly Partition[]): Promise<readonly string[]>;
  /**
   * A partition has ceased to be this cell's, which wrote on after what the new primary has. What it
   * held at that version is counted out; what was taken or given back after it returns to the pool.
   * @returns variants that moved with it, or whose pool has changed
   */
  handOverAt(
    transaction: SqlReader,
    partition: Partition,
    version: bigint,
  ): Promise<readonly string[]>;
  /** Told of moved variants once that is committed. */
  onMoved(variantIds: readonly string[]): void;
}

/** Partitions by what has become of them. */
export interface RolesChanged {
  readonly givenUp: readonly Partition[];
  readonly promoted: readonly Partition[];
  readonly demoted: readonly Partition[];
  readonly adopted: readonly Partition[];
}

export interface FenceOrder {
  readonly plan: string;
  readonly target: CellId;
  readonly partitions: readonly Partition[];
}

export interface RoleTransitions {
  /** Makes changes as far as the rows allow; what is not possible yet stays as it is. */
  apply(changes: RoleChanges): Promise<RolesChanged>;
  /** Makes changes, and counts nothing in or out of books that are about to be begun anew. */
  applyUncounted(changes: RoleChanges): Promise<RolesChanged>;
  /**
   * Ends the writing of partitions, and tells where. Fencing what the same plan has fenced gives the
   * same cuts.
   */
  fence(order: FenceOrder): Promise<FenceAnswer>;
  /** Why partitions that the directory gave to this cell, or took from it, are not changed yet. */
  explain(places: readonly NewPlace[]): Promise<{ partition: Partition; reason: string }[]>;
}

const names = (rows: readonly { readonly partition: Partition }[]): Partition[] =>
  rows.map((row) => row.partition);

/** Partitions of one transaction: what they hold is counted within the second that it has. */
const BATCH = 64;

async function inBatches(
  places: readonly NewPlace[],
  change: (batch: readonly NewPlace[]) => Promise<readonly Partition[]>,
): Promise<readonly Partition[]> {
  const done: Partition[] = [];
  for (let start = 0; start < places.length; start += BATCH) {
    done.push(...(await change(places.slice(start, start + BATCH))));
  }
  return done;
}

export function createRoleTransitions(options: {
  readonly sql: Sql;
  readonly cell: CellId;
  readonly stock?: StockMoves | undefined;
  /** Of an experiment that has to fail: positions are told as cuts, and writing goes on. */
  readonly withoutFence?: boolean | undefined;
}): RoleTransitions {
  const { sql, cell, stock, withoutFence = false } = options;

  const promote = async (
    places: readonly NewPlace[],
    books: StockMoves | undefined,
  ): Promise<readonly Partition[]> => {
    const done = await sql.transaction('roles.promote', async (transaction) => {
      const promoted = names(await promoteRows(transaction, places));
      if (promoted.length === 0) return { promoted, variants: [] };
      const [variants = []] = await Promise.all([
        books?.takeOver(transaction, promoted),
        forgetCopiesOf(transaction, promoted),
        forgetFencesOf(transaction, promoted),
      ]);
      return { promoted, variants };
    });
    books?.onMoved(done.variants);
    return done.promoted;
  };

  const demote = async (
    places: readonly NewPlace[],
    books: StockMoves | undefined,
  ): Promise<readonly Partition[]> => {
    const done = await sql.transaction('roles.demote', async (transaction) => {
      const demoted = names(await demoteRows(transaction, places));
      if (demoted.length === 0) return { demoted, variants: [] };
      const isDemoted = new Set(demoted);
      const copies = places.filter(({ partition }) => isDemoted.has(partition));
      const [variants = []] = await Promise.all([
        books?.handOver(transaction, demoted),
        followPrimaries(transaction, copies),
        forgetFencesOf(transaction, demoted),
      ]);
      return { demoted, variants };
    });
    books?.onMoved(done.variants);
    return done.demoted;
  };

  const apply = async (
    changes: RoleChanges,
    books: StockMoves | undefined,
  ): Promise<RolesChanged> => {
    // First of all: nobody may go on writing what is another cell's.
    const givenUp = changes.giveUp.length === 0 ? [] : await giveUpRows(sql, changes.giveUp);
    const leaving = [...changes.giveUp, ...changes.demote].filter(
      ({ cut }) => cut?.mode === 'planned',
    );
    const adopted = changes.adopt.length === 0 ? [] : await adoptRows(sql, names(changes.adopt));
    return {
      givenUp: names(givenUp),
      promoted: await inBatches(changes.promote, (batch) => promote(batch, books)),
      demoted: await inBatches(leaving, (batch) => demote(batch, books)),
      adopted: names(adopted),
    };
  };

  return Object.freeze<RoleTransitions>({
    apply: (changes) => apply(changes, stock),
    applyUncounted: (changes) => apply(changes, undefined),

    async fence({ plan, target, partitions }) {
      const rows = await sql.transaction('roles.fence', async (transaction) => {
        const fenced = withoutFence ? [] : names(await fenceRows(transaction, partitions));
        if (fenced.length > 0) {
          await writeFences(transaction, { plan, target, partitions: fenced });
        }
        return readRows(transaction, partitions);
      });
      const isOurs = (row: FencedRow): boolean =>
        (row.role === 'fenced' && row.plan === plan) || (withoutFence && row.role === 'primary');
      const known = new Map(rows.map((row) => [row.partition, row]));
      return {
        cuts: rows.filter(isOurs).map(({ partition, epoch, version, chain }) => ({
          partition,
          epoch: Number(epoch),
          version: version.toString(),
          chain,
        })),
        refused: partitions
          .filter((partition) => {
            const row = known.get(partition);
            return row === undefined || !isOurs(row);
          })
          .map((partition) => ({ partition, reason: whyNotFenced(known.get(partition)) })),
      };
    },

    async explain(places) {
      const rows = await readRows(sql, names(places));
      const held = new Map(rows.map((row) => [row.partition, row]));
      return places.map((place) => ({
        partition: place.partition,
        reason: whyWaiting(cell, place, held.get(place.partition)),
      }));
    },
  });
}

function whyNotFenced(row: FencedRow | undefined): string {
  if (row === undefined) return 'the partition is not of the realm of this cell';
  if (row.role !== 'fenced') return `this cell is not its primary but ${row.role}`;
  return row.plan === null
    ? 'it was given up, as it has a newer primary'
    : `the plan ${row.plan} has fenced it`;
}

function whyWaiting(cell: CellId, place: NewPlace, row: FencedRow | undefined): string {
  const { primary, epoch, cut } = place;
  if (row === undefined) return 'the partition is not of the realm of this cell';
  const verb = primary === cell ? 'become primary' : 'follow the new primary';
  if (row.role === 'absent') return 'this cell holds nothing of it';
  if (cut === undefined) return `the directory holds no cut of epoch ${epoch} to compare with`;
  if (row.version < cut.version) {
    return `it can't ${verb} at ${row.version}: the cut is at ${cut.version}`;
  }
  return row.version === cut.version
    ? `it can't ${verb}: its history differs from the cut at ${cut.version}`
    : `it can't ${verb}: it is at ${row.version}, past the cut at ${cut.version}`;
}
