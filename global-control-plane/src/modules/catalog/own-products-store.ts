import type { LocalizedText } from '@commerce/contracts/catalog';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { ProductRow, VariantRow } from './store.ts';

/** SQL of the lists in which vendors look for products and variants of their own. */

/** What a vendor typed into a search field. */
export interface TypedText {
  /** Patterns of LIKE, all of which have to fit. */
  readonly patterns: readonly string[];
  /** Beginning of a SKU; empty where nothing was typed. */
  readonly skuStart: string;
}

const WORDS_MAX = 6;
/** Sorts after every character that a SKU may have. */
const AFTER_ALL = '\u{10FFFF}';

/** Reads what was typed: each word somewhere in handle or titles, or the beginning of a SKU. */
export function readTypedText(text: string | undefined): TypedText {
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, WORDS_MAX);
  return {
    patterns: words.map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`),
    skuStart: text?.trim() ?? '',
  };
}

const BY_TEXT = `(search_text LIKE ALL($4::text[]) OR ($5 <> '' AND id IN (
     SELECT product_id FROM variants WHERE vendor_id = $1 AND sku >= $5 AND sku < $6)))`;

const pageOfProducts = statement<ProductRow & { readonly updated_at: Date }>(
  'products.search_own',
  `SELECT id, vendor_id, handle, status, document, input_hash, version, created_at, updated_at
   FROM products
   WHERE vendor_id = $1 AND id < $2 AND status = ANY($3) AND ${BY_TEXT}
   ORDER BY id DESC LIMIT $7`,
);
/** A vendor's products, newest first, beginning before an id. */
export const searchProducts = (
  sql: SqlReader,
  vendorId: string,
  page: {
    readonly before: string;
    readonly statuses: readonly string[];
    readonly typed: TypedText;
    readonly limit: number;
  },
) => {
  const { patterns, skuStart } = page.typed;
  const range = [skuStart, `${skuStart}${AFTER_ALL}`];
  return sql.query(pageOfProducts, [
    vendorId,
    page.before,
    page.statuses,
    patterns,
    ...range,
    page.limit,
  ]);
};

const pageOfVariants = statement<VariantRow>(
  'variants.search_own',
  `SELECT v.id, v.product_id, v.vendor_id, v.sku, v.active, v.markets
   FROM variants AS v JOIN products AS p ON p.id = v.product_id
   WHERE v.vendor_id = $1 AND v.sku > $2 AND v.active AND p.status <> 'archived'
     AND (p.search_text LIKE ALL($3::text[]) OR ($4 <> '' AND v.sku >= $4 AND v.sku < $5))
   ORDER BY v.sku LIMIT $6`,
);
/** A vendor's variants of today, in the order of their SKUs, beginning after one. */
export const searchVariants = (
  sql: SqlReader,
  vendorId: string,
  page: { readonly after: string; readonly typed: TypedText; readonly limit: number },
) => {
  const { patterns, skuStart } = page.typed;
  const range = [skuStart, `${skuStart}${AFTER_ALL}`];
  return sql.query(pageOfVariants, [vendorId, page.after, patterns, ...range, page.limit]);
};

const documents = statement<{ id: string; document: string }>(
  'products.documents',
  'SELECT id, document FROM products WHERE id = ANY($1)',
);
/** JSON text of products' documents, by id. */
export const findDocuments = async (sql: SqlReader, ids: readonly string[]) =>
  new Map((await sql.query(documents, [ids])).map(({ id, document }) => [id, document]));

const titlesOfVariants = statement<{ id: string; titles: LocalizedText }>(
  'products.titles_of_variants',
  `SELECT v.id, CAST(p.document AS jsonb) -> 'titles' AS titles
   FROM variants AS v JOIN products AS p ON p.id = v.product_id
   WHERE v.vendor_id = $1 AND v.id = ANY($2::text[])`,
);
/** Titles of the products of a vendor's variants, by variant. */
export const findTitles = async (sql: SqlReader, vendorId: string, variantIds: readonly string[]) =>
  new Map(
    (await sql.query(titlesOfVariants, [vendorId, variantIds])).map(({ id, titles }) => [
      id,
      titles,
    ]),
  );
