import type { CellDescriptor } from '@commerce/contracts/cells';
import type { OrderPlaced } from '@commerce/contracts/events';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { PullEvents } from './cell-feed.ts';
import { applyEvents } from './events.ts';
import type { CellCompleteness, VendorOrder } from './schema.ts';
import {
  findSummary,
  listFeeds,
  listSummaries,
  pruneInbox,
  type SummaryRow,
  writeFeed,
} from './store.ts';

const EVENTS_PER_PULL = 500;
const WAIT_MS = 10_000;
/** Far longer than a cell keeps a batch that was not confirmed. */
const INBOX_KEPT_MS = 7 * 24 * 3_600_000;
const PRUNE_ROWS = 2_000;

/** How the last pull of a cell went; in memory, as a new process knows nothing of the network. */
interface Contact {
  readonly reachable: boolean;
}

function toOrder(row: SummaryRow): VendorOrder {
  const placed = JSON.parse(row.summary) as OrderPlaced;
  return {
    ...placed,
    state: row.state,
    cell: row.cell_id,
    placedAt: row.placed_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
  };
}

export type OrderService = ReturnType<typeof createOrders>;

export function createOrders(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cells: () => readonly CellDescriptor[];
  readonly pull: PullEvents;
}) {
  const { sql, clock, log } = deps;
  const contacts = new Map<string, Contact>();

  return Object.freeze({
    /**
     * Reads the next events of a cell, waiting for some, and confirms them with the next call.
     * @returns whether to go on at once
     * @throws Error where the cell does not answer; completeness shows it
     */
    pullCell: async (cellId: string, signal: AbortSignal): Promise<boolean> => {
      const cell = deps.cells().find(({ id }) => id === cellId);
      if (cell === undefined || cell.state === 'retired') return false;
      const known = (await listFeeds(sql)).find((row) => row.cell_id === cellId);
      // What the cell commits while it is asked may be missing from its answer.
      const askedAt = clock.now();
      const waitMs = contacts.get(cellId)?.reachable === true ? WAIT_MS : 0;
      const startedAtMs = performance.now();
      let batch: Awaited<ReturnType<PullEvents>>;
      try {
        const ack = known?.ack ?? undefined;
        batch = await deps.pull({
          cellId,
          url: cell.url,
          limit: EVENTS_PER_PULL,
          waitMs,
          ack,
          signal,
        });
      } catch (error) {
        contacts.set(cellId, { reachable: false });
        throw error;
      }
      contacts.set(cellId, { reachable: true });
      const waited = waitMs > 0 && performance.now() - startedAtMs > waitMs / 2;
      const { events, ack, lagEvents } = batch;
      // An empty answer after a wait is as of its end: the cell had nothing all the while.
      const asOf = events.length === 0 && waited ? clock.now() : askedAt;
      const isComplete =
        lagEvents === undefined ? events.length < EVENTS_PER_PULL : lagEvents === 0;
      const refused = await sql.transaction('orders.take_events', async (transaction) => {
        const unreadable =
          events.length === 0 ? [] : await applyEvents(transaction, cellId, events, clock.now());
        await writeFeed(transaction, {
          cellId,
          ack,
          completeAsOf: isComplete ? asOf : undefined,
          refused: unreadable.length,
        });
        return unreadable;
      });
      for (const id of refused) log.error({ cell: cellId, id }, 'an event could not be read');
      // A cell that does not hold its answer back must not be asked in a tight circle.
      return events.length > 0 || waited;
    },

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
      limit: number,
    ): Promise<VendorOrder[]> => (await listSummaries(sql, vendorId, before, limit)).map(toOrder),

    findOrder: async (vendorId: string, orderId: string): Promise<VendorOrder | undefined> => {
      const row = await findSummary(sql, vendorId, orderId);
      return row === undefined ? undefined : toOrder(row);
    },

    /** Forgets events that no cell sends again; returns whether there may be more. */
    pruneInbox: async (): Promise<boolean> =>
      (await pruneInbox(sql, new Date(clock.nowMs() - INBOX_KEPT_MS), PRUNE_ROWS)) === PRUNE_ROWS,
  });
}
