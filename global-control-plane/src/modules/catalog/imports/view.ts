import type { ImportOptions, ImportSummary, ImportView } from '@commerce/contracts/catalog-imports';
import type { SqlReader } from '@commerce/engines/sql/sql';
import { firstFindings } from './findings-store.ts';
import type { ImportRow } from './store.ts';

/** How imports are shown. */

const FINDINGS_SHOWN = 100;

export function toSummary(row: ImportRow): ImportSummary {
  const { currency } = JSON.parse(row.options) as Partial<ImportOptions>;
  const ranMs = Number(row.ran_ms);
  return {
    id: row.id,
    vendorId: row.vendor_id,
    format: row.format,
    fileName: row.file_name,
    state: row.state,
    dryRun: row.dry_run,
    currency: currency ?? null,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    bytes: Number(row.bytes),
    rowsTotal: row.rows_total,
    rows: row.rows_done,
    rowsPerS: ranMs > 0 ? Math.round((row.rows_done * 1_000) / ranMs) : null,
    created: row.created,
    updated: row.updated,
    unchanged: row.unchanged,
    failed: row.failed,
    errorCount: row.error_count,
    warningCount: row.warning_count,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as ImportSummary['failure']),
    appliedAs: row.applied_as,
  };
}

export async function toView(sql: SqlReader, row: ImportRow): Promise<ImportView> {
  const [errors, warnings] = await Promise.all([
    firstFindings(sql, row.id, 'error', FINDINGS_SHOWN),
    firstFindings(sql, row.id, 'warning', FINDINGS_SHOWN),
  ]);
  return {
    ...toSummary(row),
    errors,
    warnings,
    preview: JSON.parse(row.preview) as ImportView['preview'],
  };
}
