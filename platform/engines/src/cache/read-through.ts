import { LRUCache } from 'lru-cache';

/**
 * A bounded map in memory in front of a store that is read for many keys at once. What a load began
 * to read before an invalidation is handed to its caller but never kept, so a stale value does not
 * outlive the change that made it stale.
 */
export interface ReadThrough<Value> {
  /** Values of the keys that exist; one call of `load` for all that are not in memory. */
  getMany(keys: readonly string[]): Promise<Map<string, Value>>;
  /** Forgets these keys. */
  invalidate(keys: Iterable<string>): void;
  /** Forgets everything. */
  clear(): void;
}

export interface ReadThroughOptions<Value> {
  /** Most entries kept; keys that do not exist are entries too, so asking for them stays cheap. */
  readonly entriesMax: number;
  /** Reads values from the store; a key that is absent from the answer does not exist. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
}

interface Entry<Value> {
  readonly value: Value | undefined;
}

/** Makes a read-through map. Errors of `load` reach the caller and are not remembered. */
export function createReadThrough<Value>(options: ReadThroughOptions<Value>): ReadThrough<Value> {
  const entries = new LRUCache<string, Entry<Value>>({ max: options.entriesMax });
  let generation = 0;

  return Object.freeze({
    async getMany(keys: readonly string[]) {
      const found = new Map<string, Value>();
      const missing: string[] = [];
      for (const key of keys) {
        const entry = entries.get(key);
        if (entry === undefined) missing.push(key);
        else if (entry.value !== undefined) found.set(key, entry.value);
      }
      if (missing.length === 0) return found;
      const generationBefore = generation;
      const loaded = await options.load([...new Set(missing)]);
      for (const key of missing) {
        const value = loaded.get(key);
        if (value !== undefined) found.set(key, value);
        if (generation === generationBefore) entries.set(key, { value });
      }
      return found;
    },
    invalidate(keys: Iterable<string>) {
      generation += 1;
      for (const key of keys) entries.delete(key);
    },
    clear() {
      generation += 1;
      entries.clear();
    },
  });
}
