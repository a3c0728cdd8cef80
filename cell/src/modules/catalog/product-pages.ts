import { createHash, randomUUID } from 'node:crypto';
import type { Minor } from '@commerce/contracts/money';
import { LRUCache } from 'lru-cache';
import type { CatalogChanged, Category, StoredProduct } from './documents.ts';
import type { ShopContext } from './shop-context.ts';
import { toProductView } from './views.ts';

/**
 * Pages of products as finished bytes. A page is text with gaps where the units of its variants
 * stand: a sale fills the gaps anew, a change of the catalogue drops the page. What was read before
 * a change is never kept after it.
 */
export interface RenderedPage {
  readonly body: Buffer;
  readonly etag: string;
  /** The product that it shows; undefined where it shows more than one thing. */
  readonly productId?: string;
}

export interface ProductPages {
  /** The page that is ready; the common case, without a promise. */
  ready(handle: string, context: ShopContext): RenderedPage | undefined;
  /** The page, read and made where it has to be; undefined where there is no such product. */
  render(handle: string, context: ShopContext): Promise<RenderedPage | undefined>;
  /** Units of these variants changed. */
  onAvailabilityChanged(variantIds: readonly string[]): void;
  onCatalogChanged(changed: CatalogChanged): void;
  /** Bytes of memory that the pages hold, about. */
  sizeBytes(): number;
}

export interface ProductPagesOptions {
  readonly findByHandle: (handle: string) => Promise<StoredProduct | undefined>;
  readonly categories: () => Promise<ReadonlyMap<string, Category>>;
  readonly pricesOf: (
    variantIds: readonly string[],
    marketId: string,
    currency: string,
  ) => Promise<ReadonlyMap<string, Minor>>;
  readonly availableOf: (
    variantIds: readonly string[],
  ) => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>;
  /** Default 32 MiB. */
  readonly bytesMax?: number;
}

interface Page {
  readonly productId: string;
  readonly variantIds: readonly string[];
  /** One more than there are variants; the units of each stand between two of them. */
  readonly parts: readonly string[];
  /** Grows at each change of a variant's units. */
  version: number;
  rendered: RenderedPage | undefined;
  /** Rendering under way, and the version that it began at. */
  pending: { readonly version: number; readonly done: Promise<RenderedPage> } | undefined;
}

const BYTES_MAX = 32 * 1024 * 1024;
/** Text and bytes of a page, and what keeps it together. */
const SIZE_FACTOR = 3;
const SIZE_OVERHEAD_BYTES = 1_000;

/** Stands for a number until it is known; nobody can guess it into a text. */
const GAP = `gap ${randomUUID()}`;

function keyOf(handle: string, { language, market, currency }: ShopContext): string {
  return `${handle} ${language} ${market.id} ${currency}`;
}

/** Makes the pages; they are filled as they are asked for. */
export function createProductPages(options: ProductPagesOptions): ProductPages {
  const pagesOfVariant = new Map<string, Set<Page>>();
  const keysOfProduct = new Map<string, Set<string>>();
  let catalogGeneration = 0;

  const pages = new LRUCache<string, Page>({
    maxSize: options.bytesMax ?? BYTES_MAX,
    sizeCalculation: (page) =>
      page.parts.reduce((sum, part) => sum + part.length, 0) * SIZE_FACTOR + SIZE_OVERHEAD_BYTES,
    dispose: (page, key) => {
      removeFrom(keysOfProduct, page.productId, key);
      for (const id of page.variantIds) removeFrom(pagesOfVariant, id, page);
    },
  });

  const keep = (key: string, page: Page): void => {
    pages.set(key, page);
    // A page that is larger than all the room there is was not kept.
    if (!pages.has(key)) return;
    addTo(keysOfProduct, page.productId, key);
    for (const id of page.variantIds) addTo(pagesOfVariant, id, page);
  };

  const load = async (handle: string, context: ShopContext): Promise<Page | undefined> => {
    const generation = catalogGeneration;
    const [product, categories] = await Promise.all([
      options.findByHandle(handle),
      options.categories(),
    ]);
    if (product === undefined) return undefined;
    const variantIds = product.variants.map((variant) => variant.id);
    const prices = await options.pricesOf(variantIds, context.market.id, context.currency);
    const page = toPage(toProductView({ product, categories, prices }, context));
    if (generation === catalogGeneration) keep(keyOf(handle, context), page);
    return page;
  };

  const fill = async (page: Page): Promise<RenderedPage> => {
    const { version } = page;
    const available = await options.availableOf(page.variantIds);
    const rendered = toRendered(page, available);
    if (page.version === version) page.rendered = rendered;
    return rendered;
  };

  return Object.freeze({
    ready: (handle, context) => pages.get(keyOf(handle, context))?.rendered,

    async render(handle, context) {
      const page = pages.get(keyOf(handle, context)) ?? (await load(handle, context));
      if (page === undefined || page.rendered !== undefined) return page?.rendered;
      // Who comes after a change must not be given what was read before it.
      if (page.pending?.version === page.version) return page.pending.done;
      const pending = { version: page.version, done: fill(page) };
      page.pending = pending;
      const forget = (): void => {
        if (page.pending === pending) page.pending = undefined;
      };
      pending.done.then(forget, forget);
      return pending.done;
    },

    onAvailabilityChanged(variantIds) {
      for (const id of variantIds) {
        for (const page of pagesOfVariant.get(id) ?? []) {
          page.version += 1;
          page.rendered = undefined;
        }
      }
    },

    onCatalogChanged(changed) {
      catalogGeneration += 1;
      // Names of vendors and categories stand on many pages, and change rarely.
      if (changed.categories || changed.vendorIds.length > 0) {
        pages.clear();
        return;
      }
      for (const id of changed.productIds) {
        for (const key of [...(keysOfProduct.get(id) ?? [])]) pages.delete(key);
      }
    },

    sizeBytes: () => pages.calculatedSize,
  } satisfies ProductPages);
}

function toPage(view: ReturnType<typeof toProductView>): Page {
  const { variants, ...rest } = view;
  const withGaps = {
    ...rest,
    variants: variants.map((variant) => ({ ...variant, available: GAP })),
  };
  return {
    productId: view.id,
    variantIds: variants.map((variant) => variant.id),
    parts: JSON.stringify(withGaps).split(`"${GAP}"`),
    version: 0,
    rendered: undefined,
    pending: undefined,
  };
}

function toRendered(page: Page, available: ReadonlyMap<string, number>): RenderedPage {
  let text = page.parts[0] ?? '';
  for (const [index, id] of page.variantIds.entries()) {
    text += `${available.get(id) ?? 0}${page.parts[index + 1] ?? ''}`;
  }
  const body = Buffer.from(text);
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
  return { body, etag, productId: page.productId };
}

function addTo<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  if (items === undefined) index.set(key, new Set([item]));
  else items.add(item);
}

function removeFrom<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  items?.delete(item);
  if (items?.size === 0) index.delete(key);
}
