import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import type { CellId } from '@commerce/contracts/ids';

/**
 * The shared cache of anonymous reads of the catalogue. What may be kept is the cell's to say, by
 * `surrogate-control` and `surrogate-key`; when it changes is the cell's to tell, by its feed of purges.
 * While that feed is not heard, nothing kept is given out: a cell that is away is never older than its
 * last word.
 */
export interface CatalogueCache {
  /** The entry for a request; undefined where the cell has to be asked. */
  find(cell: CellId, key: string, nowMs: number): CachedAnswer | undefined;
  /** Takes an answer in as it passes; undefined where it may not be kept. */
  begin(
    cell: CellId,
    key: string,
    answer: { readonly status: number; readonly headers: IncomingHttpHeaders },
    nowMs: number,
  ): Recording | undefined;
  /** The counter that `begin` has to have found at the start of its request. */
  generationOf(cell: CellId): number;
  /** Forgets what carries one of the keys. */
  purge(cell: CellId, keys: readonly string[]): void;
  /** Forgets all of a cell. */
  clear(cell: CellId): void;
  /** The cell's feed is heard until then. */
  noteHeard(cell: CellId, untilMs: number): void;
  counts(): CacheCounts;
}

export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly purges: number;
  readonly entries: number;
  readonly bytes: number;
}

/** An answer as it is kept. */
export interface CachedAnswer {
  /** Of the cell, without those of one request. */
  readonly headers: IncomingHttpHeaders;
  readonly etag: string | undefined;
  readonly body: Buffer;
  readonly keptAtMs: number;
  readonly expiresAtMs: number;
  readonly surrogateKeys: readonly string[];
  /** Compressed forms by encoding, each made when it is first asked for. */
  readonly encoded: Map<string, Buffer>;
}

export interface Recording {
  add(chunk: Buffer): void;
  /** The answer is whole: keeps it, unless something was purged meanwhile. */
  finish(generationAtStart: number): void;
}

/** Bytes that are kept where nobody says otherwise. */
export const CACHE_BYTES_DEFAULT = 64 * 1024 * 1024;
const BODY_BYTES_MAX = 512 * 1024;
const LIFETIME_MS_MAX = 300_000;
/** What an entry costs beside its body. */
const OVERHEAD_BYTES = 1_000;
/** Headers of one request, or of one hop. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  HEADERS.requestId,
  HEADERS.cellEpoch,
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'surrogate-control',
  'surrogate-key',
  'age',
]);

interface CellShelf {
  readonly entries: Map<string, CachedAnswer>;
  readonly byKey: Map<string, Set<string>>;
  heardUntilMs: number;
  generation: number;
}

export function createCatalogueCache(bytesMax = CACHE_BYTES_DEFAULT): CatalogueCache {
  const shelves = new Map<CellId, CellShelf>();
  const counts = { hits: 0, misses: 0, purges: 0, entries: 0, bytes: 0 };

  const shelfOf = (cell: CellId): CellShelf => {
    let shelf = shelves.get(cell);
    if (shelf === undefined) {
      shelf = { entries: new Map(), byKey: new Map(), heardUntilMs: 0, generation: 0 };
      shelves.set(cell, shelf);
    }
    return shelf;
  };

  const drop = (shelf: CellShelf, key: string): void => {
    const entry = shelf.entries.get(key);
    if (entry === undefined) return;
    shelf.entries.delete(key);
    counts.entries -= 1;
    counts.bytes -= sizeOf(entry);
    for (const name of entry.surrogateKeys) {
      const named = shelf.byKey.get(name);
      named?.delete(key);
      if (named?.size === 0) shelf.byKey.delete(name);
    }
  };

  /** The longest kept go first, of the cell that keeps most. */
  const makeRoom = (): void => {
    while (counts.bytes > bytesMax) {
      let fullest: CellShelf | undefined;
      for (const shelf of shelves.values()) {
        if (fullest === undefined || shelf.entries.size > fullest.entries.size) fullest = shelf;
      }
      const oldest = fullest?.entries.keys().next().value;
      if (fullest === undefined || oldest === undefined) return;
      drop(fullest, oldest);
    }
  };

  const keep = (shelf: CellShelf, key: string, entry: CachedAnswer): void => {
    drop(shelf, key);
    shelf.entries.set(key, entry);
    counts.entries += 1;
    counts.bytes += sizeOf(entry);
    for (const name of entry.surrogateKeys) {
      const named = shelf.byKey.get(name);
      if (named === undefined) shelf.byKey.set(name, new Set([key]));
      else named.add(key);
    }
    makeRoom();
  };

  return Object.freeze({
    find(cell: CellId, key: string, nowMs: number): CachedAnswer | undefined {
      const shelf = shelves.get(cell);
      const entry = shelf?.entries.get(key);
      if (shelf === undefined || entry === undefined || nowMs >= shelf.heardUntilMs) {
        counts.misses += 1;
        return undefined;
      }
      if (nowMs >= entry.expiresAtMs) {
        drop(shelf, key);
        counts.misses += 1;
        return undefined;
      }
      counts.hits += 1;
      return entry;
    },
    generationOf: (cell: CellId) => shelves.get(cell)?.generation ?? 0,
    begin(
      cell: CellId,
      key: string,
      answer: { readonly status: number; readonly headers: IncomingHttpHeaders },
      nowMs: number,
    ): Recording | undefined {
      const lifetimeMs = keepableMs(answer.status, answer.headers);
      if (lifetimeMs === 0) return undefined;
      const chunks: Buffer[] = [];
      let bytes = 0;
      return {
        add(chunk: Buffer): void {
          bytes += chunk.length;
          if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
          else chunks.length = 0;
        },
        finish(generationAtStart: number): void {
          const shelf = shelfOf(cell);
          // What was purged while the answer was under way may be in it in its old form.
          if (bytes > BODY_BYTES_MAX || shelf.generation !== generationAtStart) return;
          keep(shelf, key, makeEntry(answer.headers, Buffer.concat(chunks), nowMs, lifetimeMs));
        },
      };
    },
    purge(cell: CellId, keys: readonly string[]): void {
      const shelf = shelfOf(cell);
      shelf.generation += 1;
      counts.purges += 1;
      for (const name of keys) {
        for (const key of [...(shelf.byKey.get(name) ?? [])]) drop(shelf, key);
      }
    },
    clear(cell: CellId): void {
      const shelf = shelfOf(cell);
      shelf.generation += 1;
      counts.purges += 1;
      for (const key of [...shelf.entries.keys()]) drop(shelf, key);
    },
    noteHeard(cell: CellId, untilMs: number): void {
      shelfOf(cell).heardUntilMs = untilMs;
    },
    counts: () => ({ ...counts }),
  });
}

function sizeOf(entry: CachedAnswer): number {
  return entry.body.length + OVERHEAD_BYTES;
}

function makeEntry(
  headers: IncomingHttpHeaders,
  body: Buffer,
  nowMs: number,
  lifetimeMs: number,
): CachedAnswer {
  const kept = Object.entries(headers).filter(([name]) => !NOT_KEPT.has(name));
  return Object.freeze({
    headers: Object.fromEntries(kept),
    etag: headers.etag,
    body,
    keptAtMs: nowMs,
    expiresAtMs: nowMs + lifetimeMs,
    surrogateKeys: String(headers[HEADERS.surrogateKey] ?? '')
      .split(' ')
      .filter(Boolean),
    encoded: new Map(),
  });
}

const MAX_AGE_PATTERN = /(?:^|[ ,])max-age=(\d{1,6})(?:$|[ ,])/;
/** Headers that a request's answer depends on and that the key holds; see `cacheKeyOf`. */
const KNOWN_VARY: ReadonlySet<string> = new Set([
  'accept-language',
  HEADERS.clientCountry,
  'accept-encoding',
]);

/** How long an answer may be kept; 0 where it may not, for whatever of many reasons. */
function keepableMs(status: number, headers: IncomingHttpHeaders): number {
  if (status !== 200 || headers['set-cookie'] !== undefined) return 0;
  if (headers['content-encoding'] !== undefined) return 0;
  if (headers[HEADERS.partitionPosition] !== undefined) return 0;
  if (headers[HEADERS.routedPartition] !== undefined) return 0;
  const control = headers['cache-control'] ?? '';
  if (!control.includes('public') || /no-store|private/.test(control)) return 0;
  const vary = (headers.vary ?? '').toLowerCase().split(',');
  if (!vary.every((name) => name.trim() === '' || KNOWN_VARY.has(name.trim()))) return 0;
  const surrogate = String(headers[HEADERS.surrogateControl] ?? '');
  const maxAgeS = Number(MAX_AGE_PATTERN.exec(surrogate)?.[1] ?? 0);
  return Math.min(maxAgeS * 1000, LIFETIME_MS_MAX);
}

const CACHED_PATH_PATTERN = /^\/v1\/(?:products|categories|markets|vendors)(?:\/|$)/;
const LANGUAGES_LENGTH_MAX = 128;

/**
 * The key of a request that may be answered by the cache, within its cell: address with its language,
 * currency and country, and what they default to. Undefined where the request is none of that: it
 * changes something, or somebody has signed in.
 */
export function cacheKeyOf(request: {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly isAnonymous: boolean;
  readonly acceptLanguage: string | undefined;
  /** Decides the market where the address does not. */
  readonly country: string | undefined;
}): string | undefined {
  if (request.method !== 'GET' || !request.isAnonymous) return undefined;
  if (!CACHED_PATH_PATTERN.test(request.path)) return undefined;
  const languages = request.acceptLanguage ?? '';
  if (languages.length > LANGUAGES_LENGTH_MAX) return undefined;
  return `${request.url}\n${request.country ?? ''}\n${languages}`;
}
