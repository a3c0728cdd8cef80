import type { ProductAttribute, ProductMedia, ProductOption } from '@commerce/contracts/catalog';
import type { Sql } from '@commerce/engines/sql/sql';
import type {
  Category,
  SellableVariant,
  StoredProduct,
  StoredVariant,
  TouchedProduct,
  VendorProfile,
} from './documents.ts';
import * as sql from './statements.ts';

/** What requests read of the catalogue. */
export interface CatalogStore {
  findSellable(variantIds: readonly string[]): Promise<Map<string, SellableVariant>>;
  findByHandle(handle: string): Promise<StoredProduct | undefined>;
  /** Visible ones only, in no order. */
  findByIds(productIds: readonly string[]): Promise<StoredProduct[]>;
  /** Ids of visible products, newest first, older than `before`. */
  listIds(list: {
    readonly before: string;
    readonly market: string;
    /** Absent: of all categories. */
    readonly categories?: readonly string[];
    readonly limit: number;
  }): Promise<string[]>;
  listTouched(
    after: { readonly touchedSeq: number; readonly productId: string },
    limit: number,
  ): Promise<TouchedProduct[]>;
  listCategories(): Promise<Category[]>;
  findVendorBySlug(slug: string): Promise<VendorProfile | undefined>;
}

function toSellable(row: sql.SellableRow): SellableVariant {
  const options = row.product_options as readonly ProductOption[];
  return {
    variantId: row.variant_id,
    productId: row.product_id,
    vendorId: row.vendor_id,
    vendorName: row.vendor_name ?? '',
    vendorSlug: row.vendor_slug ?? '',
    vendorActive: row.vendor_status === 'active',
    productStatus: row.status as SellableVariant['productStatus'],
    handle: row.handle,
    sku: row.sku,
    titles: row.titles,
    optionLabels: options.flatMap(({ code, labels, values }) => {
      const value = values.find((entry) => entry.code === row.options[code]);
      return value === undefined
        ? []
        : [{ code, labels, value: value.code, valueLabels: value.labels }];
    }),
    weightGrams: row.weight_grams,
    ...(row.media_hash !== null && { mediaHash: row.media_hash }),
  };
}

function toProduct(row: sql.ProductRow, variants: readonly StoredVariant[]): StoredProduct {
  return {
    id: row.product_id,
    handle: row.handle,
    titles: row.titles,
    descriptions: row.descriptions,
    options: row.options as readonly ProductOption[],
    attributes: row.attributes as readonly ProductAttribute[],
    media: row.media as readonly ProductMedia[],
    categories: row.categories,
    markets: row.markets,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    vendor: { id: row.vendor_id, slug: row.vendor_slug, name: row.vendor_name },
    variants,
  };
}

/** Makes the store on the cell's database. */
export function createCatalogStore(database: Sql): CatalogStore {
  const withVariants = async (rows: readonly sql.ProductRow[]): Promise<StoredProduct[]> => {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.product_id);
    const variants = new Map<string, StoredVariant[]>(ids.map((id) => [id, []]));
    for (const row of await database.query(sql.listVariantsOfProducts, [ids])) {
      variants.get(row.product_id)?.push({
        id: row.variant_id,
        sku: row.sku,
        options: row.options,
        weightGrams: row.weight_grams,
      });
    }
    return rows.map((row) => toProduct(row, variants.get(row.product_id) ?? []));
  };
  const findByIds = async (productIds: readonly string[]): Promise<StoredProduct[]> =>
    withVariants(await database.query(sql.findVisibleByIds, [productIds]));

  return Object.freeze({
    findByIds,
    async findSellable(variantIds: readonly string[]) {
      const rows = await database.query(sql.findSellable, [variantIds]);
      return new Map(rows.map((row) => [row.variant_id, toSellable(row)]));
    },
    async findByHandle(handle: string) {
      const [product] = await withVariants(await database.query(sql.findVisibleByHandle, [handle]));
      return product;
    },
    async listIds({ before, market, categories, limit }) {
      const rows =
        categories === undefined
          ? await database.query(sql.listVisibleIds, [before, market, limit])
          : await database.query(sql.listVisibleIdsInCategories, [
              before,
              market,
              limit,
              categories,
            ]);
      return rows.map((row) => row.product_id);
    },
    async listTouched(after, limit) {
      const values = [after.touchedSeq, after.productId, limit];
      const rows = await database.query(sql.listTouched, values);
      const visible = await findByIds(rows.map((row) => row.product_id));
      const byId = new Map(visible.map((product) => [product.id, product]));
      return rows.map((row) => {
        const product = byId.get(row.product_id);
        const touchedSeq = Number(row.touched_seq);
        return { productId: row.product_id, touchedSeq, ...(product !== undefined && { product }) };
      });
    },
    async listCategories() {
      return database.query(sql.listCategories);
    },
    async findVendorBySlug(slug: string) {
      const [row] = await database.query(sql.findVendorBySlug, [slug]);
      if (row === undefined) return undefined;
      const { vendor_id: id, name, country, status } = row;
      return { id, slug: row.slug, name, country, status: status as VendorProfile['status'] };
    },
  } satisfies CatalogStore);
}
