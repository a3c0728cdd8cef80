import { LRUCache } from 'lru-cache';
import type { Cache } from '../cache.ts';

export interface MemoryCacheOptions {
  /** Most characters of keys and values together. Default 16 Mi. */
  readonly charactersMax?: number;
}

const CHARACTERS_MAX = 16 * 1024 * 1024;

/** The adapter in the process's own memory; the least recently used texts go first. */
export function createMemoryCache(options: MemoryCacheOptions = {}): Cache {
  const entries = new LRUCache<string, string>({
    maxSize: options.charactersMax ?? CHARACTERS_MAX,
    sizeCalculation: (value, key) => value.length + key.length + 1,
  });
  return Object.freeze({
    async get(key: string) {
      return entries.get(key);
    },
    async set(key: string, value: string, lifetimeMs: number) {
      if (!(lifetimeMs > 0)) throw new RangeError('a text is kept for a positive time');
      entries.set(key, value, { ttl: Math.ceil(lifetimeMs) });
    },
    async delete(keys: readonly string[]) {
      for (const key of keys) entries.delete(key);
    },
    async close() {
      entries.clear();
    },
  } satisfies Cache);
}
