import { setTimeout as sleep } from 'node:timers/promises';
import type { CellId } from '@commerce/contracts/ids';
import { signRouterCall } from '@commerce/contracts/routed-auth';
import { type CatalogPurges, PURGE_FEED_PATH } from '@commerce/contracts/catalog-purges';
import type { Logger } from '@commerce/service/logger';
import { request } from 'undici';
import type { CatalogueCache } from './catalogue-cache.ts';

/** Hears from each cell what of its catalogue has changed, and has the cache forget it. */
export interface PurgeFollower {
  /** Follows these cells, and no others. */
  follow(cells: readonly FollowedCell[]): void;
  stop(): void;
}

export interface FollowedCell {
  readonly id: CellId;
  readonly url: string;
}

/** How long a cell holds its answer back for news; also how late its silence is noticed, at most. */
const WAIT_MS = 2_000;
/** From one word of the cell to the next, with time for the way. */
const HEARD_MS = WAIT_MS + 1_000;
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5_000;

interface Followed extends FollowedCell {
  readonly ending: AbortController;
}

export function createPurgeFollower(deps: {
  readonly cache: CatalogueCache;
  readonly key: Uint8Array;
  readonly logger: Logger;
  readonly nowMs: () => number;
}): PurgeFollower {
  const followed = new Map<CellId, Followed>();
  return Object.freeze({
    follow(cells: readonly FollowedCell[]): void {
      const wanted = new Map(cells.map((cell) => [cell.id, cell]));
      for (const [id, known] of followed) {
        if (wanted.get(id)?.url === known.url) continue;
        known.ending.abort();
        followed.delete(id);
        deps.cache.noteHeard(id, 0);
        deps.cache.clear(id);
      }
      for (const cell of cells) {
        if (followed.has(cell.id)) continue;
        const started = { ...cell, ending: new AbortController() };
        followed.set(cell.id, started);
        void followCell(deps, started);
      }
    },
    stop(): void {
      for (const { ending } of followed.values()) ending.abort();
      followed.clear();
    },
  });
}

type Deps = Parameters<typeof createPurgeFollower>[0];

/** Asks again and again, until it is ended. Never throws: a cell that is away is simply not heard. */
async function followCell(deps: Deps, cell: Followed): Promise<void> {
  const { cache, logger } = deps;
  const { signal } = cell.ending;
  let place: Pick<CatalogPurges, 'source' | 'seq'> | undefined;
  let pauseMs = PAUSE_MS_MIN;
  while (!signal.aborted) {
    const askedAtMs = deps.nowMs();
    try {
      const news = await askCell(deps, cell, place);
      if (signal.aborted) return;
      if (news.source !== place?.source || news.keys === 'all') cache.clear(cell.id);
      else if (news.keys.length > 0) cache.purge(cell.id, news.keys);
      place = { source: news.source, seq: news.seq };
      // From when it was asked: what has changed since then is in the next answer.
      cache.noteHeard(cell.id, Math.max(askedAtMs, deps.nowMs() - WAIT_MS) + HEARD_MS);
      pauseMs = PAUSE_MS_MIN;
    } catch (error) {
      if (signal.aborted) return;
      cache.noteHeard(cell.id, 0);
      cache.clear(cell.id);
      place = undefined;
      logger.debug({ err: error, cell: cell.id }, 'a cell tells nothing of its catalogue');
      // Ended early where the following is.
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
  }
}

async function askCell(
  deps: Deps,
  cell: Followed,
  place: Pick<CatalogPurges, 'source' | 'seq'> | undefined,
): Promise<CatalogPurges> {
  const query =
    place === undefined ? '' : `?source=${place.source}&after=${place.seq}&waitMs=${WAIT_MS}`;
  const nowS = Math.floor(deps.nowMs() / 1000);
  const answer = await request(`${cell.url}${PURGE_FEED_PATH}${query}`, {
    headers: { authorization: `Router ${signRouterCall(cell.id, nowS, deps.key)}` },
    signal: cell.ending.signal,
    headersTimeout: WAIT_MS + 500,
    bodyTimeout: 500,
  });
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`the cell answers ${answer.statusCode}`);
  }
  return (await answer.body.json()) as CatalogPurges;
}
