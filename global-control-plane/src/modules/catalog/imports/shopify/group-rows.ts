import type { CsvRecord, RefusedRecord } from '../csv-records.ts';
import type { CellFinding } from '../findings.ts';
import { FileFault } from '../file-text.ts';
import { columnName, type ShopifyColumns } from './columns.ts';
import { CELL_CHARS_MAX, readShopifyFile } from './file.ts';
import { isBlankRow, isWholeRow, type LookThrough } from './look-through.ts';
import { handleOfRow } from './rows.ts';

/** The second reading: products with all of their rows, in the order in which they end. */

/** All rows of one product. */
export interface RowGroup {
  readonly handle: string;
  readonly rows: readonly CsvRecord[];
  /** What is wrong with its rows as such. */
  readonly findings: readonly CellFinding[];
}

/** A product whose rows are complete, or what is wrong with a record that belongs to none. */
export type RowEvent =
  | { readonly at: number; readonly group: RowGroup }
  | { readonly at: number; readonly stray: CellFinding };

/** Characters of rows that wait for the end of their products: what bounds the memory. */
const WAITING_CHARS_MAX = 32 * 1024 * 1024;

const REFUSALS: Readonly<Record<RefusedRecord['refusal'], (at: number) => string>> = {
  quotes: (at) =>
    `Something follows a closing quote in line ${at}: double the quotes inside a cell.`,
  unclosed: () => 'A quote is opened and never closed.',
  'too-long': () => `A cell has more than ${CELL_CHARS_MAX} characters, or the row is too long.`,
};

function strayOf(record: CsvRecord | RefusedRecord, columns: ShopifyColumns): CellFinding {
  const place = { severity: 'error', line: record.line, column: null } as const;
  if (!('cells' in record)) {
    const code = record.refusal === 'too-long' ? 'row-too-long' : 'quotes';
    return { ...place, code, detail: REFUSALS[record.refusal](record.at) };
  }
  if (isWholeRow(columns, record)) {
    const column = columnName(columns, 'handle');
    const detail = 'The row has neither a handle nor a title.';
    return { ...place, column, code: 'handle-missing', detail };
  }
  const detail = `The row has ${record.cells.length} cells and the header ${columns.names.length}.`;
  return { ...place, code: 'cells-wrong', detail };
}

interface OpenGroup {
  readonly handle: string;
  readonly rows: CsvRecord[];
  readonly findings: CellFinding[];
  chars: number;
}

const charsOf = (row: CsvRecord): number => row.cells.reduce((sum, cell) => sum + cell.length, 0);

/** Finds SKUs that the file has twice; the first one keeps it. */
function createSkuCheck(columns: ShopifyColumns): (row: CsvRecord) => CellFinding | undefined {
  const lines = new Map<string, number>();
  const place = columns.places.get('sku');
  return (row) => {
    const text = place === undefined ? '' : (row.cells[place] ?? '').trim();
    const sku = text.replace(/^'/, '').replace(/\s+/g, '-');
    if (sku === '') return undefined;
    const first = lines.get(sku);
    if (first === undefined) {
      lines.set(sku, row.line);
      return undefined;
    }
    const detail = `The SKU "${text.slice(0, 80)}" is in line ${first} already.`;
    const column = columnName(columns, 'sku');
    return { severity: 'error', code: 'duplicate-sku', line: row.line, column, detail };
  };
}

/**
 * Reads a file by products, which come in the order in which they end; `at` is the number of the record
 * that ends one, from 0. Rows of one handle may stand apart; only those that wait for their last one are
 * in memory.
 * @throws FileFault `scattered` where too many wait
 */
export async function* groupRows(
  chunks: AsyncIterable<Uint8Array>,
  seen: LookThrough,
): AsyncGenerator<readonly RowEvent[]> {
  const groups = createGroups(seen);
  let at = 0;
  for await (const { records, columns } of readShopifyFile(chunks)) {
    const events: RowEvent[] = [];
    for (const record of records) {
      const handle = 'cells' in record ? handleOfRow(columns, record) : undefined;
      if (!('cells' in record) || !isWholeRow(columns, record) || handle === undefined) {
        const blank = 'cells' in record && isBlankRow(record);
        if (!blank) events.push({ at, stray: strayOf(record, columns) });
      } else {
        const group = groups.add(handle, record, at);
        if (group !== undefined) events.push({ at, group });
      }
      at += 1;
    }
    groups.refuseTooMany();
    yield events;
  }
}

interface Groups {
  /** Takes a row in; the product, if it was its last one. */
  add(handle: string, row: CsvRecord, at: number): RowGroup | undefined;
  /** @throws FileFault `scattered` */
  refuseTooMany(): void;
}

function createGroups(seen: LookThrough): Groups {
  const open = new Map<string, OpenGroup>();
  const checkSku = createSkuCheck(seen.columns);
  let waitingChars = 0;

  const close = (group: OpenGroup): RowGroup => {
    open.delete(group.handle);
    waitingChars -= group.chars;
    const broken = seen.doubtful.get(group.handle);
    if (broken !== undefined) {
      const line = group.rows[0]?.line ?? 1;
      const detail = `Line ${broken} can not be read and may belong to this product, so it is left as it is.`;
      group.findings.push({ severity: 'error', code: 'doubtful', line, column: null, detail });
    }
    return group;
  };
  return {
    add(handle, row, at) {
      let group = open.get(handle);
      if (group === undefined) {
        group = { handle, rows: [], findings: [], chars: 0 };
        open.set(handle, group);
      }
      const chars = charsOf(row);
      group.rows.push(row);
      group.chars += chars;
      waitingChars += chars;
      const repeated = checkSku(row);
      if (repeated !== undefined) group.findings.push(repeated);
      return seen.lastRows.get(handle) === at ? close(group) : undefined;
    },
    refuseTooMany() {
      if (waitingChars <= WAITING_CHARS_MAX) return;
      const [first] = open.values();
      const line = first?.rows[0]?.line ?? 1;
      const detail = `The rows of too many products stand apart, such as those of "${first?.handle ?? ''}" from line ${line}: sort the file by handle.`;
      throw new FileFault('scattered', detail, line);
    },
  };
}
