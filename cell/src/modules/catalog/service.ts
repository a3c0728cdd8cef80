import type { CatalogChange } from '@commerce/contracts/catalog';
import { createReadThrough } from '@commerce/engines/cache/read-through';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { applyBatch, type ChangeApplier, withDescendants } from './apply.ts';
import type {
  CatalogChanged,
  Category,
  ReplicationState,
  SellableVariant,
  StoredProduct,
  TouchedProduct,
  VendorProfile,
} from './documents.ts';
import { findCursor, saveCursor } from './statements.ts';
import { createCatalogStore } from './store.ts';

export interface Catalog {
  /**
   * Applies a page of the feed in one transaction, with the cursor. Applying it again changes nothing.
   * @param headSeq highest number that the control plane has committed
   * @param appliedSeq number up to which the feed is known after this page
   */
  applyChanges(
    changes: readonly CatalogChange[],
    headSeq: number,
    appliedSeq: number,
  ): Promise<void>;
  /** Notes that the control plane was heard of, without anything new. Writes nothing. */
  confirm(headSeq: number): void;
  replicationState(): ReplicationState;
  /** What carts and checkout need of these variants; those that the cell does not know are absent. */
  findVariants(variantIds: readonly string[]): Promise<Map<string, SellableVariant>>;
  /** A product that shoppers may see, by the name in its URL. */
  findByHandle(handle: string): Promise<StoredProduct | undefined>;
  /** Products that shoppers may see, in the order of the ids. */
  findByIds(productIds: readonly string[]): Promise<StoredProduct[]>;
  /** Ids of a market's visible products, newest first, older than `before`. */
  listIds(list: {
    readonly before: string;
    readonly market: string;
    /** Handle; products of the categories below it are in it too. */
    readonly category?: string;
    readonly limit: number;
  }): Promise<string[]>;
  /** Products in the order in which the feed touched them, for search to follow. */
  listTouched(
    after: { readonly touchedSeq: number; readonly productId: string },
    limit: number,
  ): Promise<TouchedProduct[]>;
  categories(): Promise<ReadonlyMap<string, Category>>;
  findVendorBySlug(slug: string): Promise<VendorProfile | undefined>;
  /** Calls back after each committed batch that changed something. Returns the way to stop. */
  onChanged(listener: (changed: CatalogChanged) => void): () => void;
}

export interface CatalogDependencies {
  readonly sql: Sql;
  /**
   * Connections for the feed's batches, without a short statement time-out: a vendor's new name
   * touches all of its products at once. Default: those of `sql`.
   */
  readonly feedSql?: Sql;
  readonly clock: Clock;
  /** Other modules that keep a part of the feed. */
  readonly appliers?: readonly ChangeApplier[];
}

/** Variants in memory, at about 1 kB each. */
const VARIANTS_CACHED_MAX = 20_000;
/** The feed answers at least every 20 s; silence for longer means that the lag is not known. */
const SILENCE_MS_MAX = 30_000;

/**
 * Makes the cell's catalogue.
 * @throws AppError `unavailable` where the database can't be reached: its cursor is read first
 */
export async function createCatalog(dependencies: CatalogDependencies): Promise<Catalog> {
  const { sql, feedSql = sql, clock, appliers = [] } = dependencies;
  const store = createCatalogStore(sql);
  const listeners = new Set<(changed: CatalogChanged) => void>();
  const variants = createReadThrough<SellableVariant>({
    entriesMax: VARIANTS_CACHED_MAX,
    load: (ids) => store.findSellable(ids),
  });
  const [stored] = await sql.query(findCursor);
  const cursor = {
    appliedSeq: Number(stored?.applied_seq ?? 0n),
    sourceSeq: Number(stored?.source_seq ?? 0n),
    appliedAt: stored?.applied_at,
    confirmedAt: stored?.confirmed_at,
  };
  let tree: Promise<ReadonlyMap<string, Category>> | undefined;

  const categories = (): Promise<ReadonlyMap<string, Category>> => {
    if (tree === undefined) {
      const loading = store
        .listCategories()
        .then((rows) => new Map(rows.map((category) => [category.handle, category])));
      loading.catch(() => {
        if (tree === loading) tree = undefined;
      });
      tree = loading;
    }
    return tree;
  };

  const noteCommitted = (changed: CatalogChanged): void => {
    // A vendor's name and status stand on each of its variants; vendors change rarely.
    if (changed.vendorIds.length > 0) variants.clear();
    else variants.invalidate(changed.variantIds);
    if (changed.categories) tree = undefined;
    for (const listener of listeners) listener(changed);
  };

  return Object.freeze({
    async applyChanges(changes, headSeq, appliedSeq) {
      for (const applier of appliers) await applier.prepare?.(changes);
      const now = clock.now();
      const batch = await feedSql.transaction('catalog.apply', async (transaction) => {
        const applied = await applyBatch(transaction, changes, appliers);
        const last = changes.at(-1);
        const appliedAt = last === undefined ? now : new Date(last.at);
        await transaction.query(saveCursor, [appliedSeq, headSeq, appliedAt, now]);
        return { ...applied, appliedAt };
      });
      if (appliedSeq > cursor.appliedSeq) cursor.appliedAt = batch.appliedAt;
      cursor.appliedSeq = Math.max(cursor.appliedSeq, appliedSeq);
      cursor.sourceSeq = Math.max(cursor.sourceSeq, headSeq);
      cursor.confirmedAt = now;
      for (const applier of appliers) applier.applied(batch.effective);
      if (batch.effective.length === 0) return;
      noteCommitted({
        productIds: [...batch.productIds],
        variantIds: [...batch.variantIds],
        vendorIds: [...batch.vendorIds],
        categories: batch.categories,
        appliedSeq: cursor.appliedSeq,
      });
    },

    confirm(headSeq) {
      cursor.sourceSeq = Math.max(cursor.sourceSeq, headSeq);
      cursor.confirmedAt = clock.now();
    },

    replicationState() {
      const { appliedSeq, sourceSeq, appliedAt, confirmedAt: asOf } = cursor;
      const silentMs = asOf === undefined ? 0 : clock.nowMs() - asOf.getTime();
      const behindMs =
        appliedSeq < sourceSeq && appliedAt !== undefined ? clock.nowMs() - appliedAt.getTime() : 0;
      const lagMs = Math.max(behindMs, silentMs > SILENCE_MS_MAX ? silentMs : 0, 0);
      return { appliedSeq, sourceSeq, lagMs, asOf };
    },

    findVariants: (variantIds) => variants.getMany(variantIds),
    findByHandle: (handle) => store.findByHandle(handle),

    async findByIds(productIds) {
      if (productIds.length === 0) return [];
      const found = new Map((await store.findByIds(productIds)).map((item) => [item.id, item]));
      return productIds.flatMap((id) => found.get(id) ?? []);
    },

    async listIds({ category, ...list }) {
      if (category === undefined) return store.listIds(list);
      const handles = withDescendants([category], [...(await categories()).values()]);
      return store.listIds({ ...list, categories: handles });
    },

    listTouched: (after, limit) => store.listTouched(after, limit),
    categories,
    findVendorBySlug: (slug) => store.findVendorBySlug(slug),

    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } satisfies Catalog);
}
