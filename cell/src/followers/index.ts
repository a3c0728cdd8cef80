import { type RunningJob, startJob } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import { type CatalogFollowerOptions, createCatalogFollower } from './catalog-follower.ts';
import {
  type ControlPlaneClientOptions,
  createControlPlaneClient,
} from './control-plane-client.ts';
import {
  createStockFollower,
  type FollowedStock,
  type StockReplicationState,
} from './stock-follower.ts';

/**
 * Follows the control plane's feeds: catalogue changes and stock grants come in, stock reports go
 * out. It runs beside the requests, which never wait for it.
 */

export interface FollowersOptions extends ControlPlaneClientOptions {
  readonly catalog: CatalogFollowerOptions['catalog'];
  readonly stock: FollowedStock & {
    /** Calls back after each commit that changed the free units of variants. */
    onChanged(listener: (variantIds: readonly string[]) => void): void;
  };
  readonly markets: readonly string[];
  readonly log: Logger;
  /** How long the control plane may hold an answer back for news. Default 20,000. */
  readonly waitMs?: number;
}

export interface Followers {
  stockState(): StockReplicationState;
  /** Ends calls under way and waits for the batch that is being applied. */
  stop(): Promise<void>;
}

/** Changes of this long travel in one report; a sale then shows in the control plane soon enough. */
const REPORT_DELAY_MS = 200;

/** Starts all of it. Never throws: a control plane that is away is tried again. */
export function startFollowers(options: FollowersOptions): Followers {
  const { catalog, stock, markets, cellId, clock, log } = options;
  const controlPlane = createControlPlaneClient(options);
  const wait = options.waitMs === undefined ? {} : { waitMs: options.waitMs };
  const stockFollower = createStockFollower({ controlPlane, stock, cellId, clock, ...wait });
  const catalogFollower = createCatalogFollower({ controlPlane, catalog, markets, ...wait });
  const reports = startJob(stockFollower.reports, log);
  const jobs: readonly RunningJob[] = [
    startJob(catalogFollower, log),
    startJob(stockFollower.grants, log),
    reports,
  ];
  let waking: NodeJS.Timeout | undefined;
  stock.onChanged(() => {
    // Not restarted by later changes: a steady stream of sales is reported steadily.
    waking ??= setTimeout(() => {
      waking = undefined;
      reports.wake();
    }, REPORT_DELAY_MS).unref();
  });
  return Object.freeze({
    stockState: stockFollower.replicationState,
    async stop() {
      clearTimeout(waking);
      await Promise.all(jobs.map((job) => job.stop()));
    },
  });
}
