import type {
  CatalogChange,
  CategoryDocument,
  ProductDocument,
  VendorDocument,
} from '@commerce/contracts/catalog';
import type { SqlReader } from '@commerce/engines/sql/sql';
import * as sql from './statements.ts';

/** Writes a batch of the feed; the order of the feed decides, never the order of arrival. */

/** Another module that keeps a part of the feed; it writes in the batch's own transaction. */
export interface ChangeApplier {
  /** Does what must not happen inside a transaction, such as writing files; may be repeated. */
  prepare?(changes: readonly CatalogChange[]): Promise<void>;
  apply(transaction: SqlReader, changes: readonly CatalogChange[]): Promise<void>;
  /** Called once the batch is committed: what is cached of these documents is old. */
  applied(changes: readonly CatalogChange[]): void;
}

export interface AppliedBatch {
  /** The changes that were newer than what the cell had. */
  readonly effective: readonly CatalogChange[];
  readonly productIds: ReadonlySet<string>;
  readonly variantIds: ReadonlySet<string>;
  readonly vendorIds: ReadonlySet<string>;
  readonly categories: boolean;
}

type ChangeOf<Kind extends CatalogChange['kind']> = Extract<CatalogChange, { kind: Kind }>;
type Written<Document> = { readonly seq: number; readonly document: Document };

/** Rows of one statement, so that no statement comes near the database's time-out. */
const ROWS_PER_STATEMENT = 2_000;

/** The last change of each thing: earlier ones of the same batch are overtaken. */
function latestOf(changes: readonly CatalogChange[]): CatalogChange[] {
  const latest = new Map<string, CatalogChange>();
  for (const change of changes) {
    const key = `${change.kind} ${change.id}`;
    const known = latest.get(key);
    if (known === undefined || known.seq < change.seq) latest.set(key, change);
  }
  return [...latest.values()];
}

function split<Document>(
  changes: readonly { seq: number; id: string; document: Document | null }[],
): {
  written: Written<Document>[];
  deleted: { id: string; seq: number }[];
} {
  const written: Written<Document>[] = [];
  const deleted: { id: string; seq: number }[] = [];
  for (const { seq, id, document } of changes) {
    if (document === null) deleted.push({ id, seq });
    else written.push({ seq, document });
  }
  return { written, deleted };
}

function column<Row, Value>(rows: readonly Row[], read: (row: Row) => Value): Value[] {
  return rows.map(read);
}

const json = JSON.stringify;

async function applyVendors(
  transaction: SqlReader,
  changes: readonly ChangeOf<'vendor'>[],
): Promise<Set<string>> {
  const { written, deleted } = split<VendorDocument>(changes);
  const upserted = transaction.query(sql.upsertVendors, [
    column(written, ({ document }) => document.id),
    column(written, ({ document }) => document.slug),
    column(written, ({ document }) => document.name),
    column(written, ({ document }) => document.country),
    column(written, ({ document }) => document.status),
    column(written, ({ seq }) => seq),
  ]);
  const suspended = transaction.query(sql.suspendVendors, [
    column(deleted, ({ id }) => id),
    column(deleted, ({ seq }) => seq),
  ]);
  const [rows, gone] = await Promise.all([upserted, suspended]);
  return new Set([...rows, ...gone].map((row) => row.vendor_id));
}

async function applyCategories(
  transaction: SqlReader,
  changes: readonly ChangeOf<'category'>[],
): Promise<Set<string>> {
  const { written, deleted } = split<CategoryDocument>(changes);
  const upserted = transaction.query(sql.upsertCategories, [
    column(written, ({ document }) => document.id),
    column(written, ({ document }) => document.handle),
    column(written, ({ document }) => document.parent ?? ''),
    column(written, ({ document }) => json(document.names)),
    column(written, ({ document }) => document.position),
    column(written, ({ seq }) => seq),
  ]);
  const removed = transaction.query(sql.deleteCategories, [
    column(deleted, ({ id }) => id),
    column(deleted, ({ seq }) => seq),
  ]);
  const [rows, gone] = await Promise.all([upserted, removed]);
  return new Set([...rows, ...gone].map((row) => row.category_id));
}

function marketsOf(product: ProductDocument): string[] {
  return [...new Set(product.variants.flatMap(({ prices }) => prices.map(({ market }) => market)))];
}

async function applyProducts(
  transaction: SqlReader,
  changes: readonly ChangeOf<'product'>[],
): Promise<{ ids: Set<string>; variantIds: string[] }> {
  const { written, deleted } = split<ProductDocument>(changes);
  const upserted = transaction.query(sql.upsertProducts, [
    column(written, ({ document }) => document.id),
    column(written, ({ document }) => document.handle),
    column(written, ({ document }) => document.vendorId),
    column(written, ({ document }) => document.status),
    column(written, ({ document }) => json(document.titles)),
    column(written, ({ document }) => json(document.descriptions)),
    column(written, ({ document }) => json(document.options)),
    column(written, ({ document }) => json(document.attributes)),
    column(written, ({ document }) => json(document.media)),
    column(written, ({ document }) => json(document.categories)),
    column(written, ({ document }) => json(marketsOf(document))),
    column(written, ({ document }) => document.createdAt),
    column(written, ({ document }) => document.updatedAt),
    column(written, ({ seq }) => seq),
  ]);
  const archived = transaction.query(sql.archiveProducts, [
    column(deleted, ({ id }) => id),
    column(deleted, ({ seq }) => seq),
  ]);
  const [rows, gone] = await Promise.all([upserted, archived]);
  const ids = new Set(rows.map((row) => row.product_id));
  const documents = written.flatMap(({ document }) => (ids.has(document.id) ? [document] : []));
  for (const row of gone) ids.add(row.product_id);
  const before = await transaction.query(sql.deleteVariantsOfProducts, [[...ids]]);
  await insertChildren(transaction, documents, [...ids]);
  const after = documents.flatMap(({ variants }) => variants.map((variant) => variant.id));
  return { ids, variantIds: [...before.map((row) => row.variant_id), ...after] };
}

async function insertChildren(
  transaction: SqlReader,
  documents: readonly ProductDocument[],
  ids: readonly string[],
): Promise<void> {
  const variants = documents.flatMap((document) =>
    document.variants.map((variant, position) => ({ productId: document.id, position, variant })),
  );
  for (let from = 0; from < variants.length; from += ROWS_PER_STATEMENT) {
    const rows = variants.slice(from, from + ROWS_PER_STATEMENT);
    await transaction.query(sql.insertVariants, [
      column(rows, ({ variant }) => variant.id),
      column(rows, ({ productId }) => productId),
      column(rows, ({ position }) => position),
      column(rows, ({ variant }) => variant.sku),
      column(rows, ({ variant }) => json(variant.options)),
      column(rows, ({ variant }) => variant.weightGrams),
    ]);
  }
  const memberships = documents.flatMap((document) =>
    document.categories.map((category) => ({ category, productId: document.id })),
  );
  await transaction.query(sql.deleteProductCategories, [ids]);
  for (let from = 0; from < memberships.length; from += ROWS_PER_STATEMENT) {
    const rows = memberships.slice(from, from + ROWS_PER_STATEMENT);
    await transaction.query(sql.insertProductCategories, [
      column(rows, ({ category }) => category),
      column(rows, ({ productId }) => productId),
    ]);
  }
}

/** Handles of these categories and of all below them. */
export function withDescendants(
  handles: Iterable<string>,
  tree: readonly { readonly handle: string; readonly parent: string | null }[],
): string[] {
  const found = new Set(handles);
  // A tree is a few levels deep; a pass that adds nothing ends it, a circle in the data too.
  for (let sizeBefore = -1; found.size !== sizeBefore; ) {
    sizeBefore = found.size;
    for (const { handle, parent } of tree) {
      if (parent !== null && found.has(parent)) found.add(handle);
    }
  }
  return [...found];
}

/** Products that show a vendor's or a category's name are touched by its change. */
async function touchDependents(
  transaction: SqlReader,
  vendors: { readonly ids: ReadonlySet<string>; readonly seq: number },
  categories: { readonly handles: readonly string[]; readonly seq: number },
): Promise<string[]> {
  const touched: string[] = [];
  if (vendors.ids.size > 0) {
    const values = [[...vendors.ids], vendors.seq];
    const rows = await transaction.query(sql.touchProductsOfVendors, values);
    touched.push(...rows.map((row) => row.product_id));
  }
  if (categories.handles.length > 0) {
    const tree = await transaction.query(sql.listCategories);
    const handles = withDescendants(categories.handles, tree);
    const values = [handles, categories.seq];
    const rows = await transaction.query(sql.touchProductsOfCategories, values);
    touched.push(...rows.map((row) => row.product_id));
  }
  return touched;
}

function ofKind<Kind extends CatalogChange['kind']>(
  changes: readonly CatalogChange[],
  kind: Kind,
): ChangeOf<Kind>[] {
  return changes.filter((change): change is ChangeOf<Kind> => change.kind === kind);
}

function highestSeq(changes: readonly CatalogChange[]): number {
  return changes.reduce((highest, { seq }) => Math.max(highest, seq), 0);
}

/**
 * Applies a batch within a transaction; what the cell has already in a newer form is left alone.
 * @returns what was changed by it
 */
export async function applyBatch(
  transaction: SqlReader,
  changes: readonly CatalogChange[],
  appliers: readonly ChangeApplier[],
): Promise<AppliedBatch> {
  const latest = latestOf(changes);
  const vendors = ofKind(latest, 'vendor');
  const categories = ofKind(latest, 'category');
  const vendorIds =
    vendors.length > 0 ? await applyVendors(transaction, vendors) : new Set<string>();
  const categoryIds =
    categories.length > 0 ? await applyCategories(transaction, categories) : new Set<string>();
  const products = ofKind(latest, 'product');
  const applied =
    products.length > 0
      ? await applyProducts(transaction, products)
      : { ids: new Set<string>(), variantIds: [] };
  const effective = latest.filter(({ kind, id }) => {
    if (kind === 'vendor') return vendorIds.has(id);
    if (kind === 'category') return categoryIds.has(id);
    return kind === 'product' ? applied.ids.has(id) : true;
  });
  const touched = await touchDependents(
    transaction,
    { ids: vendorIds, seq: highestSeq(vendors) },
    {
      handles: categories.flatMap(({ document }) => (document === null ? [] : [document.handle])),
      seq: highestSeq(categories),
    },
  );
  for (const applier of appliers) await applier.apply(transaction, effective);
  return {
    effective,
    productIds: new Set([...applied.ids, ...touched]),
    variantIds: new Set(applied.variantIds),
    vendorIds,
    categories: categoryIds.size > 0,
  };
}
