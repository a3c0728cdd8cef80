import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Finding } from './findings.ts';

/**
 * Findings as a CSV that is safe to open: cells quote what a vendor wrote, and one that begins like a
 * formula would be run by a spreadsheet, so it begins with an apostrophe instead.
 */

const COLUMNS = ['line', 'column', 'handle', 'severity', 'code', 'detail'] as const;

export function toErrorsCsv(findings: AsyncIterable<Finding>): Readable {
  const csv = stringify({
    header: true,
    columns: [...COLUMNS],
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
  const source = Readable.from(findings);
  source.on('error', (error) => csv.destroy(error));
  return source.pipe(csv);
}
