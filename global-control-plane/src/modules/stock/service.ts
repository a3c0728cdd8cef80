import { randomUUID } from 'node:crypto';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { AppError } from '@commerce/contracts/problems';
import type { StockReport } from '@commerce/contracts/stock';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import { type Bell, createBell } from '../../feeds/bell.ts';
import { longPoll } from '../../feeds/long-poll.ts';
import {
  type Allotment,
  changeOnHand,
  countedUnits,
  grantByWeight,
  rebalance,
  takeReport,
} from './ledger.ts';
import { type OpenLedger, toLedger, withLedgers } from './ledgers.ts';
import {
  appendJournal,
  ensureLevels,
  findAllotments,
  findLevel,
  findLevels,
  type GrantRow,
  type JournalEntry,
  listJournal,
  readFeedHead,
  readGrants,
  readCellTotals,
  readLevelTotals,
  readMovedSince,
} from './store.ts';
import { type StockTotals, type StockView, toStockTotals, toStockView } from './view.ts';
import { createStockHomes } from './homes.ts';
import { type Primaries, weightsFor } from './weights.ts';

/** What stock has to know of a variant. */
export interface StockedVariant {
  readonly variantId: string;
  readonly vendorId: string;
  readonly sku: string;
  readonly markets: readonly string[];
}

export interface Count {
  readonly variant: StockedVariant;
  /** Units that were there at the time of the count. */
  readonly onHand: number;
  /** Undefined: as it is. Null: back to the cells' configured weights. */
  readonly split?: Readonly<Record<string, number>> | null | undefined;
}

export interface Movement {
  readonly variant: StockedVariant;
  readonly kind: 'received' | 'removed';
  readonly units: number;
  readonly happenedAt: Date;
}

export interface ReportResult {
  readonly applied: number;
  readonly ignored: number;
  readonly refused: { readonly variantId: string; readonly reason: string }[];
}

export interface StockDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Last known cells. */
  readonly cells: () => readonly CellDescriptor[];
  /** Whether a cell did not answer when it was last looked at: its free units can't be had. */
  readonly isAway: (cell: string) => boolean;
  /** How many partitions each cell is primary of, from the directory. */
  readonly countPrimaries: () => Promise<Primaries>;
  /** Whether partitions are being moved somewhere at this moment. */
  readonly isMoving: () => Promise<boolean>;
  readonly findVariants: (
    reader: SqlReader,
    variantIds: readonly string[],
  ) => Promise<readonly StockedVariant[]>;
}

/** A count may be this much ahead of our clock: clocks differ. */
const AHEAD_MS_MAX = 60_000;

type Split = OpenLedger['ledger']['split'];

function isSameSplit(a: Split, b: Split): boolean {
  if (a === undefined || b === undefined) return a === b;
  const cells = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...cells].every((cell) => a[cell] === b[cell]);
}

function grantsToText(grants: readonly GrantRow[], after: bigint, head: bigint): string {
  const items = grants.map(
    (row) =>
      `{"variantId":"${row.variant_id}","grantedTotal":${row.granted_total},"recalledTotal":${row.recalled_total},"generation":${row.generation},"seq":${row.seq}}`,
  );
  const nextAfter = grants.at(-1)?.seq ?? after;
  // The head was read before the page, which may hold a commit that came between.
  const headSeq = grants.length > 0 && nextAfter > head ? nextAfter : head;
  return `{"grants":[${items.join(',')}],"headSeq":${headSeq},"nextAfter":${nextAfter}}`;
}

export type StockService = ReturnType<typeof createStock>;

/** Units that a report says have left since the one before it, for the journal. */
function toShippedEntry(
  cell: string,
  { variantId, shippedTotal = 0, generation }: StockReport,
  before: Pick<Allotment, 'shippedTotal' | 'generation'> | undefined,
): Omit<JournalEntry, 'happenedAt'> | undefined {
  const isSame = before?.generation === BigInt(generation);
  const units = BigInt(shippedTotal) - (isSame ? before.shippedTotal : 0n);
  if (units === 0n) return undefined;
  return { id: randomUUID(), variantId, kind: 'shipped', delta: -units, by: cell };
}

export function createStock(deps: StockDeps) {
  const { sql, clock, log } = deps;
  const bell: Bell = createBell();

  const weights = (markets: readonly string[], split: Split) =>
    weightsFor(deps.cells(), markets, split, homes.primaries());

  const homes = createStockHomes({
    sql,
    clock,
    log,
    countPrimaries: deps.countPrimaries,
    isMoving: deps.isMoving,
    announce: () => bell.ring(),
    weightsOf: async (reader, ledgers) => {
      const variants = await deps.findVariants(reader, [...ledgers.keys()]);
      return new Map(
        variants.map(({ variantId, markets }) => [
          variantId,
          weights(markets, ledgers.get(variantId)?.ledger.split),
        ]),
      );
    },
  });

  const assertNotAhead = (time: Date, field: string): void => {
    if (time.getTime() <= clock.nowMs() + AHEAD_MS_MAX) return;
    throw new AppError('unprocessable', { field, detail: 'The time is in the future.' });
  };

  const assertKnownCells = (split: Readonly<Record<string, number>>): void => {
    const known = new Set<string>(deps.cells().map(({ id }) => id));
    const unknown = Object.keys(split).find((cell) => !known.has(cell));
    if (unknown === undefined) return;
    const detail = `There is no cell "${unknown}".`;
    throw new AppError('unprocessable', { field: `/split/${unknown}`, detail });
  };

  /** One count on one open ledger; the entry for the journal, where something has changed. */
  const applyCount = (
    open: OpenLedger,
    count: Count,
    context: { readonly asOf: Date; readonly movedSince: bigint; readonly by: string },
  ): JournalEntry | undefined => {
    const { ledger } = open;
    const { variantId, markets } = count.variant;
    const given = count.split === null ? undefined : count.split;
    const resplit = count.split !== undefined && !isSameSplit(given, ledger.split);
    if (resplit) ledger.split = given;
    const there = BigInt(count.onHand) + context.movedSince;
    const delta = (there < 0n ? 0n : there) - countedUnits(ledger);
    open.countedAsOf = context.asOf;
    changeOnHand(ledger, delta);
    const shares = weights(markets, ledger.split);
    if (resplit) rebalance(ledger, shares);
    else grantByWeight(ledger, shares);
    if (delta === 0n) return undefined;
    const { asOf: happenedAt, by } = context;
    return { id: randomUUID(), variantId, happenedAt, kind: 'count', delta, by };
  };

  /**
   * Counts variants as of a time, in a transaction. Movements after that time are added to the count.
   * @returns those that were left out because a newer count is known
   */
  const countMany = async (
    transaction: SqlReader,
    counts: readonly Count[],
    context: { readonly asOf: Date; readonly by: string },
  ): Promise<readonly Count[]> => {
    const variants = counts.map(({ variant }) => variant);
    const ids = variants.map(({ variantId }) => variantId);
    const stale: Count[] = [];
    await ensureLevels(transaction, variants);
    await withLedgers(transaction, ids, clock.now(), async (ledgers) => {
      const moved = await readMovedSince(transaction, ids, context.asOf);
      const entries: JournalEntry[] = [];
      for (const count of counts) {
        const { variantId } = count.variant;
        const open = ledgers.get(variantId);
        if (open === undefined) throw new Error(`the level of ${variantId} vanished`);
        if (open.countedAsOf !== undefined && context.asOf < open.countedAsOf) {
          stale.push(count);
          continue;
        }
        const movedSince = moved.get(variantId) ?? 0n;
        const entry = applyCount(open, count, { ...context, movedSince });
        if (entry !== undefined) entries.push(entry);
      }
      if (entries.length > 0) await appendJournal(transaction, entries);
    });
    return stale;
  };

  const view = async (reader: SqlReader, variant: StockedVariant): Promise<StockView> => {
    const [level, rows] = await Promise.all([
      findLevel(reader, variant.variantId),
      findAllotments(reader, [variant.variantId]),
    ]);
    return toStockView(variant, level === undefined ? undefined : toLedger(level, rows), {
      rows,
      countedAsOf: level?.counted_as_of ?? undefined,
      isAway: deps.isAway,
      nowMs: clock.nowMs(),
    });
  };

  return Object.freeze({
    countMany,
    /** Lets cells that wait hear of grants; to be called after the commit of `countMany`. */
    announce: () => bell.ring(),
    close: () => bell.close(),

    /** @throws AppError `stale-count`, `unprocessable` */
    count: async (count: Count, asOf: Date, by: string): Promise<StockView> => {
      assertNotAhead(asOf, '/asOf');
      if (count.split) assertKnownCells(count.split);
      const result = await sql.transaction('stock.count', async (transaction) => {
        const stale = await countMany(transaction, [count], { asOf, by });
        if (stale.length > 0) {
          const detail = 'A count as of a later time is known.';
          throw new AppError('stale-count', { field: '/asOf', detail });
        }
        return view(transaction, count.variant);
      });
      bell.ring();
      return result;
    },

    /**
     * Records goods that came in or went. What happened before the last count is in it already.
     * @throws AppError `unprocessable` where more would go than is there
     */
    move: async (
      movement: Movement,
      by: string,
      alongside?: (transaction: SqlReader, stock: StockView) => Promise<void>,
    ): Promise<StockView> => {
      const { variant, kind, units, happenedAt } = movement;
      const { variantId } = variant;
      assertNotAhead(happenedAt, '/happenedAt');
      const delta = kind === 'received' ? BigInt(units) : -BigInt(units);
      const result = await sql.transaction('stock.move', async (transaction) => {
        await ensureLevels(transaction, [variant]);
        await withLedgers(transaction, [variantId], clock.now(), async (ledgers) => {
          const open = ledgers.get(variantId) as OpenLedger;
          const { ledger, countedAsOf } = open;
          if (countedAsOf === undefined || happenedAt > countedAsOf) {
            if (countedUnits(ledger) + delta < 0n) {
              const detail = 'More would go than is on hand.';
              throw new AppError('unprocessable', { field: '/units', detail });
            }
            changeOnHand(ledger, delta);
            grantByWeight(ledger, weights(variant.markets, ledger.split));
          }
          await appendJournal(transaction, [
            { id: randomUUID(), variantId, happenedAt, kind, delta, by },
          ]);
        });
        const seen = await view(transaction, variant);
        await alongside?.(transaction, seen);
        return seen;
      });
      bell.ring();
      return result;
    },

    /** Takes in what a cell says. Impossible figures are refused and logged, the others applied. */
    takeReports: async (cell: string, reports: readonly StockReport[]): Promise<ReportResult> => {
      const result = await sql.transaction('stock.reports', async (transaction) => {
        const ids = reports.map(({ variantId }) => variantId);
        const variants = await deps.findVariants(transaction, ids);
        const marketsOf = new Map(variants.map(({ variantId, markets }) => [variantId, markets]));
        const outcome = { applied: 0, ignored: 0, refused: [] as ReportResult['refused'] };
        const left: JournalEntry[] = [];
        await withLedgers(transaction, ids, clock.now(), (ledgers) => {
          for (const report of reports) {
            const { variantId } = report;
            const open = ledgers.get(variantId);
            const known = open?.ledger.allotments.get(cell);
            const before = known === undefined ? undefined : { ...known };
            const taken =
              open === undefined
                ? { refused: 'nothing was granted to this cell' }
                : takeReport(
                    open.ledger,
                    cell,
                    {
                      receivedTotal: BigInt(report.receivedTotal),
                      returnedTotal: BigInt(report.returnedTotal),
                      openingTotal: BigInt(report.openingTotal),
                      movedInTotal: BigInt(report.movedInTotal),
                      movedOutTotal: BigInt(report.movedOutTotal),
                      shippedTotal: BigInt(report.shippedTotal ?? 0),
                      available: BigInt(report.available),
                      reserved: BigInt(report.reserved),
                      committed: BigInt(report.committed),
                      version: BigInt(report.version),
                      generation: BigInt(report.generation),
                    },
                    weights(marketsOf.get(variantId) ?? [], open.ledger.split),
                  );
            if (taken === 'applied') {
              outcome.applied += 1;
              open?.heardOf.add(cell);
              const entry = toShippedEntry(cell, report, before);
              if (entry !== undefined) left.push({ ...entry, happenedAt: clock.now() });
            } else if (taken === 'ignored') outcome.ignored += 1;
            else outcome.refused.push({ variantId, reason: taken.refused });
          }
        });
        if (left.length > 0) await appendJournal(transaction, left);
        return outcome;
      });
      for (const { variantId, reason } of result.refused) {
        log.error({ cell, id: variantId, code: reason }, 'an impossible stock report was refused');
      }
      bell.ring();
      return result;
    },

    /** A page of what a cell was granted and asked for, as JSON text. */
    readGrantsText: async (request: {
      readonly cell: string;
      readonly after: bigint;
      readonly limit: number;
      readonly waitMs: number;
      readonly signal: AbortSignal;
    }): Promise<string> => {
      const { cell, after, limit } = request;
      const { head, grants } = await longPoll({
        bell,
        waitMs: request.waitMs,
        signal: request.signal,
        read: async () => {
          const headSeq = await readFeedHead(sql, cell);
          const page = headSeq <= after ? [] : await readGrants(sql, cell, after, limit);
          return { head: headSeq, grants: page };
        },
        isEmpty: (page) => page.head === after,
      });
      return grantsToText(grants, after, head);
    },

    /** Shares stock by where partitions are; to be run as a job. */
    homes,

    /** All variants together: by cell, and what is stranded or in transit. */
    totals: async (): Promise<StockTotals> => {
      const [cells, levels] = await Promise.all([readCellTotals(sql), readLevelTotals(sql)]);
      return toStockTotals(cells, levels, deps.isAway);
    },

    view: (variant: StockedVariant): Promise<StockView> => view(sql, variant),

    /** Views of several variants, in their order. */
    viewMany: async (variants: readonly StockedVariant[]): Promise<StockView[]> => {
      const ids = variants.map(({ variantId }) => variantId);
      const [levels, rows] = await Promise.all([findLevels(sql, ids), findAllotments(sql, ids)]);
      const levelOf = new Map(levels.map((level) => [level.variant_id, level]));
      const rowsOf = Map.groupBy(rows, (row) => row.variant_id);
      return variants.map((variant) => {
        const level = levelOf.get(variant.variantId);
        const own = rowsOf.get(variant.variantId) ?? [];
        return toStockView(variant, level === undefined ? undefined : toLedger(level, own), {
          rows: own,
          countedAsOf: level?.counted_as_of ?? undefined,
          isAway: deps.isAway,
          nowMs: clock.nowMs(),
        });
      });
    },

    /** What happened to a variant's units, the latest first, beginning before a key. */
    listJournal: (
      variantId: string,
      before: { readonly happenedAt: Date; readonly id: string },
      limit: number,
    ) => listJournal(sql, variantId, before, limit),
  });
}
