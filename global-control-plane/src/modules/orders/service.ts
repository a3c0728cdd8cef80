import type { LocalizedText } from '@commerce/contracts/catalog';
import type { CellDescriptor } from '@commerce/contracts/cells';
import type { EventEnvelope, OrderPlaced } from '@commerce/contracts/events';
import type {
  RunningSubscription,
  SubscriptionProgress,
} from '@commerce/engines/event-bus/event-bus';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import { CONSUMER, type SubscriberOf } from './cell-feed.ts';
import { applyEvents } from './events.ts';
import type { CellCompleteness, VendorOrder, VendorSales } from './schema.ts';
import { readSales } from './sales-store.ts';
import {
  findSummary,
  listFeeds,
  listSummaries,
  type OrderFilter,
  pruneInbox,
  type SummaryRow,
  writeFeed,
} from './store.ts';

/** Far longer than a cell keeps a batch that was not confirmed. */
const INBOX_KEPT_MS = 7 * 24 * 3_600_000;
const PRUNE_ROWS = 2_000;

/** The first failures of a cell that restarts are no news; lasting ones are. */
const FAILURES_BEFORE_WARNING = 3;

/** How a cell's feed goes; in memory, as a new process knows nothing of the network. */
interface Contact {
  readonly reachable: boolean;
  readonly failures: number;
}

/** Titles of today of a vendor's products, by variant: the catalogue's, which this module does not know. */
type TitlesOf = (
  vendorId: string,
  variantIds: readonly string[],
) => Promise<ReadonlyMap<string, LocalizedText>>;

interface Placed {
  readonly row: SummaryRow;
  readonly placed: OrderPlaced;
}

function toOrder({ row, placed }: Placed, titles: ReadonlyMap<string, LocalizedText>): VendorOrder {
  return {
    ...placed,
    lines: placed.lines.map((line) => ({ ...line, titles: titles.get(line.variantId) ?? {} })),
    state: row.state,
    fulfillment: row.fulfillment,
    cell: row.cell_id,
    placedAt: row.placed_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
  };
}

type TitledSales = Pick<VendorSales, 'days' | 'best'>;

export type OrderService = ReturnType<typeof createOrders>;

export function createOrders(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cells: () => readonly CellDescriptor[];
  readonly subscriberOf: SubscriberOf;
  readonly titlesOf: TitlesOf;
}) {
  const { sql, clock, log, titlesOf } = deps;
  const contacts = new Map<string, Contact>();

  const takeIn = async (cellId: string, events: readonly EventEnvelope[]): Promise<void> => {
    const refused = await sql.transaction('orders.take_events', async (transaction) => {
      const unreadable = await applyEvents(transaction, cellId, events, clock.now());
      await writeFeed(transaction, {
        cellId,
        completeAsOf: undefined,
        refused: unreadable.length,
      });
      return unreadable;
    });
    for (const id of refused) log.error({ cell: cellId, id }, 'an event could not be read');
  };

  const noteProgress = async (cellId: string, progress: SubscriptionProgress): Promise<void> => {
    if (progress.kind === 'reached') {
      contacts.set(cellId, { reachable: true, failures: 0 });
      if (!progress.isCaughtUp) return;
      const completeAsOf = new Date(clock.nowMs() - progress.ageMs);
      await writeFeed(sql, { cellId, completeAsOf, refused: 0 });
      return;
    }
    const failures = (contacts.get(cellId)?.failures ?? 0) + 1;
    // Where we fail ourselves the cell has answered all the same.
    contacts.set(cellId, { reachable: progress.kind === 'not-taken', failures });
    if (failures === FAILURES_BEFORE_WARNING) {
      log.warn({ cell: cellId, err: progress.error }, 'orders of a cell can not be followed');
    }
  };

  const urlOf = (cellId: string): string => {
    const cell = deps.cells().find(({ id }) => id === cellId);
    if (cell === undefined) throw new Error(`${cellId} has left the directory`);
    return cell.url;
  };

  /** A shopper reads titles in their own language, which the vendor need not know. */
  const toOrders = async (
    vendorId: string,
    rows: readonly SummaryRow[],
  ): Promise<VendorOrder[]> => {
    const all = rows.map((row) => ({ row, placed: JSON.parse(row.summary) as OrderPlaced }));
    const variants = all.flatMap(({ placed }) => placed.lines.map(({ variantId }) => variantId));
    const titles = await titlesOf(vendorId, [...new Set(variants)]);
    return all.map((placed) => toOrder(placed, titles));
  };

  return Object.freeze({
    /** Follows the orders of a cell until it is stopped; completeness shows how that goes. */
    followCell: (cellId: string): RunningSubscription =>
      deps.subscriberOf({ cellId, url: () => urlOf(cellId) }).subscribe({
        consumer: CONSUMER,
        streams: ['order'],
        onBatch: (events) => takeIn(cellId, events),
        onProgress: (progress) => noteProgress(cellId, progress),
      }),

    /** How complete the orders of each cell are; a cell that was never read says so. */
    completeness: async (): Promise<CellCompleteness[]> => {
      const feeds = new Map((await listFeeds(sql)).map((row) => [row.cell_id, row]));
      const nowMs = clock.nowMs();
      const known = deps.cells().map(({ id }): string => id);
      // A cell that left the directory still has orders here, and its gap is shown as well.
      return [...new Set([...known, ...feeds.keys()])].map((cell) => {
        const row = feeds.get(cell);
        const asOf = row?.complete_as_of ?? undefined;
        return {
          cell,
          reachable: contacts.get(cell)?.reachable ?? false,
          asOf: asOf?.toISOString() ?? null,
          lagMs: asOf === undefined ? null : Math.max(0, nowMs - asOf.getTime()),
          refusedEvents: Number(row?.refused_events ?? 0n),
        };
      });
    },

    /** A vendor's orders of all cells, newest first, beginning before a key. */
    listOrders: async (
      vendorId: string,
      before: { readonly placedAt: Date; readonly orderId: string },
      filter: OrderFilter & { readonly limit: number },
    ): Promise<VendorOrder[]> =>
      toOrders(vendorId, await listSummaries(sql, vendorId, before, filter)),

    /** What a vendor sold since a time, in all cells. */
    readSales: async (vendorId: string, since: Date): Promise<TitledSales> => {
      const { days, best } = await readSales(sql, vendorId, since);
      const titles = await titlesOf(
        vendorId,
        best.map(({ variantId }) => variantId),
      );
      return {
        days,
        best: best.map(({ variantId, ...sold }) => ({
          ...sold,
          titles: titles.get(variantId) ?? {},
        })),
      };
    },

    findOrder: async (vendorId: string, orderId: string): Promise<VendorOrder | undefined> => {
      const row = await findSummary(sql, vendorId, orderId);
      return row === undefined ? undefined : (await toOrders(vendorId, [row]))[0];
    },

    /** Forgets events that no cell sends again; returns whether there may be more. */
    pruneInbox: async (): Promise<boolean> =>
      (await pruneInbox(sql, new Date(clock.nowMs() - INBOX_KEPT_MS), PRUNE_ROWS)) === PRUNE_ROWS,
  });
}
