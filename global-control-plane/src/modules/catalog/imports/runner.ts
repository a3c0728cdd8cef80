import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Logger } from '@commerce/service/logger';
import type { CatalogService } from '../service.ts';
import { ImportPaused, ImportTaken, LEASE_MS, runCsvImport } from './csv-run.ts';
import { FileFault } from './file-text.ts';
import { deleteFile } from './file-store.ts';
import { toFinding } from './findings.ts';
import { writeFindings } from './findings-store.ts';
import { claimImport, finishImport, type ImportRow, lockImport, releaseImport } from './store.ts';

/** Runs waiting imports, one at a time, oldest first. An import whose runner died is taken over. */

/** Runs of an import that end without a step forward before it is given up. */
const ATTEMPTS_MAX = 5;

export interface ImportRunner {
  /** Runs the oldest import that waits. Returns whether there was one. */
  runNext(signal: AbortSignal): Promise<boolean>;
}

export function createImportRunner(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalog: CatalogService;
  /** Name of this runner, like no other's. */
  readonly runner: string;
}): ImportRunner {
  const { sql, clock, log, runner } = deps;

  const complete = async (row: ImportRow): Promise<void> => {
    // A dry run may be applied: its file stays.
    const keepFile = row.dry_run;
    await finishImport(sql, row.id, {
      state: 'completed',
      finishedAt: clock.now(),
      failure: null,
      keepFile,
    });
    if (!keepFile) await deleteFile(sql, row.file_id ?? row.id);
  };

  /** Ends an import whose file can't be read, at the line that is to blame. */
  const refuse = async (row: ImportRow, fault: FileFault): Promise<void> => {
    const line = fault.line ?? null;
    const finding = toFinding({
      severity: 'error',
      code: fault.code,
      line: line ?? 1,
      column: null,
      detail: fault.message,
    });
    await sql.transaction('imports.refuse', async (transaction) => {
      const present = (await lockImport(transaction, row.id)) ?? row;
      const count = present.error_count + present.warning_count;
      await writeFindings(transaction, row.id, count, [{ ...finding, line }]);
      await finishImport(transaction, row.id, {
        state: 'failed',
        finishedAt: clock.now(),
        failure: JSON.stringify({ code: fault.code, detail: fault.message }),
        keepFile: false,
        errors: 1,
      });
    });
    await deleteFile(sql, row.file_id ?? row.id);
  };

  const giveUp = async (row: ImportRow): Promise<void> => {
    const detail = 'The platform failed again and again. Resume the import later.';
    await finishImport(sql, row.id, {
      state: 'failed',
      finishedAt: clock.now(),
      failure: JSON.stringify({ code: 'internal-error', detail }),
      keepFile: true,
    });
  };

  return Object.freeze({
    async runNext(signal: AbortSignal) {
      const now = clock.now();
      const leaseUntil = new Date(now.getTime() + LEASE_MS);
      const row = await claimImport(sql, runner, { now, leaseUntil });
      if (row === undefined) return false;
      try {
        await runCsvImport(deps, row, signal);
        await complete(row);
      } catch (error) {
        if (error instanceof FileFault) await refuse(row, error);
        else if (error instanceof ImportPaused) await releaseImport(sql, row.id, runner);
        else if (!(error instanceof ImportTaken)) {
          if (row.attempts >= ATTEMPTS_MAX) {
            log.error({ err: error, job: 'imports' }, 'an import is given up');
            await giveUp(row);
          } else await releaseImport(sql, row.id, runner).catch(() => undefined);
          throw error;
        }
      }
      return true;
    },
  } satisfies ImportRunner);
}
