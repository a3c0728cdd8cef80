import { createHash } from 'node:crypto';
import { ProductImportLine } from '@commerce/contracts/catalog';
import type { ImportView } from '@commerce/contracts/catalog-imports';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { Compile } from 'typebox/compile';
import { readPicture } from '../pictures.ts';
import { problemOfRace, type SaveResult } from '../products.ts';
import type { BundleTerms, BundleToSave, CatalogService } from '../service.ts';
import type { Finding } from './findings.ts';
import { writeFindings } from './findings-store.ts';
import { type ImportLine, LINE_BYTES_MAX, readLines } from './jsonl-lines.ts';
import { finishImport, type ImportRow, noteJsonlProgress } from './store.ts';
import { hashing } from './upload.ts';
import { toView } from './view.ts';

/** Imports of JSON lines: worked off while the body arrives, as programs send them. */

/** What is wrong with a line. */
interface LineError {
  readonly line: number;
  readonly code: string;
  readonly field: string | null;
  readonly detail: string;
}

/** Products of one transaction: large enough to share its cost, small enough to let others in. */
const GROUP_LINES = 100;
/** A group ends before its text is larger than this, so that memory is bounded. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024;

const lineSchema = Compile(ProductImportLine);

interface Entry {
  readonly line: number;
  readonly bundle: BundleToSave;
}

function refusalOfLine(line: ImportLine): LineError | undefined {
  if ('text' in line) return undefined;
  const detail =
    line.refusal === 'too-long'
      ? `The line has more than ${LINE_BYTES_MAX} bytes.`
      : 'The line is not UTF-8.';
  return { line: line.number, code: 'malformed-json', field: null, detail };
}

/** Reads a line as a product with its pictures and stock. */
export function readEntry(
  line: { readonly number: number; readonly text: string },
  vendorId: string,
): Entry | LineError {
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch (error) {
    const detail = `The line is not JSON: ${(error as Error).message}`;
    return { line: line.number, code: 'malformed-json', field: null, detail };
  }
  if (!lineSchema.Check(value)) {
    const [first] = lineSchema.Errors(value);
    const detail = `It ${first?.message ?? 'is wrong'}.`;
    const field = first?.instancePath.slice(1) ?? null;
    return { line: line.number, code: 'invalid-request', field, detail };
  }
  try {
    const pictures = (value.pictures ?? []).map(({ contentType, text }, index) =>
      readPicture(contentType, Buffer.from(text), `/pictures/${index}`),
    );
    const onHand = value.onHand ?? {};
    const skus = new Set(value.product.variants.map(({ sku }) => sku));
    const stray = Object.keys(onHand).find((sku) => !skus.has(sku));
    if (stray !== undefined) {
      const detail = 'The product has no variant with this SKU.';
      return { line: line.number, code: 'unprocessable', field: `onHand/${stray}`, detail };
    }
    return { line: line.number, bundle: { vendorId, input: value.product, pictures, onHand } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { field, detail } = error.options;
    return {
      line: line.number,
      code: error.code,
      field: field?.replace(/^\//, '') ?? null,
      detail: detail ?? '',
    };
  }
}

const toFinding = (error: LineError): Finding => ({
  ...error,
  column: null,
  handle: null,
  severity: 'error',
});

interface JsonlDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly catalog: CatalogService;
}

/** Saves a group in one transaction; in a dry run it is judged only. */
async function saveGroup(
  deps: JsonlDeps,
  bundles: readonly BundleToSave[],
  terms: BundleTerms,
): Promise<readonly SaveResult[]> {
  const { sql, catalog } = deps;
  try {
    const results = await sql.transaction('imports.group', (transaction) =>
      catalog.saveBundles(transaction, bundles, terms),
    );
    if (terms.dryRun !== true) catalog.announce();
    return results;
  } catch (error) {
    const problem = problemOfRace(error);
    if (problem === undefined) throw error;
    // One of them lost a race for a handle or SKU: alone, only that one fails.
    if (bundles.length === 1) return [{ problems: [problem] }];
    const results: SaveResult[] = [];
    for (const bundle of bundles) results.push(...(await saveGroup(deps, [bundle], terms)));
    return results;
  }
}

/**
 * Reads a body to its end. Lines that are wrong are reported and the others saved.
 * @throws AppError `payload-too-large`, `unavailable`
 */
export async function runJsonlImport(
  deps: JsonlDeps,
  row: ImportRow,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportView> {
  const { sql, clock } = deps;
  const hash = createHash('sha256');
  const progress = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  const terms = { asOf: row.started_at, dryRun: row.dry_run };
  let lines = 0;
  let bytes = 0;
  let noted = 0;
  let errors: LineError[] = [];
  let group: Entry[] = [];
  let groupBytes = 0;
  const fail = (error: LineError): void => {
    progress.failed += 1;
    errors.push(error);
  };
  const flush = async (): Promise<void> => {
    const entries = group;
    group = [];
    groupBytes = 0;
    if (entries.length > 0) {
      const bundles = entries.map(({ bundle }) => bundle);
      const results = await saveGroup(deps, bundles, terms);
      entries.forEach(({ line }, index) => {
        const result = results[index] as SaveResult;
        if ('saved' in result) progress[result.saved.outcome] += 1;
        else {
          const [problem] = result.problems;
          if (problem !== undefined) fail({ line, ...problem });
        }
      });
    }
    const found = errors.toSorted((a, b) => a.line - b.line).map(toFinding);
    errors = [];
    await writeFindings(sql, row.id, noted, found);
    noted += found.length;
    await noteJsonlProgress(sql, row.id, { progress, lines, bytes, hash: null });
  };
  const end = async (state: 'completed' | 'failed'): Promise<ImportRow> =>
    (await finishImport(sql, row.id, {
      state,
      finishedAt: clock.now(),
      failure: null,
      keepFile: false,
    })) ?? row;
  try {
    for await (const line of readLines(hashing(body, hash, (count) => (bytes = count)))) {
      lines += 1;
      const refusal = refusalOfLine(line);
      if (refusal !== undefined || !('text' in line)) {
        if (refusal !== undefined) fail(refusal);
        continue;
      }
      const entry = readEntry(line, row.vendor_id);
      if ('code' in entry) {
        fail(entry);
        continue;
      }
      group.push(entry);
      groupBytes += line.text.length;
      if (group.length >= GROUP_LINES || groupBytes >= GROUP_BYTES_MAX) await flush();
    }
    await flush();
    await noteJsonlProgress(sql, row.id, { progress, lines, bytes, hash: hash.digest('hex') });
  } catch (error) {
    // The groups before stay; the same body sent again finds them unchanged.
    await end('failed').catch(() => undefined);
    throw error;
  }
  return toView(sql, await end('completed'));
}
