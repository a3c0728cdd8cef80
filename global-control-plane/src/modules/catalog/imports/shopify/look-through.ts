import type { CsvRecord, RefusedRecord } from '../csv-records.ts';
import { FileFault } from '../file-text.ts';
import type { ShopifyColumns } from './columns.ts';
import { readShopifyFile } from './file.ts';
import { handleOfRow } from './rows.ts';

/**
 * The first reading of a file. It finds out what the second one has to know beforehand: where each product
 * ends, so that rows of one handle may stand anywhere, and which products a broken record may belong to.
 */

/** More rows would need more memory than a control plane has for an import. */
export const ROWS_MAX = 500_000;

export interface LookThrough {
  /** Records after the header. */
  readonly rows: number;
  /** Number of the last record of each handle, from 0. */
  readonly lastRows: ReadonlyMap<string, number>;
  /** Handles whose rows stand beside a record that can't be read, with that record's line. */
  readonly doubtful: ReadonlyMap<string, number>;
  readonly columns: ShopifyColumns;
}

/** Whether a row has as many cells as the header; empty ones at its end don't count. */
export function isWholeRow(columns: ShopifyColumns, row: CsvRecord): boolean {
  const { length } = columns.names;
  if (row.cells.length < length) return false;
  return row.cells.slice(length).every((cell) => cell.trim() === '');
}

/** A row without any text: spreadsheets leave them at the end. */
export function isBlankRow(row: CsvRecord): boolean {
  return row.cells.every((cell) => cell.trim() === '');
}

/** @throws FileFault where the file as a whole can't be read, has no rows or too many */
export async function lookThrough(
  chunks: AsyncIterable<Uint8Array>,
  onBatch: () => Promise<void>,
): Promise<LookThrough> {
  const lastRows = new Map<string, number>();
  const doubtful = new Map<string, number>();
  let columns: ShopifyColumns | undefined;
  let rows = 0;
  let before: string | undefined;
  let broken: number | undefined;
  const note = (record: CsvRecord | RefusedRecord, header: ShopifyColumns): void => {
    const handle = 'cells' in record ? handleOfRow(header, record) : undefined;
    const isBlank = 'cells' in record && isBlankRow(record);
    const isWhole = 'cells' in record && isWholeRow(header, record) && handle !== undefined;
    const isBroken = !isWhole && !isBlank;
    if (isBroken) {
      broken = record.line;
      for (const near of [before, handle]) {
        if (near !== undefined && !doubtful.has(near)) doubtful.set(near, record.line);
      }
    } else if (handle !== undefined) {
      if (broken !== undefined && !doubtful.has(handle)) doubtful.set(handle, broken);
      broken = undefined;
      before = handle;
      lastRows.set(handle, rows);
    }
    rows += 1;
  };
  for await (const batch of readShopifyFile(chunks)) {
    columns = batch.columns;
    for (const record of batch.records) note(record, batch.columns);
    if (rows > ROWS_MAX) {
      const detail = `The file has more than ${ROWS_MAX} rows: split it, with all rows of a product in one file.`;
      throw new FileFault('too-many-rows', detail);
    }
    await onBatch();
  }
  if (columns === undefined || rows === 0) {
    throw new FileFault('no-rows', 'The file has a header and no rows.');
  }
  return { rows, lastRows, doubtful, columns };
}
