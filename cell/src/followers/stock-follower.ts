import type { StockGrant, StockReport } from '@commerce/contracts/stock';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { ControlPlaneClient } from './control-plane-client.ts';
import { readFeedPage } from './feed-page.ts';

/** What the followers need of the cell's stock. */
export interface FollowedStock {
  /** Number of the last grant that was taken in. */
  grantCursor(): Promise<number>;
  applyGrants(grants: readonly StockGrant[], cursorSeq: number): Promise<void>;
  pendingReports(limit: number): Promise<StockReport[]>;
  ackReports(reports: readonly StockReport[]): void;
}

export interface StockFollowerOptions {
  readonly controlPlane: ControlPlaneClient;
  readonly stock: FollowedStock;
  readonly cellId: string;
  readonly clock: Clock;
  /** How long the control plane may hold an answer back for news. Default 20,000. */
  readonly waitMs?: number;
}

export interface StockReplicationState {
  readonly appliedSeq: number;
  readonly sourceSeq: number;
  /** 0 while all that is known is taken in and the control plane was heard of lately. */
  readonly lagMs: number;
  readonly asOf: Date | undefined;
}

export interface StockFollower {
  /** Takes grants in as they are made. */
  readonly grants: Job;
  /** Tells the control plane what changed; to be woken after changes. */
  readonly reports: Job;
  replicationState(): StockReplicationState;
}

const GRANTS_PER_PAGE = 1_000;
const REPORTS_PER_CALL = 500;
const WAIT_MS = 20_000;
const ANSWER_MS = 10_000;
const IDLE_MS = 1_000;
/** Reports are sent when something changed; this look finds what a failed call left behind. */
const REPORT_LOOK_MS = 5_000;
/** The feed answers at least every 20 s; silence for longer means that the lag is not known. */
const SILENCE_MS_MAX = 30_000;

/** Makes the two jobs that keep the cell's stock and the control plane's books together. */
export function createStockFollower(options: StockFollowerOptions): StockFollower {
  const { controlPlane, stock, cellId, clock, waitMs = WAIT_MS } = options;
  let appliedSeq = 0;
  let sourceSeq = 0;
  let behindSinceMs: number | undefined;
  let asOf: Date | undefined;

  const note = (applied: number, head: number): void => {
    appliedSeq = applied;
    sourceSeq = Math.max(sourceSeq, head, applied);
    asOf = clock.now();
    if (appliedSeq >= sourceSeq) behindSinceMs = undefined;
    else behindSinceMs ??= clock.nowMs();
  };

  const grants: Job = {
    name: 'stock-grants',
    intervalMs: IDLE_MS,
    async run(signal) {
      const after = await stock.grantCursor();
      const startedAtMs = performance.now();
      const answer = await controlPlane.get(
        '/v1/stock/grants',
        { cell: cellId, after, limit: GRANTS_PER_PAGE, waitMs },
        { signal, timeoutMs: waitMs + ANSWER_MS },
      );
      const page = readFeedPage<StockGrant>(answer, 'grants', after);
      if (page.nextAfter > after) {
        await stock.applyGrants(page.items, page.nextAfter);
        note(page.nextAfter, page.headSeq);
        return true;
      }
      note(after, page.headSeq);
      // A server that does not hold its answer back must not be asked in a tight circle.
      return performance.now() - startedAtMs > waitMs / 2;
    },
  };

  const reports: Job = {
    name: 'stock-reports',
    intervalMs: REPORT_LOOK_MS,
    async run(signal) {
      const pending = await stock.pendingReports(REPORTS_PER_CALL);
      if (pending.length === 0) return false;
      const body = { cell: cellId, reports: pending };
      await controlPlane.post('/v1/stock/reports', body, { signal, timeoutMs: ANSWER_MS });
      stock.ackReports(pending);
      return pending.length === REPORTS_PER_CALL;
    },
  };

  return Object.freeze({
    grants,
    reports,
    replicationState() {
      const silentMs = asOf === undefined ? 0 : clock.nowMs() - asOf.getTime();
      const behindMs = behindSinceMs === undefined ? 0 : clock.nowMs() - behindSinceMs;
      const lagMs = Math.max(behindMs, silentMs > SILENCE_MS_MAX ? silentMs : 0);
      return { appliedSeq, sourceSeq, lagMs, asOf };
    },
  } satisfies StockFollower);
}
