import type { CatalogChange } from '@commerce/contracts/catalog';
import type { Job } from '@commerce/service/jobs';
import type { ControlPlaneClient } from './control-plane-client.ts';
import { readFeedPage } from './feed-page.ts';

/** What the follower needs of the cell's catalogue. */
export interface FollowedCatalog {
  applyChanges(
    changes: readonly CatalogChange[],
    headSeq: number,
    appliedSeq: number,
  ): Promise<void>;
  confirm(headSeq: number): void;
  replicationState(): { readonly appliedSeq: number };
}

export interface CatalogFollowerOptions {
  readonly controlPlane: ControlPlaneClient;
  readonly catalog: FollowedCatalog;
  /** Ids of the markets that the cell serves; prices of others are not sent to it. */
  readonly markets: readonly string[];
  /** How long the control plane may hold an answer back for news. Default 20,000. */
  readonly waitMs?: number;
}

/** Some 2 MB: larger pages are no faster, and the heap that they grow is kept. */
const CHANGES_PER_PAGE = 100;
const WAIT_MS = 20_000;
/** For the answer itself, beyond the wait: a page with pictures is some megabytes. */
const ANSWER_MS = 15_000;
const IDLE_MS = 1_000;

/**
 * The job that follows the catalogue feed from the stored cursor. While the control plane is away
 * it tries again for ever; requests are served from what the cell has.
 */
export function createCatalogFollower(options: CatalogFollowerOptions): Job {
  const { controlPlane, catalog, markets, waitMs = WAIT_MS } = options;
  return {
    name: 'catalog-follower',
    intervalMs: IDLE_MS,
    async run(signal) {
      const after = catalog.replicationState().appliedSeq;
      const startedAtMs = performance.now();
      const answer = await controlPlane.get(
        '/v1/catalog/changes',
        { after, limit: CHANGES_PER_PAGE, waitMs, markets: markets.join(',') },
        { signal, timeoutMs: waitMs + ANSWER_MS },
      );
      const page = readFeedPage<CatalogChange>(answer, 'changes', after);
      if (page.nextAfter > after) {
        await catalog.applyChanges(page.items, page.headSeq, page.nextAfter);
        return true;
      }
      catalog.confirm(page.headSeq);
      // A server that does not hold its answer back must not be asked in a tight circle.
      return performance.now() - startedAtMs > waitMs / 2;
    },
  };
}
