import { Compile } from 'typebox/compile';
import { ProductInput } from '@commerce/contracts/catalog';
import type { ImportOptions, ImportPreview } from '@commerce/contracts/catalog-imports';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { problemOfRace, type SaveResult } from '../products.ts';
import type { BundleToSave, CatalogService } from '../service.ts';
import { type Finding, toFinding } from './findings.ts';
import { writeFindings } from './findings-store.ts';
import { readFile } from './file-store.ts';
import { createPriceList } from './prices.ts';
import { createCategoryMap, FALLBACK_CATEGORY } from './shopify/categories.ts';
import type { ShopifyColumns } from './shopify/columns.ts';
import { groupRows, type RowEvent } from './shopify/group-rows.ts';
import { type LookThrough, lookThrough } from './shopify/look-through.ts';
import { readProduct, type ReadProduct, type ShopifyContext } from './shopify/product.ts';
import { findingOfProblem, previewOf } from './shopify/report.ts';
import { type ImportProgress, type ImportRow, noteProgress, renewLease } from './store.ts';

/** Works a file off: two readings, products in groups, each group one transaction with its progress. */

/** Thrown where an import is no longer this runner's: cancelled, or taken over. */
export class ImportTaken extends Error {}
/** Thrown where the process ends; the import goes on at the next start. */
export class ImportPaused extends Error {}

export interface RunDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly catalog: CatalogService;
  readonly runner: string;
}

/** A runner that does not come back for this long has lost its import to another one. */
export const LEASE_MS = 15_000;
/** Products of one transaction: large enough to share its cost, small enough to let others in. */
const GROUP_PRODUCTS = 100;
const GROUP_VARIANTS_MAX = 1_000;
const PREVIEWS_MAX = 20;
/** Attempts at a group whose handles or SKUs others take meanwhile. */
const ATTEMPTS_MAX = 3;

const inputSchema = Compile(ProductInput);

/** A product that was read, or that can't be saved. */
interface Item {
  readonly at: number;
  readonly product: ReadProduct;
  readonly findings: readonly Finding[];
  readonly isWrong: boolean;
}

interface Batch {
  items: Item[];
  strays: Finding[];
  /** Records that are done once the batch is. */
  rows: number;
}

function schemaFinding(product: ReadProduct, columns: ShopifyColumns): Finding | undefined {
  if (inputSchema.Check(product.input)) return undefined;
  const [first] = inputSchema.Errors(product.input);
  const field = first?.instancePath.slice(1) ?? '';
  const detail = `It ${first?.message ?? 'is wrong'}.`;
  return findingOfProblem(product, columns, { code: 'unprocessable', field, detail });
}

function toItem(event: Extract<RowEvent, { group: unknown }>, context: ShopifyContext): Item {
  const { handle, rows, findings } = event.group;
  const product = readProduct(handle, rows, context);
  const own = { handle: product.input.handle };
  const all = [...findings, ...product.findings].map((finding) => toFinding(finding, own));
  const isRefused = all.some(({ severity }) => severity === 'error');
  const misfit = isRefused ? undefined : schemaFinding(product, context.columns);
  return {
    at: event.at,
    product,
    findings: misfit === undefined ? all : [...all, misfit],
    isWrong: isRefused || misfit !== undefined,
  };
}

/** How far the import was when this run began, and what it adds. */
function createTally(row: ImportRow) {
  const progress: ImportProgress = {
    created: row.created,
    updated: row.updated,
    unchanged: row.unchanged,
    failed: row.failed,
    errors: row.error_count,
    warnings: row.warning_count,
    rowsDone: row.rows_done,
  };
  const previews = JSON.parse(row.preview) as ImportPreview[];
  return { progress, previews };
}

/**
 * Works an import off, or goes on with it where it stopped.
 * @throws FileFault where the file can't be read, ImportTaken, ImportPaused, AppError `unavailable`
 */
export async function runCsvImport(
  deps: RunDeps,
  row: ImportRow,
  signal: AbortSignal,
): Promise<void> {
  const { sql, clock, catalog, runner } = deps;
  const options = JSON.parse(row.options) as ImportOptions & { readonly currency: string };
  const read = () => readFile(sql, row.file_id ?? row.id, Number(row.bytes));
  const startedMs = clock.nowMs();
  const leaseUntil = (): Date => new Date(clock.nowMs() + LEASE_MS);
  let renewedMs = startedMs;
  const stayOwner = async (): Promise<void> => {
    if (signal.aborted) throw new ImportPaused();
    if (clock.nowMs() - renewedMs < LEASE_MS / 5) return;
    renewedMs = clock.nowMs();
    if (!(await renewLease(sql, row.id, runner, leaseUntil()))) throw new ImportTaken();
  };

  const seen = await lookThrough(read(), stayOwner);
  const context = await contextOf(deps, options, seen.columns);
  const { progress, previews } = createTally(row);
  const save = createSaver(deps, row, context);

  const commit = async (batch: Batch): Promise<void> => {
    await stayOwner();
    await save.makeCategories();
    const next = { ...progress, rowsDone: batch.rows };
    const outcomes = await save.group(batch.items, async (transaction, results) => {
      const found = [...batch.strays];
      results.forEach((result, index) => {
        const item = batch.items[index] as Item;
        found.push(...item.findings);
        if ('saved' in result) next[result.saved.outcome] += 1;
        else {
          next.failed += 1;
          const [problem] = result.problems;
          if (problem) found.push(findingOfProblem(item.product, seen.columns, problem));
        }
      });
      const errors = found.filter(({ severity }) => severity === 'error').length;
      next.errors += errors;
      next.warnings += found.length - errors;
      const shown = previewsWith(previews, batch.items, results, context.currency);
      const noted = await noteProgress(transaction, row.id, runner, {
        progress: next,
        rowsTotal: seen.rows,
        preview: JSON.stringify(shown),
        ranMs: Number(row.ran_ms) + clock.nowMs() - startedMs,
        leaseUntil: leaseUntil(),
      });
      if (!noted) throw new ImportTaken();
      await writeFindings(transaction, row.id, progress.errors + progress.warnings, found);
      return shown;
    });
    Object.assign(progress, next);
    previews.splice(0, previews.length, ...outcomes);
  };

  await commitAll(seen, row, {
    events: groupRows(read(), seen),
    toItem: (event) => toItem(event, context),
    commit,
  });
  catalog.announce();
}

function unknownColumns({ unknown }: ShopifyColumns): Finding[] {
  if (unknown.length === 0) return [];
  const names = unknown.map((name) => `"${name.slice(0, 60)}"`).join(', ');
  const detail = `These columns are not known and are passed over: ${names}.`;
  const code = 'unknown-columns';
  return [toFinding({ severity: 'warning', code, line: 1, column: null, detail })];
}

/** Forms the batches of a file and commits them in order. */
async function commitAll(
  seen: LookThrough,
  { rows_done: rowsDone }: ImportRow,
  work: {
    readonly events: AsyncIterable<readonly RowEvent[]>;
    readonly toItem: (event: Extract<RowEvent, { group: unknown }>) => Item;
    readonly commit: (batch: Batch) => Promise<void>;
  },
): Promise<void> {
  // What is to be said of the header is said once, with the first rows.
  const ofHeader = rowsDone === 0 ? unknownColumns(seen.columns) : [];
  let batch: Batch = { items: [], strays: ofHeader, rows: rowsDone };
  let variants = 0;
  let committing: Promise<void> = Promise.resolve();
  /** Commits in order, one at a time; the next batch is read while the database works. */
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = { items: [], strays: [], rows: full.rows };
    variants = 0;
    await committing;
    committing = work.commit(full);
    // It is awaited by the next flush: until then its failure is nobody's.
    committing.catch(() => undefined);
  };
  for await (const events of work.events) {
    for (const event of events) {
      // What was committed before the import stopped is passed over.
      if (event.at < rowsDone) continue;
      batch.rows = event.at + 1;
      if ('stray' in event) batch.strays.push(toFinding(event.stray));
      else {
        const item = work.toItem(event);
        batch.items.push(item);
        variants += item.product.input.variants.length;
      }
      const isFull = batch.items.length >= GROUP_PRODUCTS || batch.strays.length >= GROUP_PRODUCTS;
      if (isFull || variants >= GROUP_VARIANTS_MAX) await flush();
    }
  }
  batch.rows = seen.rows;
  await flush();
  await committing;
}

function previewsWith(
  previews: readonly ImportPreview[],
  items: readonly Item[],
  results: readonly SaveResult[],
  currency: string,
): ImportPreview[] {
  const room = Math.max(0, PREVIEWS_MAX - previews.length);
  return [
    ...previews,
    ...items.slice(0, room).map(({ product }, index) => {
      const result = results[index];
      const outcome = result !== undefined && 'saved' in result ? result.saved.outcome : 'failed';
      return previewOf(product, outcome, currency);
    }),
  ];
}

async function contextOf(
  { catalog }: RunDeps,
  options: ImportOptions & { readonly currency: string },
  columns: ShopifyColumns,
): Promise<ShopifyContext> {
  const { currency, convert, language, handlePrefix, stock } = options;
  const fallback = options.category ?? FALLBACK_CATEGORY.handle;
  return {
    columns,
    currency,
    prices: createPriceList(currency, convert),
    language,
    categories: createCategoryMap(await catalog.listCategories(), {
      fallback,
      make: options.createCategories,
      language,
    }),
    handlePrefix,
    countStock: stock === 'count',
  };
}

/** Saves groups of products; in a dry run it judges them. */
function createSaver({ sql, catalog }: RunDeps, row: ImportRow, context: ShopifyContext) {
  const made = new Set([FALLBACK_CATEGORY.handle]);
  let isFallbackThere = false;

  const saveOnce = <Result>(
    items: readonly Item[],
    note: (transaction: SqlReader, results: readonly SaveResult[]) => Promise<Result>,
  ): Promise<Result> =>
    sql.transaction('imports.group', async (transaction) => {
      const bundles = items
        .filter(({ isWrong }) => !isWrong)
        .map(({ product }): BundleToSave => {
          const { input, onHand } = product;
          return { vendorId: row.vendor_id, input, pictures: [], onHand };
        });
      const terms = { asOf: row.started_at, dryRun: row.dry_run, assumedCategories: made };
      const saved = (await catalog.saveBundles(transaction, bundles, terms)).values();
      const results = items.map(({ isWrong }) =>
        isWrong ? { problems: [] } : (saved.next().value as SaveResult),
      );
      return note(transaction, results);
    });

  return {
    /** Makes the categories that the next group needs; a dry run only remembers them. */
    makeCategories: async (): Promise<void> => {
      const missing = [...context.categories.takeMade()];
      if (!isFallbackThere) {
        const known = await catalog.listCategories();
        const isKnown = known.some(({ handle }) => handle === FALLBACK_CATEGORY.handle);
        if (!isKnown) missing.unshift(FALLBACK_CATEGORY);
        isFallbackThere = true;
      }
      for (const { handle } of missing) made.add(handle);
      if (!row.dry_run && missing.length > 0) await catalog.putCategories(missing);
    },
    group: async <Result>(
      items: readonly Item[],
      note: (transaction: SqlReader, results: readonly SaveResult[]) => Promise<Result>,
    ): Promise<Result> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const result = await saveOnce(items, note);
          if (!row.dry_run) catalog.announce();
          return result;
        } catch (error) {
          // Somebody took a handle or SKU meanwhile: the next attempt sees it and reports that one.
          if (problemOfRace(error) === undefined || attempt === ATTEMPTS_MAX) throw error;
        }
      }
    },
  };
}
