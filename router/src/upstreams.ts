import type { CellId } from '@commerce/contracts/ids';
import { Pool } from 'undici';
import { type BreakerState, type CellBreaker, createCellBreaker } from './cell-breaker.ts';
import { findCell, type RoutingTable } from './routing-table.ts';

/** The way to one cell: connections, breaker, and how many requests are under way. */
export interface Upstream {
  readonly cell: CellId;
  readonly url: string;
  readonly pool: Pool;
  readonly breaker: CellBreaker;
  inFlight: number;
}

/** The ways to all cells, made when first needed and made anew when a cell's address changes. */
export interface Upstreams {
  /** The way to a cell; undefined where the table does not know the cell. */
  of(table: RoutingTable, cell: CellId): Upstream | undefined;
  /**
   * Whether new shoppers should be put into a cell. One that was never tried counts as healthy, and
   * so does one whose last failure is some seconds ago: somebody has to find out.
   */
  isHealthy(cell: CellId, nowMs: number): boolean;
  states(): readonly UpstreamState[];
  /** Waits for what is under way, then closes all connections. */
  close(): Promise<void>;
}

export interface UpstreamState {
  readonly cell: CellId;
  readonly url: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
}

export interface UpstreamLimits {
  /** Connections to one cell. */
  readonly connectionsMax: number;
  /** Requests to one cell under way at once; beyond it the router sheds. */
  readonly inFlightMax: number;
  readonly connectTimeoutMs: number;
  /** Time to the first byte of an answer. */
  readonly answerTimeoutMs: number;
  /** Time between two pieces of an answer. */
  readonly idleTimeoutMs: number;
  readonly failuresMax: number;
  readonly openMs: number;
}

export const DEFAULT_UPSTREAM_LIMITS: UpstreamLimits = Object.freeze({
  connectionsMax: 64,
  inFlightMax: 512,
  connectTimeoutMs: 2_000,
  // Above the cell's own longest wait, that for a payment gateway.
  answerTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  failuresMax: 5,
  openMs: 500,
});

const AVOIDED_BY_NEWCOMERS_MS = 5_000;

/** Makes the ways to the cells; no connection is opened before the first request. */
export function createUpstreams(limits: UpstreamLimits = DEFAULT_UPSTREAM_LIMITS): Upstreams {
  const byCell = new Map<CellId, Upstream>();

  const open = (cell: CellId, url: string): Upstream => ({
    cell,
    url,
    pool: new Pool(url, {
      connections: limits.connectionsMax,
      pipelining: 1,
      connectTimeout: limits.connectTimeoutMs,
      headersTimeout: limits.answerTimeoutMs,
      bodyTimeout: limits.idleTimeoutMs,
    }),
    breaker: createCellBreaker(limits),
    inFlight: 0,
  });

  return Object.freeze({
    of(table: RoutingTable, cell: CellId): Upstream | undefined {
      const url = findCell(table, cell)?.url;
      if (url === undefined) return undefined;
      const known = byCell.get(cell);
      if (known !== undefined && known.url === url) return known;
      // Requests under way on the old address end there.
      known?.pool.close().catch(() => undefined);
      const upstream = open(cell, url);
      byCell.set(cell, upstream);
      return upstream;
    },
    isHealthy(cell: CellId, nowMs: number): boolean {
      const breaker = byCell.get(cell)?.breaker;
      if (breaker === undefined || breaker.state === 'closed') return true;
      return nowMs - breaker.failedAtMs > AVOIDED_BY_NEWCOMERS_MS;
    },
    states: () =>
      [...byCell.values()].map(({ cell, url, breaker, inFlight }) => ({
        cell,
        url,
        breaker: breaker.state,
        inFlight,
      })),
    async close() {
      await Promise.all([...byCell.values()].map(({ pool }) => pool.close()));
    },
  });
}
