import type { ImportFinding, ImportView } from '@commerce/contracts/catalog-imports';

/** An import as text for a terminal. */

const FINDINGS_SHOWN = 10;

const count = (number: number, one: string): string =>
  `${number.toLocaleString('en')} ${one}${number === 1 ? '' : 's'}`;

/** One line while it goes on. */
export function describeProgress(view: ImportView): string {
  if (view.state === 'queued') return 'Waiting for its turn';
  if (view.rowsTotal === null) return 'Looking through the file';
  const percent = Math.floor((view.rows * 100) / Math.max(1, view.rowsTotal));
  const parts = [
    `${percent} %, ${view.rows.toLocaleString('en')} of ${count(view.rowsTotal, 'row')}`,
    ...(view.rowsPerS === null ? [] : [`${view.rowsPerS.toLocaleString('en')} rows/s`]),
    ...(view.errorCount > 0 ? [count(view.errorCount, 'error')] : []),
  ];
  return parts.join(', ');
}

function describeFinding({ line, column, handle, detail }: ImportFinding): string {
  const place = [
    ...(line === null ? [] : [`line ${line}`]),
    ...(column === null ? [] : [column]),
  ].join(', ');
  const product = handle === null ? '' : ` [${handle}]`;
  return `    ${place}${place === '' ? '' : ': '}${detail}${product}`;
}

function describeFindings(
  findings: readonly ImportFinding[],
  total: number,
  name: string,
): string[] {
  if (total === 0) return [];
  const shown = findings.slice(0, FINDINGS_SHOWN).map(describeFinding);
  const left = total - shown.length;
  return [
    `  ${count(total, name)}:`,
    ...shown,
    ...(left > 0
      ? [`    and ${left.toLocaleString('en')} more: see them all with --errors FILE`]
      : []),
  ];
}

/** What became of it. */
export function describeResult(view: ImportView): string {
  const { created, updated, unchanged, failed, rows, rowsPerS } = view;
  const speed = rowsPerS === null ? '' : ` at ${rowsPerS.toLocaleString('en')} rows/s`;
  const head =
    view.failure !== null
      ? `The import failed: ${view.failure.detail}`
      : `${view.dryRun ? 'Dry run, nothing was changed' : `Import ${view.state}`}: ${count(rows, 'row')}${speed}`;
  const verb = view.dryRun ? 'would be ' : '';
  const lines = [
    head,
    ...(view.failure !== null && created + updated + unchanged + failed === 0
      ? []
      : [
          `  products: ${created} ${verb}created, ${updated} ${verb}updated, ${unchanged} unchanged, ${failed} refused`,
        ]),
    ...describeFindings(view.errors, view.errorCount, 'error'),
    ...describeFindings(view.warnings, view.warningCount, 'warning'),
  ];
  return lines.join('\n');
}

/** 0 where every product is in, 1 otherwise. */
export function exitCodeOf(view: ImportView): number {
  return view.state === 'completed' && view.errorCount === 0 ? 0 : 1;
}
