import { createHash } from 'node:crypto';
import { ProductImportLine } from '@commerce/contracts/catalog';
import { newGlobalId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { Compile } from 'typebox/compile';
import { type ImportLine, LINE_BYTES_MAX, readLines } from './import-lines.ts';
import {
  findImport,
  findImportByKey,
  finishImport,
  type ImportFigures,
  type ImportRow,
  type ImportState,
  interruptImports,
  noteProgress,
  restartImport,
  startImport,
} from './imports-store.ts';
import { readPicture } from './pictures.ts';
import { problemOfRace, type SaveResult } from './products.ts';
import type { BundleToSave, CatalogService } from './service.ts';

export interface ImportError {
  /** Line of the body, from 1. */
  readonly line: number;
  readonly code: string;
  readonly field: string | null;
  readonly detail: string;
}

export interface ImportView extends ImportFigures {
  readonly id: string;
  readonly vendorId: string;
  readonly state: ImportState;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** The first errors; `failed` counts them all. */
  readonly errors: ImportError[];
}

export interface ImportRequest {
  readonly vendorId: string;
  readonly dryRun: boolean;
  readonly idempotencyKey: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Products of one transaction: large enough to share its cost, small enough to let others in. */
const GROUP_LINES = 100;
/** A group ends before its text is larger than this, so that memory is bounded. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024;
const BODY_BYTES_MAX = 256 * 1024 * 1024;
const ERRORS_MAX = 100;

const lineSchema = Compile(ProductImportLine);

interface Entry {
  readonly line: number;
  readonly bundle: BundleToSave;
}

/** Thrown to undo a transaction that was to change nothing. */
class DryRun extends Error {
  readonly results: readonly SaveResult[];
  constructor(results: readonly SaveResult[]) {
    super('dry run');
    this.results = results;
  }
}

function refusalOfLine(line: ImportLine): ImportError | undefined {
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
): Entry | ImportError {
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

function toView(row: ImportRow): ImportView {
  return {
    id: row.id,
    vendorId: row.vendor_id,
    state: row.state,
    dryRun: row.dry_run,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    created: row.created,
    updated: row.updated,
    unchanged: row.unchanged,
    failed: row.failed,
    errors: JSON.parse(row.errors) as ImportError[],
  };
}

/** Passes bytes on while it hashes them. @throws AppError `payload-too-large` past the limit */
async function* hashing(body: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      const detail = `An import has at most ${BODY_BYTES_MAX} bytes.`;
      throw new AppError('payload-too-large', { detail });
    }
    hash.update(chunk);
    yield chunk;
  }
}

export type Imports = ReturnType<typeof createImports>;

export function createImports(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly catalog: CatalogService;
}) {
  const { sql, clock, catalog } = deps;

  /** Saves a group in one transaction; in a dry run the transaction is undone. */
  const saveGroup = async (
    bundles: readonly BundleToSave[],
    context: { readonly asOf: Date; readonly dryRun: boolean },
  ): Promise<readonly SaveResult[]> => {
    try {
      const results = await sql.transaction('imports.group', async (transaction) => {
        const saved = await catalog.saveBundles(transaction, bundles, context.asOf);
        if (context.dryRun) throw new DryRun(saved);
        return saved;
      });
      catalog.announce();
      return results;
    } catch (error) {
      if (error instanceof DryRun) return error.results;
      const problem = problemOfRace(error);
      if (problem === undefined) throw error;
      // One of them lost a race for a handle or SKU: alone, only that one fails.
      if (bundles.length === 1) return [{ problems: [problem] }];
      const results: SaveResult[] = [];
      for (const bundle of bundles) results.push(...(await saveGroup([bundle], context)));
      return results;
    }
  };

  const runLines = async (row: ImportRow, request: ImportRequest): Promise<ImportView> => {
    const hash = createHash('sha256');
    const figures: ImportFigures = { created: 0, updated: 0, unchanged: 0, failed: 0 };
    const errors: ImportError[] = [];
    const fail = (error: ImportError): void => {
      figures.failed += 1;
      if (errors.length < ERRORS_MAX) errors.push(error);
    };
    const context = { asOf: row.started_at, dryRun: row.dry_run };
    let group: Entry[] = [];
    let groupBytes = 0;
    const flush = async (): Promise<void> => {
      const entries = group;
      group = [];
      groupBytes = 0;
      if (entries.length === 0) return;
      const results = await saveGroup(
        entries.map(({ bundle }) => bundle),
        context,
      );
      entries.forEach(({ line }, index) => {
        const result = results[index] as SaveResult;
        if ('saved' in result) figures[result.saved.outcome] += 1;
        else fail({ line, ...(result.problems[0] as NonNullable<(typeof result.problems)[0]>) });
      });
      await noteProgress(sql, row.id, figures);
    };
    const end = (state: ImportState, bodyHash: string | null) =>
      finishImport(sql, {
        id: row.id,
        state,
        finishedAt: clock.now(),
        figures,
        errors: JSON.stringify(errors.toSorted((a, b) => a.line - b.line)),
        bodyHash,
      });
    try {
      for await (const line of readLines(hashing(request.body, hash))) {
        const refusal = refusalOfLine(line);
        if (refusal !== undefined || !('text' in line)) {
          if (refusal !== undefined) fail(refusal);
          continue;
        }
        const entry = readEntry(line, request.vendorId);
        if ('code' in entry) {
          fail(entry);
          continue;
        }
        group.push(entry);
        groupBytes += line.text.length;
        if (group.length >= GROUP_LINES || groupBytes >= GROUP_BYTES_MAX) await flush();
      }
      await flush();
    } catch (error) {
      // The groups before stay; the same body sent again finds them unchanged.
      await end('failed', null).catch(() => undefined);
      throw error;
    }
    return toView(await end('done', hash.digest('hex')));
  };

  /** The answer to a key that was used before: the kept one, a refusal, or another attempt. */
  const resume = async (keyHash: string, request: ImportRequest): Promise<ImportView> => {
    const known = await findImportByKey(sql, keyHash);
    if (known === undefined) throw new AppError('conflict', { detail: 'Send the import again.' });
    if (known.state === 'running') {
      throw new AppError('conflict', {
        detail: 'The import with this Idempotency-Key still runs.',
        retryAfterS: 1,
        extensions: { importId: known.id },
      });
    }
    if (known.state !== 'done') {
      const restarted = await restartImport(sql, known.id);
      if (restarted === undefined) return resume(keyHash, request);
      return runLines(restarted, request);
    }
    const hash = createHash('sha256');
    for await (const _chunk of hashing(request.body, hash));
    if (hash.digest('hex') !== known.body_hash || known.dry_run !== request.dryRun) {
      throw new AppError('idempotency-key-reused');
    }
    return toView(known);
  };

  return Object.freeze({
    /**
     * Reads a JSONL body to its end. Lines that are wrong are reported and the others saved.
     * @throws AppError `payload-too-large`, `idempotency-key-reused`, `unavailable`
     */
    run: async (request: ImportRequest): Promise<ImportView> => {
      const { vendorId, dryRun, idempotencyKey } = request;
      const keyHash =
        idempotencyKey === undefined
          ? null
          : createHash('sha256').update(`${vendorId}\n${idempotencyKey}`).digest('hex');
      const row = await startImport(sql, {
        id: newGlobalId('imp'),
        vendorId,
        dryRun,
        startedAt: clock.now(),
        keyHash,
      });
      return row === undefined ? resume(keyHash as string, request) : runLines(row, request);
    },
    find: async (id: string): Promise<ImportView | undefined> => {
      const row = await findImport(sql, id);
      return row === undefined ? undefined : toView(row);
    },
    /** To be called at the start: what ran when the process died does not run any more. */
    interruptLeftOvers: () => interruptImports(sql),
  });
}
