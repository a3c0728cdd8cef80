import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** SQL of products, variants and categories. */

export interface ProductRow {
  readonly id: string;
  readonly vendor_id: string;
  readonly handle: string;
  readonly status: string;
  /** JSON text of the ProductDocument. */
  readonly document: string;
  /** SHA-256 of the input that the document was made from. */
  readonly input_hash: string;
  readonly version: bigint;
  readonly created_at: Date;
}

export interface VariantRow {
  readonly id: string;
  readonly product_id: string;
  readonly vendor_id: string;
  readonly sku: string;
  readonly active: boolean;
  /** Ids of the markets with a price, joined by commas. */
  readonly markets: string;
}

const PRODUCT_COLUMNS = 'id, vendor_id, handle, status, document, input_hash, version, created_at';
const VARIANT_COLUMNS = 'id, product_id, vendor_id, sku, active, markets';

const byHandles = statement<ProductRow>(
  'products.lock_by_handles',
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE handle = ANY($1) ORDER BY handle FOR UPDATE`,
);
export const lockProductsByHandles = (sql: SqlReader, handles: readonly string[]) =>
  sql.query(byHandles, [handles]);

const lockById = statement<ProductRow>(
  'products.lock',
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = $1 FOR UPDATE`,
);
export const lockProduct = async (sql: SqlReader, id: string) =>
  (await sql.query(lockById, [id]))[0];

const byId = statement<ProductRow>(
  'products.find',
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = $1`,
);
export const findProduct = async (sql: SqlReader, id: string) => (await sql.query(byId, [id]))[0];

const pageOfVendor = statement<ProductRow>(
  'products.list',
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE vendor_id = $1 AND id < $2
   ORDER BY id DESC LIMIT $3`,
);
/** Newest first: ids grow with time. */
export const listProducts = (sql: SqlReader, vendorId: string, before: string, limit: number) =>
  sql.query(pageOfVendor, [vendorId, before, limit]);

const anyProduct = statement<{ id: string }>(
  'products.any',
  'SELECT id FROM products ORDER BY id LIMIT 1',
);
export const hasProducts = async (sql: SqlReader) => (await sql.query(anyProduct)).length > 0;

const knownHandles = statement<{ handle: string }>(
  'products.known_handles',
  'SELECT handle FROM products WHERE handle = ANY($1)',
);
export const findProductHandles = async (sql: SqlReader, handles: readonly string[]) =>
  new Set((await sql.query(knownHandles, [handles])).map(({ handle }) => handle));

const upsertProducts = statement(
  'products.write',
  `INSERT INTO products
     (id, vendor_id, handle, status, document, input_hash, version, created_at, updated_at)
   SELECT id, vendor_id, handle, status, document, input_hash, 1, changed_at, changed_at
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
     $7::timestamptz[])
     AS given (id, vendor_id, handle, status, document, input_hash, changed_at)
   ON CONFLICT (id) DO UPDATE SET
     handle = excluded.handle, status = excluded.status, document = excluded.document,
     input_hash = excluded.input_hash, version = products.version + 1,
     updated_at = excluded.updated_at`,
);
export interface ProductWrite {
  readonly id: string;
  readonly vendorId: string;
  readonly handle: string;
  readonly status: string;
  readonly document: string;
  readonly inputHash: string;
  readonly changedAt: Date;
}
/** Inserts, or replaces by id with the next version. */
export const writeProducts = (sql: SqlReader, rows: readonly ProductWrite[]) =>
  sql.query(upsertProducts, [
    rows.map((row) => row.id),
    rows.map((row) => row.vendorId),
    rows.map((row) => row.handle),
    rows.map((row) => row.status),
    rows.map((row) => row.document),
    rows.map((row) => row.inputHash),
    rows.map((row) => row.changedAt.toISOString()),
  ]);

const variantsBySku = statement<VariantRow>(
  'variants.find_by_sku',
  `SELECT v.id, v.product_id, v.vendor_id, v.sku, v.active, v.markets
   FROM unnest($1::text[], $2::text[]) AS given (vendor_id, sku)
   JOIN variants AS v ON v.vendor_id = given.vendor_id AND v.sku = given.sku`,
);
export const findVariantsBySku = (
  sql: SqlReader,
  keys: readonly { readonly vendorId: string; readonly sku: string }[],
) => sql.query(variantsBySku, [keys.map(({ vendorId }) => vendorId), keys.map(({ sku }) => sku)]);

const variantsById = statement<VariantRow>(
  'variants.find',
  `SELECT ${VARIANT_COLUMNS} FROM variants WHERE id = ANY($1)`,
);
export const findVariants = (sql: SqlReader, ids: readonly string[]) =>
  sql.query(variantsById, [ids]);

const retireVariants = statement(
  'variants.retire',
  'UPDATE variants SET active = false WHERE product_id = ANY($1) AND active AND id <> ALL($2)',
);
/** Marks the variants that these products no longer have. */
export const retireOtherVariants = (
  sql: SqlReader,
  productIds: readonly string[],
  keptIds: readonly string[],
) => sql.query(retireVariants, [productIds, keptIds]);

const upsertVariants = statement(
  'variants.write',
  `INSERT INTO variants (id, product_id, vendor_id, sku, active, markets)
   SELECT id, product_id, vendor_id, sku, true, markets
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS given (id, product_id, vendor_id, sku, markets)
   ON CONFLICT (id) DO UPDATE SET active = true, markets = excluded.markets`,
);
export const writeVariants = (sql: SqlReader, rows: readonly Omit<VariantRow, 'active'>[]) =>
  sql.query(upsertVariants, [
    rows.map((row) => row.id),
    rows.map((row) => row.product_id),
    rows.map((row) => row.vendor_id),
    rows.map((row) => row.sku),
    rows.map((row) => row.markets),
  ]);

export interface CategoryRow {
  readonly id: string;
  readonly handle: string;
  readonly parent: string | null;
  /** JSON text of the names by language. */
  readonly names: string;
  readonly position: number;
}

const knownCategories = statement<{ handle: string }>(
  'categories.known',
  'SELECT handle FROM categories WHERE handle = ANY($1)',
);
export const findCategoryHandles = async (sql: SqlReader, handles: readonly string[]) =>
  new Set((await sql.query(knownCategories, [handles])).map(({ handle }) => handle));

const allCategories = statement<CategoryRow>(
  'categories.list',
  'SELECT id, handle, parent, names, position FROM categories ORDER BY position, handle LIMIT $1',
);
export const listCategories = (sql: SqlReader, limit: number) => sql.query(allCategories, [limit]);

const upsertCategory = statement<CategoryRow>(
  'categories.write',
  `INSERT INTO categories (id, handle, parent, names, position) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (handle) DO UPDATE SET
     parent = excluded.parent, names = excluded.names, position = excluded.position
   RETURNING id, handle, parent, names, position`,
);
/** Inserts, or replaces by handle and keeps the id. */
export const writeCategory = async (sql: SqlReader, row: CategoryRow) =>
  (
    await sql.query(upsertCategory, [row.id, row.handle, row.parent, row.names, row.position])
  )[0] as CategoryRow;

const knownMedia = statement<{ hash: string }>(
  'media.known',
  'SELECT hash FROM media WHERE hash = ANY($1)',
);
export const findMediaHashes = async (sql: SqlReader, hashes: readonly string[]) =>
  new Set((await sql.query(knownMedia, [hashes])).map(({ hash }) => hash));

export interface MediaWrite {
  readonly hash: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly vendorId: string;
}
const insertMedia = statement<{ hash: string }>(
  'media.write',
  `INSERT INTO media (hash, content_type, bytes, vendor_id, created_at)
   SELECT hash, content_type, bytes, vendor_id, now()
   FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[])
     AS given (hash, content_type, bytes, vendor_id)
   ON CONFLICT (hash) DO NOTHING
   RETURNING hash`,
);
/** Inserts those that are new, and returns their hashes. */
export const writeMedia = async (sql: SqlReader, rows: readonly MediaWrite[]) =>
  new Set(
    (
      await sql.query(insertMedia, [
        rows.map((row) => row.hash),
        rows.map((row) => row.contentType),
        rows.map((row) => row.bytes),
        rows.map((row) => row.vendorId),
      ])
    ).map(({ hash }) => hash),
  );
