import { LRUCache } from 'lru-cache';
import {
  checkResponseRequest,
  type ResponseCache,
  type ResponseRequest,
} from '../response-cache.ts';

interface Entry {
  readonly text: Promise<string>;
  readonly tags: readonly string[];
}

const ENTRIES_MAX = 500;

/** The adapter in the process's own memory; the least recently used texts go first. */
export function createMemoryResponseCache(): ResponseCache {
  const entries = new LRUCache<string, Entry>({ max: ENTRIES_MAX });
  return Object.freeze({
    async get(request: ResponseRequest, make: () => Promise<string>) {
      checkResponseRequest(request);
      const known = entries.get(request.key);
      if (known !== undefined) return known.text;
      const entry: Entry = { text: make(), tags: request.tags };
      entries.set(request.key, entry, { ttl: Math.ceil(request.lifetimeMs) });
      entry.text.catch(() => {
        if (entries.peek(request.key) === entry) entries.delete(request.key);
      });
      return entry.text;
    },
    async purge(tags: readonly string[]) {
      for (const [key, entry] of [...entries]) {
        if (entry.tags.some((tag) => tags.includes(tag))) entries.delete(key);
      }
    },
    async close() {
      entries.clear();
    },
  } satisfies ResponseCache);
}
