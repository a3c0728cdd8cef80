import { createHash, randomUUID } from 'node:crypto';
import type {
  ImportOptions,
  ImportPage,
  ImportState,
  ImportView,
} from '@commerce/contracts/catalog-imports';
import { hasRate } from '@commerce/contracts/exchange-rates';
import { newGlobalId } from '@commerce/contracts/ids';
import { languageOf } from '@commerce/contracts/languages';
import {
  allMarkets,
  defaultCurrencyOf,
  hasCurrency,
  marketOfCountry,
} from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { CatalogService } from '../service.ts';
import { deleteFile, forgetFiles } from './file-store.ts';
import type { Finding } from './findings.ts';
import { deleteFindings, readFindings } from './findings-store.ts';
import { runJsonlImport } from './jsonl.ts';
import { createImportRunner } from './runner.ts';
import {
  cancelImport,
  findImport,
  findImportByKey,
  finishImport,
  type ImportRow,
  interruptImports,
  listImports,
  lockImport,
  type NewImport,
  noteApplied,
  queueReceived,
  queueWithFileOf,
  requeueImport,
  restartImport,
  startImport,
} from './store.ts';
import { hashOf, receiveFile } from './upload.ts';
import { toSummary, toView } from './view.ts';

/** A vendor as far as an import needs to know it. */
export interface ImportingVendor {
  readonly id: string;
  readonly country: string;
}

export interface ImportRequest {
  readonly vendor: ImportingVendor;
  readonly options: ImportOptions;
  readonly idempotencyKey: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Files of ended imports are kept this long: a dry run may be applied, a failed import resumed. */
const FILES_KEPT_MS = 24 * 3_600_000;
const FORGET_PER_RUN = 20;
const LAST_ID = 'imp_z';

export type Imports = ReturnType<typeof createImports>;

export function createImports(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalog: CatalogService;
  /** Called when an import waits: wakes the job that runs it. */
  readonly onQueued: () => void;
}) {
  const { sql, clock, catalog } = deps;
  const runner = createImportRunner({ ...deps, runner: randomUUID() });

  /** The options with what was left open. @throws AppError `unprocessable`, naming the parameter */
  const settle = async (
    vendor: ImportingVendor,
    options: ImportOptions,
  ): Promise<ImportOptions> => {
    const home = marketOfCountry(vendor.country);
    const currency = options.currency ?? (home === undefined ? 'EUR' : defaultCurrencyOf(home));
    const refuse = (field: string, detail: string): never => {
      throw new AppError('unprocessable', { field, detail });
    };
    if (!allMarkets().some((market) => hasCurrency(market, currency))) {
      refuse('currency', `No market has prices in ${currency}.`);
    }
    if (options.convert && !hasRate(currency)) {
      refuse('convert', `There is no reference rate for ${currency}.`);
    }
    if (languageOf(options.language) === undefined) {
      refuse('language', `The shop does not speak "${options.language}".`);
    }
    const { category } = options;
    if (category !== undefined) {
      const known = await catalog.listCategories();
      if (!known.some(({ handle }) => handle === category)) {
        refuse('category', `There is no category "${category}".`);
      }
    }
    return { ...options, currency };
  };

  const keyHashOf = (vendorId: string, key: string | undefined): string | null =>
    key === undefined ? null : createHash('sha256').update(`${vendorId}\n${key}`).digest('hex');

  const start = (
    format: 'csv' | 'jsonl',
    state: ImportState,
    request: ImportRequest,
  ): Promise<ImportRow | undefined> => {
    const { vendor, options } = request;
    const row: NewImport = {
      id: newGlobalId('imp'),
      vendorId: vendor.id,
      state,
      dryRun: options.dryRun,
      startedAt: clock.now(),
      keyHash: keyHashOf(vendor.id, request.idempotencyKey),
      format,
      fileName: options.fileName ?? null,
      options: JSON.stringify(options),
      fileId: null,
    };
    return startImport(sql, row);
  };

  /** The import that a key was used for before. @throws AppError `conflict` where it is under way */
  const findKeyed = async (request: ImportRequest): Promise<ImportRow> => {
    const keyHash = keyHashOf(request.vendor.id, request.idempotencyKey) as string;
    const known = await findImportByKey(sql, keyHash);
    if (known === undefined) throw new AppError('conflict', { detail: 'Send the import again.' });
    const isArriving = known.state === 'uploading' || known.format === 'jsonl';
    if (isArriving && (known.state === 'uploading' || known.state === 'running')) {
      throw new AppError('conflict', {
        detail: 'The import with this Idempotency-Key still runs.',
        retryAfterS: 1,
        extensions: { importId: known.id },
      });
    }
    return known;
  };

  /** @throws AppError `idempotency-key-reused` where it was another request */
  const assertSame = async (known: ImportRow, request: ImportRequest): Promise<void> => {
    const isSame =
      (await hashOf(request.body)) === known.body_hash && known.dry_run === request.options.dryRun;
    if (!isSame) throw new AppError('idempotency-key-reused');
  };

  const receive = async (row: ImportRow, request: ImportRequest): Promise<ImportView> => {
    try {
      const file = await receiveFile(sql, row.id, request.body);
      const queued = await queueReceived(sql, row.id, file);
      deps.onQueued();
      return await toView(sql, queued ?? row);
    } catch (error) {
      const finishedAt = clock.now();
      const end = { state: 'interrupted', finishedAt, failure: null, keepFile: false } as const;
      await finishImport(sql, row.id, end).catch(() => undefined);
      await deleteFile(sql, row.id).catch(() => undefined);
      throw error;
    }
  };

  const startCsv = async (request: ImportRequest): Promise<ImportView> => {
    const options = await settle(request.vendor, request.options);
    const settled = { ...request, options };
    const row = await start('csv', 'uploading', settled);
    if (row !== undefined) return receive(row, settled);
    const known = await findKeyed(request);
    const anew = known.file_kept ? undefined : await restartImport(sql, known.id, 'uploading');
    if (anew !== undefined) {
      await deleteFindings(sql, known.id);
      return receive(anew, settled);
    }
    await assertSame(known, request);
    return toView(sql, (await requeue(known.id)) ?? known);
  };

  const requeue = async (id: string): Promise<ImportRow | undefined> => {
    const queued = await requeueImport(sql, id);
    if (queued !== undefined) deps.onQueued();
    return queued;
  };

  const runJsonl = async (request: ImportRequest): Promise<ImportView> => {
    const row = await start('jsonl', 'running', request);
    if (row !== undefined) return runJsonlImport(deps, row, request.body);
    const known = await findKeyed(request);
    if (known.state !== 'completed') {
      const restarted = await restartImport(sql, known.id, 'running');
      if (restarted === undefined) return runJsonl(request);
      await deleteFindings(sql, known.id);
      return runJsonlImport(deps, restarted, request.body);
    }
    await assertSame(known, request);
    return toView(sql, known);
  };

  const gone = (what: string): AppError =>
    new AppError('conflict', { detail: `${what} Send the file again.` });

  return Object.freeze({
    /**
     * Receives a CSV file and queues it; what it holds is found out later.
     * @throws AppError `unprocessable`, `payload-too-large`, `idempotency-key-reused`, `conflict`
     */
    startCsv,
    /** Works JSON lines off while they arrive. @throws AppError as `startCsv`, `unavailable` */
    runJsonl,

    find: async (id: string): Promise<ImportView | undefined> => {
      const row = await findImport(sql, id);
      return row === undefined ? undefined : toView(sql, row);
    },

    /** A vendor's imports, newest first, beginning before an id. */
    list: async (
      vendorId: string,
      before: string | undefined,
      limit: number,
    ): Promise<ImportPage['items']> =>
      (await listImports(sql, vendorId, before ?? LAST_ID, limit)).map(toSummary),

    findings: (id: string): AsyncIterable<Finding> => readFindings(sql, id),

    /** What was saved stays. @throws AppError `conflict` where it does not run */
    cancel: async (id: string): Promise<ImportView> => {
      const cancelled = await cancelImport(sql, id, clock.now());
      if (cancelled !== undefined) return toView(sql, cancelled);
      const row = await findImport(sql, id);
      if (row?.state === 'cancelled') return toView(sql, row);
      throw new AppError('conflict', { detail: `The import is ${row?.state ?? 'gone'}.` });
    },

    /** Goes on where it stopped. @throws AppError `conflict` */
    resume: async (id: string): Promise<ImportView> => {
      const queued = await requeue(id);
      if (queued !== undefined) return toView(sql, queued);
      const row = await findImport(sql, id);
      if (row?.state === 'queued' || row?.state === 'running') return toView(sql, row);
      if (row?.state === 'completed') {
        throw new AppError('conflict', { detail: 'The import is completed.' });
      }
      throw gone('The file of this import is not kept any more.');
    },

    /** Does what a dry run has judged, once. @throws AppError `conflict` */
    apply: async (id: string): Promise<ImportView> => {
      const queued = await sql.transaction('imports.apply', async (transaction) => {
        const dryRun = await lockImport(transaction, id);
        if (dryRun === undefined) throw new AppError('not-found');
        if (dryRun.applied_as !== null) return findImport(transaction, dryRun.applied_as);
        if (!dryRun.dry_run || dryRun.state !== 'completed') {
          throw new AppError('conflict', { detail: 'Only a completed dry run can be applied.' });
        }
        if (!dryRun.file_kept) throw gone('The file of this dry run is not kept any more.');
        const options = { ...(JSON.parse(dryRun.options) as ImportOptions), dryRun: false };
        const importId = newGlobalId('imp');
        await startImport(transaction, {
          id: importId,
          vendorId: dryRun.vendor_id,
          state: 'uploading',
          dryRun: false,
          startedAt: clock.now(),
          keyHash: null,
          format: 'csv',
          fileName: dryRun.file_name,
          options: JSON.stringify(options),
          fileId: dryRun.file_id ?? dryRun.id,
        });
        await noteApplied(transaction, id, importId);
        return queueWithFileOf(transaction, importId, dryRun);
      });
      if (queued === undefined) throw new AppError('not-found');
      deps.onQueued();
      return toView(sql, queued);
    },

    /** Runs what waits; returns whether there was something. */
    runNext: (signal: AbortSignal): Promise<boolean> => runner.runNext(signal),

    /** To be called at the start: what was arriving when the process died does not arrive any more. */
    interruptLeftOvers: async (): Promise<void> => {
      for (const id of await interruptImports(sql)) await deleteFile(sql, id);
    },

    /** Lets go of old files; returns whether there may be more. */
    prune: async (): Promise<boolean> => {
      const before = new Date(clock.nowMs() - FILES_KEPT_MS);
      const files = await forgetFiles(sql, before, FORGET_PER_RUN);
      for (const file of files) await deleteFile(sql, file);
      return files.length === FORGET_PER_RUN;
    },
  });
}
