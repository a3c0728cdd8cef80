import type {
  CategoryDocument,
  LocalizedText,
  ProductDocument,
  ProductInput,
  ProductStatus,
} from '@commerce/contracts/catalog';
import { newGlobalId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { assertVersion } from '../../http/preconditions.ts';
import { type NewChange, recordChanges } from './changes-store.ts';
import type { CatalogFeed } from './feed.ts';
import type { Picture } from './pictures.ts';
import { problemOfRace, type ProductToSave, type SaveResult, saveProducts } from './products.ts';
import {
  type CategoryRow,
  findCategoryHandles,
  findProduct,
  findProductHandles,
  findVariants,
  findVariantsBySku,
  hasProducts,
  listCategories,
  listProducts,
  lockProduct,
  type ProductRow,
  type VariantRow,
  writeCategory,
  writeMedia,
} from './store.ts';
import { toRefusal } from './validation.ts';

export interface ProductView {
  readonly product: ProductDocument;
  readonly version: bigint;
}

/** What stock needs to know of a variant. */
export interface VariantInfo {
  readonly variantId: string;
  readonly vendorId: string;
  readonly sku: string;
  /** Ids of the markets that it has a price in. */
  readonly markets: readonly string[];
}

/** A product with what comes beside it in an import. */
export interface BundleToSave extends Omit<ProductToSave, 'mode'> {
  readonly pictures: readonly Picture[];
  /** Units on hand by SKU. */
  readonly onHand: Readonly<Record<string, number>>;
}

/** How bundles are saved. */
export interface BundleTerms {
  /** Time of the stocktake. */
  readonly asOf: Date;
  readonly dryRun?: boolean;
  /** Handles of categories that the caller makes before it saves; a dry run makes none. */
  readonly assumedCategories?: Iterable<string>;
}

/** Counts stock inside the transaction that saves the products. */
export type CountStock = (
  transaction: SqlReader,
  counts: readonly { readonly variant: VariantInfo; readonly onHand: number }[],
  asOf: Date,
) => Promise<void>;

/** Runs inside the transaction of a change, with its result. */
export type Alongside<Result> = (transaction: SqlReader, result: Result) => Promise<void>;

const CATEGORIES_MAX = 5_000;
const ARCHIVED = 'archived' satisfies ProductStatus as ProductInput['status'];
const LAST_ID = 'prd_z';

const toView = (row: ProductRow): ProductView => ({
  product: JSON.parse(row.document) as ProductDocument,
  version: row.version,
});

const toVariantInfo = (row: VariantRow): VariantInfo => ({
  variantId: row.id,
  vendorId: row.vendor_id,
  sku: row.sku,
  markets: row.markets === '' ? [] : row.markets.split(','),
});

const toCategory = (row: CategoryRow): CategoryDocument => ({
  id: row.id,
  handle: row.handle,
  parent: row.parent,
  names: JSON.parse(row.names) as LocalizedText,
  position: row.position,
});

/** The part of a product that its vendor gave. */
function toInput(document: ProductDocument): ProductInput {
  const {
    id: _id,
    vendorId: _vendor,
    createdAt: _created,
    updatedAt: _updated,
    ...given
  } = document;
  return { ...given, variants: document.variants.map(({ id: _variant, ...variant }) => variant) };
}

const mediaChange = ({ hash, contentType, bytes }: Picture): NewChange => ({
  kind: 'media',
  id: hash,
  document: JSON.stringify({ hash, contentType, base64: bytes.toString('base64') }),
});

/** @throws AppError the refusal, where a product could not be saved */
function toSaved(result: SaveResult | undefined): ProductView {
  if (result === undefined) throw new Error('a saved product has no result');
  if ('problems' in result) throw toRefusal(result.problems);
  return { product: result.saved.document, version: result.saved.version };
}

export type CatalogService = ReturnType<typeof createCatalogService>;

export function createCatalogService(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly feed: CatalogFeed;
  readonly countStock: CountStock;
  /** Called after each commit that counted stock. */
  readonly announceStock: () => void;
}) {
  const { sql, clock, feed } = deps;

  /** Runs a change, and turns a lost race for a handle or SKU into the refusal that it is. */
  const change = async <Result>(
    name: string,
    body: (transaction: SqlReader) => Promise<Result>,
  ): Promise<Result> => {
    try {
      const result = await sql.transaction(name, body);
      feed.announce();
      return result;
    } catch (error) {
      const problem = problemOfRace(error);
      throw problem === undefined ? error : toRefusal([problem]);
    }
  };

  const saveOne = async (transaction: SqlReader, item: ProductToSave): Promise<ProductView> => {
    const { results, changes } = await saveProducts(transaction, [item], clock.now());
    const view = toSaved(results[0]);
    await recordChanges(transaction, changes);
    return view;
  };

  /** Locks a product of the vendor at the version that the client saw. */
  const lockForEdit = async (
    transaction: SqlReader,
    target: { readonly vendorId: string; readonly productId: string },
    ifMatch: bigint | 'any',
  ): Promise<ProductRow> => {
    const row = await lockProduct(transaction, target.productId);
    if (row === undefined || row.vendor_id !== target.vendorId) throw new AppError('not-found');
    assertVersion(ifMatch, row.version);
    return row;
  };

  const edit = (
    target: { readonly vendorId: string; readonly productId: string },
    ifMatch: bigint | 'any',
    toNext: (present: ProductInput) => ProductInput,
  ): Promise<ProductView> =>
    change('catalog.edit_product', async (transaction) => {
      const row = await lockForEdit(transaction, target, ifMatch);
      const input = toNext(toInput(JSON.parse(row.document) as ProductDocument));
      const mode = { kind: 'replace', productId: target.productId } as const;
      return saveOne(transaction, { vendorId: target.vendorId, input, mode });
    });

  return Object.freeze({
    /** @throws AppError `unprocessable` or `conflict`, naming the field */
    createProduct: (
      vendorId: string,
      input: ProductInput,
      alongside?: Alongside<ProductView>,
    ): Promise<ProductView> =>
      change('catalog.create_product', async (transaction) => {
        const view = await saveOne(transaction, { vendorId, input, mode: { kind: 'create' } });
        await alongside?.(transaction, view);
        return view;
      }),

    /** Replaces or changes a product. @throws AppError `not-found`, `conflict`, `unprocessable` */
    editProduct: edit,

    archiveProduct: (
      target: { readonly vendorId: string; readonly productId: string },
      ifMatch: bigint | 'any',
    ) => edit(target, ifMatch, (present) => ({ ...present, status: ARCHIVED })),

    findProduct: async (productId: string): Promise<ProductView | undefined> => {
      const row = await findProduct(sql, productId);
      return row === undefined ? undefined : toView(row);
    },

    /** A vendor's products, newest first, beginning before an id. */
    listProducts: async (vendorId: string, before: string | undefined, limit: number) =>
      (await listProducts(sql, vendorId, before ?? LAST_ID, limit)).map(toView),

    hasProducts: () => hasProducts(sql),

    /** Those of the handles that a product has. */
    findHandles: (handles: readonly string[]) => findProductHandles(sql, handles),

    addPicture: (vendorId: string, picture: Picture, alongside?: Alongside<Picture>) =>
      change('catalog.add_picture', async (transaction) => {
        const { hash, contentType, bytes } = picture;
        const row = { hash, contentType, bytes: bytes.length, vendorId };
        const added = await writeMedia(transaction, [row]);
        await alongside?.(transaction, picture);
        if (added.has(hash)) await recordChanges(transaction, [mediaChange(picture)]);
      }),

    listCategories: async () => (await listCategories(sql, CATEGORIES_MAX)).map(toCategory),

    /** Adds or changes categories by handle; parents come before their children. */
    putCategories: (
      categories: readonly Omit<CategoryDocument, 'id'>[],
      alongside?: Alongside<readonly CategoryDocument[]>,
    ): Promise<readonly CategoryDocument[]> =>
      change('catalog.put_categories', async (transaction) => {
        const written: CategoryDocument[] = [];
        for (const { handle, parent, names, position } of categories) {
          if (parent !== null && !(await findCategoryHandles(transaction, [parent])).has(parent)) {
            const detail = `There is no category "${parent}".`;
            throw toRefusal([{ code: 'unprocessable', field: '/parent', detail }]);
          }
          const row = {
            id: newGlobalId('cat'),
            handle,
            parent,
            names: JSON.stringify(names),
            position,
          };
          written.push(toCategory(await writeCategory(transaction, row)));
        }
        await alongside?.(transaction, written);
        await recordChanges(
          transaction,
          written.map((one) => ({ kind: 'category', id: one.id, document: JSON.stringify(one) })),
        );
        return written;
      }),

    /**
     * Saves products with their pictures and stock in a transaction that somebody else has begun and
     * announces. Those with a problem are left out, together with their stock. In a dry run all are
     * judged and none is saved.
     */
    saveBundles: async (
      transaction: SqlReader,
      bundles: readonly BundleToSave[],
      terms: BundleTerms,
    ): Promise<readonly SaveResult[]> => {
      const pictures = new Map(
        bundles.flatMap((bundle) =>
          bundle.pictures.map((picture) => [picture.hash, { picture, bundle }] as const),
        ),
      );
      const rows = [...pictures.values()].map(({ picture, bundle }) => ({
        hash: picture.hash,
        contentType: picture.contentType,
        bytes: picture.bytes.length,
        vendorId: bundle.vendorId,
      }));
      const items = bundles.map(({ vendorId, input }): ProductToSave => {
        return { vendorId, input, mode: { kind: 'upsert' } };
      });
      const { dryRun = false } = terms;
      const assumed = {
        categories: new Set(terms.assumedCategories),
        media: new Set(pictures.keys()),
      };
      const added = dryRun || rows.length === 0 ? new Set() : await writeMedia(transaction, rows);
      const saving = { dryRun, assumed };
      const { results, changes } = await saveProducts(transaction, items, clock.now(), saving);
      if (dryRun) return results;
      const counts = bundles.flatMap((bundle, index) => {
        const result = results[index];
        if (result === undefined || 'problems' in result) return [];
        return result.saved.document.variants.flatMap((variant) => {
          const onHand = bundle.onHand[variant.sku];
          if (onHand === undefined) return [];
          const markets = [...new Set(variant.prices.map(({ market }) => market))];
          const { id: variantId, sku } = variant;
          return [{ variant: { variantId, vendorId: bundle.vendorId, sku, markets }, onHand }];
        });
      });
      if (counts.length > 0) await deps.countStock(transaction, counts, terms.asOf);
      const mediaChanges = [...pictures.values()]
        .filter(({ picture }) => added.has(picture.hash))
        .map(({ picture }) => mediaChange(picture));
      await recordChanges(transaction, [...mediaChanges, ...changes]);
      return results;
    },

    /** Wakes the followers of the feed, after a transaction that `saveBundles` was part of. */
    announce: () => {
      feed.announce();
      deps.announceStock();
    },

    findVariants: async (reader: SqlReader, ids: readonly string[]): Promise<VariantInfo[]> =>
      (await findVariants(reader, ids)).map(toVariantInfo),

    findVariantBySku: async (
      reader: SqlReader,
      vendorId: string,
      sku: string,
    ): Promise<VariantInfo | undefined> => {
      const [row] = await findVariantsBySku(reader, [{ vendorId, sku }]);
      return row === undefined ? undefined : toVariantInfo(row);
    },
  });
}
