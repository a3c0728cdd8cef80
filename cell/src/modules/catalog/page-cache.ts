import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RenderedPage } from './product-pages.ts';

/**
 * Finished answers of lists, for a second: many shoppers open the same first pages. Units shown in
 * a list may be that old; a product's own page and the cart are as new as the cell.
 */
export interface PageCache {
  /** The kept page, or the one that `make` makes; concurrent callers share one making. */
  get(key: string, make: () => Promise<unknown>): Promise<RenderedPage>;
  clear(): void;
}

const LIFETIME_MS = 1_000;
const PAGES_MAX = 500;

/** Makes a cache of serialised JSON answers. */
export function createPageCache(lifetimeMs = LIFETIME_MS): PageCache {
  const pages = new LRUCache<string, Promise<RenderedPage>>({ max: PAGES_MAX, ttl: lifetimeMs });
  return Object.freeze({
    get(key: string, make: () => Promise<unknown>) {
      const known = pages.get(key);
      if (known !== undefined) return known;
      const making = make().then(toRenderedPage);
      pages.set(key, making);
      making.catch(() => {
        if (pages.peek(key) === making) pages.delete(key);
      });
      return making;
    },
    clear: () => pages.clear(),
  });
}

/** An answer as bytes, with their entity tag. */
export function toRenderedPage(answer: unknown): RenderedPage {
  const body = Buffer.from(JSON.stringify(answer));
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
  return { body, etag };
}
