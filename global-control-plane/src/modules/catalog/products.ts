import { createHash } from 'node:crypto';
import type { ProductDocument, ProductInput, VariantDocument } from '@commerce/contracts/catalog';
import { newGlobalId } from '@commerce/contracts/ids';
import { isUniqueViolation, type SqlReader } from '@commerce/engines/sql/sql';
import type { NewChange } from './changes-store.ts';
import {
  findCategoryHandles,
  findMediaHashes,
  findVariantsBySku,
  lockProduct,
  lockProductsByHandles,
  type ProductRow,
  type ProductWrite,
  retireOtherVariants,
  type VariantRow,
  writeProducts,
  writeVariants,
} from './store.ts';
import {
  canonicalJson,
  type FieldProblem,
  findProblems,
  type KnownReferences,
} from './validation.ts';

/**
 * Writes products in batches: one product by the API and a hundred of an import go the same way.
 * All of a batch is read with a few statements, judged in memory, and written with a few more.
 */

export interface ProductToSave {
  readonly vendorId: string;
  readonly input: ProductInput;
  /** `create` refuses a handle in use, `replace` names the product, `upsert` goes by the handle. */
  readonly mode:
    | { readonly kind: 'create' }
    | { readonly kind: 'upsert' }
    | { readonly kind: 'replace'; readonly productId: string };
}

export interface SavedProduct {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly document: ProductDocument;
  readonly version: bigint;
}

export type SaveResult =
  | { readonly saved: SavedProduct }
  | { readonly problems: readonly FieldProblem[] };

interface Batch {
  readonly references: KnownReferences;
  readonly byHandle: Map<string, ProductRow>;
  readonly variants: Map<string, VariantRow>;
}

const variantKey = (vendorId: string, sku: string): string => `${vendorId} ${sku}`;

const hashOf = (canonical: string): string => createHash('sha256').update(canonical).digest('hex');

async function readBatch(sql: SqlReader, items: readonly ProductToSave[]): Promise<Batch> {
  const inputs = items.map(({ input }) => input);
  const handles = [...new Set(inputs.map(({ handle }) => handle))];
  const skus = items.flatMap(({ vendorId, input }) =>
    input.variants.map(({ sku }) => ({ vendorId, sku })),
  );
  // Sent together: they share one round trip.
  const [products, variants, categories, media] = await Promise.all([
    lockProductsByHandles(sql, handles),
    findVariantsBySku(sql, skus),
    findCategoryHandles(sql, [...new Set(inputs.flatMap((input) => input.categories))]),
    findMediaHashes(sql, [...new Set(inputs.flatMap(({ media: all }) => all.map((m) => m.hash)))]),
  ]);
  return {
    references: { categories, media },
    byHandle: new Map(products.map((row) => [row.handle, row])),
    variants: new Map(variants.map((row) => [variantKey(row.vendor_id, row.sku), row])),
  };
}

const join = (a: KnownReferences, b: KnownReferences): KnownReferences => ({
  categories: new Set([...a.categories, ...b.categories]),
  media: new Set([...a.media, ...b.media]),
});

const conflict = (field: string, detail: string): FieldProblem => ({
  code: 'conflict',
  field,
  detail,
});

/** The present row that an item is to change; undefined for a new product. */
async function findTarget(
  sql: SqlReader,
  item: ProductToSave,
  batch: Batch,
): Promise<{ row: ProductRow | undefined } | { problem: FieldProblem }> {
  const holder = batch.byHandle.get(item.input.handle);
  const taken = conflict('handle', 'Another product has this handle.');
  switch (item.mode.kind) {
    case 'create':
      return holder === undefined ? { row: undefined } : { problem: taken };
    case 'upsert':
      return holder !== undefined && holder.vendor_id !== item.vendorId
        ? { problem: taken }
        : { row: holder };
    case 'replace': {
      const { productId } = item.mode;
      if (holder !== undefined && holder.id !== productId) return { problem: taken };
      return { row: holder ?? (await lockProduct(sql, productId)) };
    }
  }
}

interface Draft {
  readonly isNew: boolean;
  readonly write: ProductWrite;
  readonly document: ProductDocument;
  readonly variants: readonly Omit<VariantRow, 'active'>[];
}

/** Builds what is to be written; reports SKUs that another product of the vendor holds. */
function draftProduct(
  item: ProductToSave,
  row: ProductRow | undefined,
  batch: Batch,
  context: { readonly inputHash: string; readonly now: Date },
): Draft | readonly FieldProblem[] {
  const { input, vendorId } = item;
  const { now, inputHash } = context;
  const productId = row?.id ?? newGlobalId('prd');
  const problems: FieldProblem[] = [];
  const variants = input.variants.map((variant, index): VariantDocument => {
    const known = batch.variants.get(variantKey(vendorId, variant.sku));
    if (known !== undefined && known.product_id !== productId) {
      const detail = `Another product of yours has the SKU "${variant.sku}".`;
      problems.push(conflict(`variants/${index}/sku`, detail));
    }
    return { ...variant, id: known?.id ?? newGlobalId('var') };
  });
  if (problems.length > 0) return problems;
  const document: ProductDocument = {
    ...input,
    id: productId,
    vendorId,
    variants,
    createdAt: (row?.created_at ?? now).toISOString(),
    updatedAt: now.toISOString(),
  };
  const { handle, status } = input;
  const text = JSON.stringify(document);
  return {
    isNew: row === undefined,
    document,
    write: { id: productId, vendorId, handle, status, document: text, inputHash, changedAt: now },
    variants: variants.map((variant) => ({
      id: variant.id,
      product_id: productId,
      vendor_id: vendorId,
      sku: variant.sku,
      markets: [...new Set(variant.prices.map((price) => price.market))].join(','),
    })),
  };
}

/** Later items of the batch see what earlier ones take: handles and SKUs. */
function remember(batch: Batch, draft: Draft, version: bigint): void {
  const { write } = draft;
  batch.byHandle.set(write.handle, {
    id: write.id,
    vendor_id: write.vendorId,
    handle: write.handle,
    status: write.status,
    document: write.document,
    input_hash: write.inputHash,
    version,
    created_at: new Date(draft.document.createdAt),
  });
  for (const row of draft.variants) {
    batch.variants.set(variantKey(row.vendor_id, row.sku), { ...row, active: true });
  }
}

/** What counts as there although it is not written yet, and whether anything is to be written. */
export interface SaveTerms {
  /** Judges only: the results are the same and nothing changes. */
  readonly dryRun?: boolean;
  readonly assumed?: KnownReferences;
}

/**
 * Saves products in a transaction. Those with a problem are left out and reported; the others are
 * written. The changes for the feed are returned, to be recorded as the transaction's last act.
 * @throws SqlError of a unique key where another transaction takes a handle or SKU meanwhile
 */
export async function saveProducts(
  transaction: SqlReader,
  items: readonly ProductToSave[],
  now: Date,
  { dryRun = false, assumed }: SaveTerms = {},
): Promise<{ readonly results: readonly SaveResult[]; readonly changes: readonly NewChange[] }> {
  const read = await readBatch(transaction, items);
  const batch =
    assumed === undefined ? read : { ...read, references: join(read.references, assumed) };
  const drafts = new Map<string, Draft>();
  const results: SaveResult[] = [];
  for (const item of items) {
    const canonical = canonicalJson(item.input);
    const problems = findProblems(item.input, canonical, batch.references);
    if (problems.length > 0) {
      results.push({ problems });
      continue;
    }
    const target = await findTarget(transaction, item, batch);
    if ('problem' in target) {
      results.push({ problems: [target.problem] });
      continue;
    }
    const { row } = target;
    const inputHash = hashOf(canonical);
    if (row !== undefined && row.input_hash === inputHash) {
      const document = JSON.parse(row.document) as ProductDocument;
      results.push({ saved: { outcome: 'unchanged', document, version: row.version } });
      continue;
    }
    const draft = draftProduct(item, row, batch, { inputHash, now });
    if (!('write' in draft)) {
      results.push({ problems: draft });
      continue;
    }
    // A product that comes twice in a batch is written once, as it was given last.
    const again = drafts.get(draft.write.id);
    const version = again === undefined ? (row?.version ?? 0n) + 1n : (row?.version ?? 1n);
    drafts.set(draft.write.id, { ...draft, isNew: again?.isNew ?? draft.isNew });
    remember(batch, draft, version);
    const outcome = row === undefined ? 'created' : 'updated';
    results.push({ saved: { outcome, document: draft.document, version } });
  }
  if (dryRun) return { results, changes: [] };
  await writeDrafts(transaction, [...drafts.values()]);
  const changes = [...drafts.values()].map(({ write }): NewChange => {
    return { kind: 'product', id: write.id, document: write.document };
  });
  return { results, changes };
}

async function writeDrafts(transaction: SqlReader, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return;
  const variants = drafts.flatMap((draft) => draft.variants);
  await Promise.all([
    writeProducts(
      transaction,
      drafts.map(({ write }) => write),
    ),
    writeVariants(transaction, variants),
  ]);
  const replaced = drafts.filter(({ isNew }) => !isNew);
  if (replaced.length === 0) return;
  await retireOtherVariants(
    transaction,
    replaced.map(({ write }) => write.id),
    replaced.flatMap((draft) => draft.variants.map(({ id }) => id)),
  );
}

/** What a unique violation while saving means to the client; undefined for any other error. */
export function problemOfRace(error: unknown): FieldProblem | undefined {
  if (isUniqueViolation(error, 'products_handle')) {
    return conflict('handle', 'Another product has this handle.');
  }
  if (isUniqueViolation(error, 'variants_sku')) {
    return conflict('variants', 'Another product of yours has one of these SKUs.');
  }
  return undefined;
}
