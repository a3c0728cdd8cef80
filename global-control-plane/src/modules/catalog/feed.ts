import { createHash } from 'node:crypto';
import type { CatalogKind, ProductDocument } from '@commerce/contracts/catalog';
import type { Sql } from '@commerce/engines/sql/sql';
import { type Bell, createBell } from '../../feeds/bell.ts';
import { longPoll } from '../../feeds/long-poll.ts';
import {
  readChangeDocument,
  readChangeKeys,
  readChangeNumber,
  readChanges,
  readHeadSeq,
  type StoredChange,
} from './changes-store.ts';

export interface FeedRequest {
  readonly after: bigint;
  readonly limit: number;
  readonly waitMs: number;
  /** Undefined: all. Products' prices are cut to these, and products without any are left out. */
  readonly markets: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal;
}

export interface FeedDigest {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** SHA-256 over `seq kind id` of each change in the range, one a line. */
  readonly sha256: string;
}

export interface CatalogFeed {
  headSeq(): Promise<bigint>;
  /** The page as JSON text: documents are passed through as they are stored. */
  readPageText(request: FeedRequest): Promise<string>;
  /** Digest of the changes from … to, both included. */
  digest(from: bigint, to: bigint): Promise<FeedDigest>;
  /** A document as JSON text; undefined where there is none. */
  document(kind: CatalogKind, id: string): Promise<string | undefined>;
  /** Number and time of the latest change of a thing; undefined where it never changed. */
  changeOf(
    kind: CatalogKind,
    id: string,
  ): Promise<{ readonly seq: number; readonly changedAt: Date } | undefined>;
  /** To be called after each commit that changed the catalogue. */
  announce(): void;
  close(): void;
}

/** A page ends once it holds this much, so that no answer takes the memory of both sides. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
const DIGEST_KEYS_MAX = 5_000;
/** Pages kept for cells that read the same ones a moment later; each has a few megabytes at most. */
const PAGES_KEPT = 4;

interface Page {
  /** JSON text of the changes, joined by commas. */
  readonly items: string;
  readonly lastSeq: bigint | undefined;
}

const EMPTY: Page = { items: '', lastSeq: undefined };

/** Cuts a product to the markets; null where it has no price in any of them. */
export function cutToMarkets(document: string, markets: ReadonlySet<string>): string | null {
  const product = JSON.parse(document) as ProductDocument;
  const variants = product.variants.flatMap((variant) => {
    const prices = variant.prices.filter(({ market }) => markets.has(market));
    return prices.length === 0 ? [] : [{ ...variant, prices }];
  });
  return variants.length === 0 ? null : JSON.stringify({ ...product, variants });
}

function toText(change: StoredChange, markets: ReadonlySet<string> | undefined): string {
  const { kind, id, seq, document } = change;
  const shown =
    kind === 'product' && document !== null && markets !== undefined
      ? cutToMarkets(document, markets)
      : document;
  const at = change.changed_at.toISOString();
  // Ids and kinds are ours and need no escaping; the document is JSON text already.
  return `{"seq":${seq},"kind":"${kind}","id":"${id}","at":"${at}","document":${shown ?? 'null'}}`;
}

export function createCatalogFeed(deps: { readonly sql: Sql; readonly bell?: Bell }): CatalogFeed {
  const { sql } = deps;
  const bell = deps.bell ?? createBell();
  const pages = new Map<string, Promise<Page>>();

  /**
   * Reads a page and writes it as text, once for all cells that ask for the same at the same head:
   * cells of a jurisdiction start together and serve the same markets.
   */
  const readPage = (head: bigint, request: FeedRequest): Promise<Page> => {
    const { after, limit, markets } = request;
    const key = `${head} ${after} ${limit} ${markets === undefined ? '*' : [...markets].toSorted()}`;
    const known = pages.get(key);
    if (known !== undefined) return known;
    const page = readChanges(sql, { after, limit, bytesMax: PAGE_BYTES_MAX }).then((changes) => ({
      items: changes.map((change) => toText(change, markets)).join(','),
      lastSeq: changes.at(-1)?.seq,
    }));
    pages.set(key, page);
    page.catch(() => pages.delete(key));
    const [oldest] = pages.keys();
    if (pages.size > PAGES_KEPT && oldest !== undefined) pages.delete(oldest);
    return page;
  };

  return Object.freeze({
    headSeq: () => readHeadSeq(sql),
    readPageText: async (request: FeedRequest) => {
      const { after, waitMs, signal } = request;
      const head = await longPoll({
        bell,
        waitMs,
        signal,
        read: () => readHeadSeq(sql),
        // A follower that is ahead of the master must learn of it at once.
        isEmpty: (headSeq) => headSeq === after,
      });
      const page = head > after ? await readPage(head, request) : EMPTY;
      const nextAfter = page.lastSeq ?? after;
      // The head was read first: the page may hold a commit that came between.
      const headSeq = page.lastSeq !== undefined && page.lastSeq > head ? page.lastSeq : head;
      return `{"changes":[${page.items}],"headSeq":${headSeq},"nextAfter":${nextAfter}}`;
    },
    digest: async (from: bigint, to: bigint) => {
      const hash = createHash('sha256');
      let count = 0;
      let after = from - 1n;
      for (;;) {
        const keys = await readChangeKeys(sql, { after, to, limit: DIGEST_KEYS_MAX });
        for (const { seq, kind, id } of keys) hash.update(`${seq} ${kind} ${id}\n`);
        count += keys.length;
        const last = keys.at(-1);
        if (last === undefined || keys.length < DIGEST_KEYS_MAX) break;
        after = last.seq;
      }
      return { from: Number(from), to: Number(to), count, sha256: hash.digest('hex') };
    },
    document: (kind: CatalogKind, id: string) => readChangeDocument(sql, kind, id),
    changeOf: async (kind: CatalogKind, id: string) => {
      const row = await readChangeNumber(sql, kind, id);
      return row === undefined ? undefined : { seq: Number(row.seq), changedAt: row.changed_at };
    },
    announce: () => bell.ring(),
    close: () => bell.close(),
  });
}
