import { statement } from '@commerce/engines/sql/sql';

/** The module's SQL: writes of the feed's batches first, then what requests read. */

export const upsertVendors = statement<{ vendor_id: string }>(
  'catalog.upsert-vendors',
  `INSERT INTO catalog_vendors AS v (vendor_id, slug, name, country, status, seq)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[])
   ON CONFLICT (vendor_id) DO UPDATE SET slug = excluded.slug, name = excluded.name,
     country = excluded.country, status = excluded.status, seq = excluded.seq
   WHERE v.seq < excluded.seq
   RETURNING vendor_id`,
);

export const suspendVendors = statement<{ vendor_id: string }>(
  'catalog.suspend-vendors',
  `UPDATE catalog_vendors v SET status = 'suspended', seq = d.seq
   FROM (SELECT * FROM unnest($1::text[], $2::int8[])) AS d (vendor_id, seq)
   WHERE v.vendor_id = d.vendor_id AND v.seq < d.seq
   RETURNING v.vendor_id`,
);

export const upsertCategories = statement<{ category_id: string }>(
  'catalog.upsert-categories',
  `INSERT INTO catalog_categories AS c (category_id, handle, parent, names, position, seq)
   SELECT category_id, handle, NULLIF(parent, ''), names::jsonb, position, seq
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::int8[])
     AS d (category_id, handle, parent, names, position, seq)
   ON CONFLICT (category_id) DO UPDATE SET handle = excluded.handle, parent = excluded.parent,
     names = excluded.names, position = excluded.position, seq = excluded.seq
   WHERE c.seq < excluded.seq
   RETURNING category_id`,
);

export const deleteCategories = statement<{ category_id: string }>(
  'catalog.delete-categories',
  `DELETE FROM catalog_categories c
   USING (SELECT * FROM unnest($1::text[], $2::int8[])) AS d (category_id, seq)
   WHERE c.category_id = d.category_id AND c.seq < d.seq
   RETURNING c.category_id`,
);

export const upsertProducts = statement<{ product_id: string }>(
  'catalog.upsert-products',
  `INSERT INTO catalog_products AS p (product_id, handle, vendor_id, status, titles, descriptions,
     options, attributes, media, categories, markets, created_at, updated_at, seq, touched_seq)
   SELECT product_id, handle, vendor_id, status, titles::jsonb, descriptions::jsonb, options::jsonb,
     attributes::jsonb, media::jsonb, categories::jsonb, markets::jsonb,
     created_at::timestamptz, updated_at::timestamptz, seq, seq
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int8[])
     AS d (product_id, handle, vendor_id, status, titles, descriptions, options, attributes, media,
       categories, markets, created_at, updated_at, seq)
   ON CONFLICT (product_id) DO UPDATE SET handle = excluded.handle, vendor_id = excluded.vendor_id,
     status = excluded.status, titles = excluded.titles, descriptions = excluded.descriptions,
     options = excluded.options, attributes = excluded.attributes, media = excluded.media,
     categories = excluded.categories, markets = excluded.markets, created_at = excluded.created_at,
     updated_at = excluded.updated_at, seq = excluded.seq,
     touched_seq = GREATEST(p.touched_seq, excluded.seq)
   WHERE p.seq < excluded.seq
   RETURNING product_id`,
);

/** A deleted product keeps its row, so that search still learns of it. */
export const archiveProducts = statement<{ product_id: string }>(
  'catalog.archive-products',
  `UPDATE catalog_products p SET status = 'archived', seq = d.seq,
     touched_seq = GREATEST(p.touched_seq, d.seq)
   FROM (SELECT * FROM unnest($1::text[], $2::int8[])) AS d (product_id, seq)
   WHERE p.product_id = d.product_id AND p.seq < d.seq
   RETURNING p.product_id`,
);

export const deleteVariantsOfProducts = statement<{ variant_id: string }>(
  'catalog.delete-variants',
  'DELETE FROM catalog_variants WHERE product_id = ANY($1::text[]) RETURNING variant_id',
);

export const insertVariants = statement(
  'catalog.insert-variants',
  `INSERT INTO catalog_variants (variant_id, product_id, position, sku, options, weight_grams)
   SELECT variant_id, product_id, position, sku, options::jsonb, weight_grams
   FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::int4[])
     AS d (variant_id, product_id, position, sku, options, weight_grams)
   ON CONFLICT (variant_id) DO UPDATE SET product_id = excluded.product_id,
     position = excluded.position, sku = excluded.sku, options = excluded.options,
     weight_grams = excluded.weight_grams`,
);

export const deleteProductCategories = statement(
  'catalog.delete-product-categories',
  'DELETE FROM catalog_product_categories WHERE product_id = ANY($1::text[])',
);

export const insertProductCategories = statement(
  'catalog.insert-product-categories',
  `INSERT INTO catalog_product_categories (category, product_id)
   SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (category, product_id) DO NOTHING`,
);

export const touchProductsOfVendors = statement<{ product_id: string }>(
  'catalog.touch-products-of-vendors',
  `UPDATE catalog_products SET touched_seq = $2
   WHERE vendor_id = ANY($1::text[]) AND touched_seq < $2 RETURNING product_id`,
);

export const touchProductsOfCategories = statement<{ product_id: string }>(
  'catalog.touch-products-of-categories',
  `UPDATE catalog_products SET touched_seq = $2
   WHERE touched_seq < $2 AND product_id IN (
     SELECT product_id FROM catalog_product_categories WHERE category = ANY($1::text[]))
   RETURNING product_id`,
);

export const saveCursor = statement(
  'catalog.save-cursor',
  `INSERT INTO catalog_cursor AS c (id, applied_seq, source_seq, applied_at, confirmed_at)
   VALUES (1, $1, $2, $3, $4)
   ON CONFLICT (id) DO UPDATE SET applied_seq = GREATEST(c.applied_seq, excluded.applied_seq),
     source_seq = GREATEST(c.source_seq, excluded.source_seq),
     applied_at = CASE WHEN excluded.applied_seq > c.applied_seq THEN excluded.applied_at
       ELSE c.applied_at END,
     confirmed_at = excluded.confirmed_at`,
);

export interface CursorRow {
  readonly applied_seq: bigint;
  readonly source_seq: bigint;
  readonly applied_at: Date;
  readonly confirmed_at: Date;
}
export const findCursor = statement<CursorRow>(
  'catalog.find-cursor',
  'SELECT applied_seq, source_seq, applied_at, confirmed_at FROM catalog_cursor WHERE id = 1',
);

export interface SellableRow {
  readonly variant_id: string;
  readonly product_id: string;
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly weight_grams: number;
  readonly handle: string;
  readonly status: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly product_options: unknown;
  readonly media_hash: string | null;
  readonly vendor_id: string;
  readonly vendor_name: string | null;
  readonly vendor_slug: string | null;
  readonly vendor_status: string | null;
}
export const findSellable = statement<SellableRow>(
  'catalog.find-sellable',
  `SELECT v.variant_id, v.product_id, v.sku, v.options, v.weight_grams, p.handle, p.status, p.titles,
     p.options AS product_options, p.media->0->>'hash' AS media_hash, p.vendor_id,
     n.name AS vendor_name, n.slug AS vendor_slug, n.status AS vendor_status
   FROM catalog_variants v JOIN catalog_products p ON p.product_id = v.product_id
   LEFT JOIN catalog_vendors n ON n.vendor_id = p.vendor_id
   WHERE v.variant_id = ANY($1::text[])`,
);

export interface ProductRow {
  readonly product_id: string;
  readonly handle: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly descriptions: Readonly<Record<string, string>>;
  readonly options: unknown;
  readonly attributes: unknown;
  readonly media: unknown;
  readonly categories: readonly string[];
  readonly markets: readonly string[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly vendor_id: string;
  readonly vendor_slug: string;
  readonly vendor_name: string;
}
const PRODUCT_COLUMNS = `p.product_id, p.handle, p.titles, p.descriptions, p.options, p.attributes,
  p.media, p.categories, p.markets, p.created_at, p.updated_at, n.vendor_id, n.slug AS vendor_slug,
  n.name AS vendor_name`;
/** Shoppers see active products of active vendors. */
const VISIBLE = `p.status = 'active' AND n.status = 'active'`;

export const findVisibleByHandle = statement<ProductRow>(
  'catalog.find-visible-by-handle',
  `SELECT ${PRODUCT_COLUMNS} FROM catalog_products p JOIN catalog_vendors n USING (vendor_id)
   WHERE p.handle = $1 AND ${VISIBLE} ORDER BY p.seq DESC LIMIT 1`,
);

export const findVisibleByIds = statement<ProductRow>(
  'catalog.find-visible-by-ids',
  `SELECT ${PRODUCT_COLUMNS} FROM catalog_products p JOIN catalog_vendors n USING (vendor_id)
   WHERE p.product_id = ANY($1::text[]) AND ${VISIBLE}`,
);

export interface VariantRow {
  readonly variant_id: string;
  readonly product_id: string;
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly weight_grams: number;
}
export const listVariantsOfProducts = statement<VariantRow>(
  'catalog.list-variants-of-products',
  `SELECT variant_id, product_id, sku, options, weight_grams FROM catalog_variants
   WHERE product_id = ANY($1::text[]) ORDER BY product_id, position`,
);

/** Newest first; product ids are made in the order of time. */
export const listVisibleIds = statement<{ product_id: string }>(
  'catalog.list-visible-ids',
  `SELECT p.product_id FROM catalog_products p JOIN catalog_vendors n USING (vendor_id)
   WHERE p.product_id < $1 AND p.markets ? $2 AND ${VISIBLE}
   ORDER BY p.product_id DESC LIMIT $3`,
);

/** As above, within categories: a bounded walk down each category's key, then the newest of all. */
export const listVisibleIdsInCategories = statement<{ product_id: string }>(
  'catalog.list-visible-ids-in-categories',
  `SELECT DISTINCT f.product_id FROM unnest($4::text[]) AS c (category),
   LATERAL (SELECT pc.product_id FROM catalog_product_categories pc
     JOIN catalog_products p USING (product_id) JOIN catalog_vendors n USING (vendor_id)
     WHERE pc.category = c.category AND pc.product_id < $1 AND p.markets ? $2 AND ${VISIBLE}
     ORDER BY pc.product_id DESC LIMIT $3) AS f
   ORDER BY f.product_id DESC LIMIT $3`,
);

export const listTouched = statement<{
  product_id: string;
  touched_seq: bigint;
}>(
  'catalog.list-touched',
  `SELECT product_id, touched_seq FROM catalog_products
   WHERE (touched_seq, product_id) > ($1, $2) ORDER BY touched_seq, product_id LIMIT $3`,
);

export interface CategoryRow {
  readonly category_id: string;
  readonly handle: string;
  readonly parent: string | null;
  readonly names: Readonly<Record<string, string>>;
  readonly position: number;
}
export const listCategories = statement<CategoryRow>(
  'catalog.list-categories',
  `SELECT category_id, handle, parent, names, position FROM catalog_categories
   ORDER BY position, handle`,
);

export interface VendorRow {
  readonly vendor_id: string;
  readonly slug: string;
  readonly name: string;
  readonly country: string;
  readonly status: string;
}
export const findVendorBySlug = statement<VendorRow>(
  'catalog.find-vendor-by-slug',
  `SELECT vendor_id, slug, name, country, status FROM catalog_vendors WHERE slug = $1
   ORDER BY seq DESC LIMIT 1`,
);
