import type { CatalogChange, MediaDocument } from '@commerce/contracts/catalog';
import { type BlobStore, blobName } from '@commerce/engines/blob/blob';
import { type Sql, type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { Logger } from '@commerce/service/logger';
import { LRUCache } from 'lru-cache';

export interface Picture {
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface Media {
  /** A picture by its hash (64 hex digits); undefined where the cell has none of that name. */
  find(hash: string): Promise<Picture | undefined>;
  /** Keeps the bytes of the pictures among the changes, before their batch's transaction. */
  prepare(changes: readonly CatalogChange[]): Promise<void>;
  /** Writes what the pictures are, in the batch's transaction. */
  apply(transaction: SqlReader, changes: readonly CatalogChange[]): Promise<void>;
  /** Called once the batch is committed. */
  applied(changes: readonly CatalogChange[]): void;
}

const upsertObjects = statement(
  'media.upsert',
  `INSERT INTO media_objects (hash, content_type, size_bytes)
   SELECT * FROM unnest($1::text[], $2::text[], $3::int4[])
   ON CONFLICT (hash) DO UPDATE SET content_type = excluded.content_type`,
);
const deleteObjects = statement(
  'media.delete',
  'DELETE FROM media_objects WHERE hash = ANY($1::text[])',
);
const findObject = statement<{ content_type: string }>(
  'media.find',
  'SELECT content_type FROM media_objects WHERE hash = $1',
);

/** Bytes of pictures in memory; drawn ones are a few kilobytes each. */
const CACHED_BYTES_MAX = 16 * 1024 * 1024;
/** Files written at the same time. */
const WRITES_AT_ONCE = 16;

type MediaChange = Extract<CatalogChange, { kind: 'media' }>;
const isMedia = (change: CatalogChange): change is MediaChange => change.kind === 'media';
const bytesOf = (document: MediaDocument): Buffer => Buffer.from(document.base64, 'base64');

/** Pictures whose bytes fit their name, with the bytes. */
function intactOf(
  changes: readonly CatalogChange[],
): { readonly document: MediaDocument; readonly bytes: Buffer }[] {
  return changes.filter(isMedia).flatMap(({ document }) => {
    if (document === null) return [];
    const bytes = bytesOf(document);
    return blobName(bytes) === document.hash ? [{ document, bytes }] : [];
  });
}

/** Makes the cell's pictures on a blob store. */
export function createMedia(dependencies: {
  readonly sql: Sql;
  readonly blobs: BlobStore;
  readonly log: Logger;
}): Media {
  const { sql, blobs, log } = dependencies;
  const cache = new LRUCache<string, Picture>({
    maxSize: CACHED_BYTES_MAX,
    sizeCalculation: (picture) => picture.bytes.length + 200,
  });

  return Object.freeze({
    async find(hash) {
      const cached = cache.get(hash);
      if (cached !== undefined) return cached;
      const [[row], bytes] = await Promise.all([sql.query(findObject, [hash]), blobs.get(hash)]);
      if (row === undefined || bytes === undefined) return undefined;
      const picture = { contentType: row.content_type, bytes };
      cache.set(hash, picture);
      return picture;
    },

    async prepare(changes) {
      const intact = intactOf(changes);
      const given = changes.filter(isMedia).filter(({ document }) => document !== null);
      // One damaged picture must not stop the feed: the product is sold without it.
      if (intact.length < given.length) {
        log.warn({ count: given.length - intact.length }, 'pictures do not fit their hash');
      }
      for (let from = 0; from < intact.length; from += WRITES_AT_ONCE) {
        const part = intact.slice(from, from + WRITES_AT_ONCE);
        await Promise.all(part.map(({ document, bytes }) => blobs.put(document.hash, bytes)));
      }
    },

    async apply(transaction, changes) {
      const intact = intactOf(changes);
      if (intact.length > 0) {
        await transaction.query(upsertObjects, [
          intact.map(({ document }) => document.hash),
          intact.map(({ document }) => document.contentType),
          intact.map(({ bytes }) => bytes.length),
        ]);
      }
      const gone = changes.filter(isMedia).filter(({ document }) => document === null);
      if (gone.length > 0) await transaction.query(deleteObjects, [gone.map(({ id }) => id)]);
    },

    applied(changes) {
      for (const { id } of changes.filter(isMedia)) cache.delete(id);
    },
  } satisfies Media);
}
