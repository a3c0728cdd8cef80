import type { CsvRecord } from '../csv-records.ts';
import type { CellFinding } from '../findings.ts';
import { codeOf } from './codes.ts';
import { columnName, type ShopifyColumns, type ShopifyField } from './columns.ts';
import type { Wrong } from './amounts.ts';

/** Cells of a file's rows by their meaning, and findings at their place. */

export interface RowReader {
  /** Text of a cell without spaces around it; empty where the file has no such column. */
  text(row: CsvRecord, field: ShopifyField): string;
  /** The first text that is not empty among the rows, with its row. */
  firstText(
    rows: readonly CsvRecord[],
    field: ShopifyField,
  ): { readonly text: string; readonly row: CsvRecord } | undefined;
  /** Truth of a cell; undefined where it is empty. A finding where it is neither. */
  truth(row: CsvRecord, field: ShopifyField): boolean | undefined;
  error(row: CsvRecord, field: ShopifyField, code: string, detail: string): void;
  warn(row: CsvRecord, field: ShopifyField, code: string, detail: string): void;
  /** The value, or undefined after it was reported. */
  take<Value>(
    row: CsvRecord,
    field: ShopifyField,
    code: string,
    value: Value | Wrong,
  ): Value | undefined;
  readonly findings: CellFinding[];
}

const YES: ReadonlySet<string> = new Set(['true', 'yes', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', '0']);

const isWrong = (value: unknown): value is Wrong =>
  typeof value === 'object' && value !== null && 'wrong' in value;

/** Makes a reader of one product's rows. */
export function createRowReader(columns: ShopifyColumns): RowReader {
  const findings: CellFinding[] = [];
  const text = (row: CsvRecord, field: ShopifyField): string => {
    const place = columns.places.get(field);
    return place === undefined ? '' : (row.cells[place] ?? '').trim();
  };
  const report = (
    severity: CellFinding['severity'],
    at: { readonly row: CsvRecord; readonly field: ShopifyField },
    code: string,
    detail: string,
  ): void => {
    const column = columnName(columns, at.field);
    findings.push({ severity, code, line: at.row.line, column, detail });
  };
  const error: RowReader['error'] = (row, field, code, detail) =>
    report('error', { row, field }, code, detail);
  return Object.freeze({
    text,
    firstText(rows: readonly CsvRecord[], field: ShopifyField) {
      for (const row of rows) {
        const found = text(row, field);
        if (found !== '') return { text: found, row };
      }
      return undefined;
    },
    truth(row: CsvRecord, field: ShopifyField) {
      const plain = text(row, field).toLowerCase();
      if (plain === '') return undefined;
      if (!YES.has(plain) && !NO.has(plain)) {
        error(row, field, 'unprocessable', `"${plain.slice(0, 40)}" is neither TRUE nor FALSE.`);
      }
      return YES.has(plain);
    },
    error,
    warn: (row, field, code, detail) => report('warning', { row, field }, code, detail),
    take<Value>(row: CsvRecord, field: ShopifyField, code: string, value: Value | Wrong) {
      if (!isWrong(value)) return value;
      error(row, field, code, value.wrong);
      return undefined;
    },
    findings,
  } satisfies RowReader);
}

const HANDLE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HANDLE_CHARS_MAX = 79;

/**
 * The handle that a row belongs to: its own, in lower case, else one made of its title as Shopify does.
 * Undefined where it has neither.
 */
export function handleOfRow(columns: ShopifyColumns, row: CsvRecord): string | undefined {
  const cell = (field: ShopifyField): string =>
    (row.cells[columns.places.get(field) ?? -1] ?? '').trim();
  const handle = cell('handle').toLowerCase();
  if (HANDLE.test(handle) && handle.length <= HANDLE_CHARS_MAX) return handle;
  if (handle !== '') return codeOf(handle, HANDLE_CHARS_MAX);
  const title = cell('title');
  return title === '' ? undefined : codeOf(title, HANDLE_CHARS_MAX);
}
