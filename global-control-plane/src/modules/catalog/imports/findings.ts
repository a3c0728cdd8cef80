import type { ImportFinding } from '@commerce/contracts/catalog-imports';

/** What an import has to say, and how much of it is kept. */

export type Finding = ImportFinding;

/** A finding of a cell, before it is known which product it belongs to. */
export interface CellFinding {
  readonly severity: Finding['severity'];
  readonly code: string;
  readonly line: number;
  /** As the file spells it. */
  readonly column: string | null;
  readonly detail: string;
}

/** Findings of one import that are kept; all of them are counted. */
export const FINDINGS_KEPT_MAX = 10_000;

/** Longest text of a finding; cells that are quoted in it may be long. */
const DETAIL_CHARS_MAX = 500;

export function toFinding(
  found: CellFinding,
  product: { readonly handle?: string; readonly field?: string } = {},
): Finding {
  const { line, column, severity, code, detail } = found;
  return {
    line,
    column,
    handle: product.handle ?? null,
    severity,
    code,
    field: product.field ?? null,
    detail: detail.slice(0, DETAIL_CHARS_MAX),
  };
}
