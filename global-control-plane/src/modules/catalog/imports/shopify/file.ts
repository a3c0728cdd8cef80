import {
  createCsvReader,
  type CsvLimits,
  type CsvReader,
  type CsvRecord,
  detectDelimiter,
  type RefusedRecord,
} from '../csv-records.ts';
import { decodeText, FileFault } from '../file-text.ts';
import { readHeader, type ShopifyColumns } from './columns.ts';

/** A file as its columns and its records, in batches as they come. */

/** A cell is a description at most; ten thousand characters of text are rarely that long as HTML. */
export const CELL_CHARS_MAX = 500_000;

const LIMITS: CsvLimits = {
  cellCharsMax: CELL_CHARS_MAX,
  cellsMax: 500,
  recordCharsMax: 2_000_000,
};
/** A header that is longer is none. */
const FIRST_LINE_CHARS_MAX = 200_000;

export interface ShopifyBatch {
  readonly columns: ShopifyColumns;
  readonly records: readonly (CsvRecord | RefusedRecord)[];
}

/** Takes the header off the first records and gives the others their columns. */
function createBatcher(): (
  records: readonly (CsvRecord | RefusedRecord)[],
) => ShopifyBatch | undefined {
  let columns: ShopifyColumns | undefined;
  return (records) => {
    if (columns !== undefined) return { columns, records };
    const [header, ...rest] = records;
    if (header === undefined) return undefined;
    if (!('cells' in header)) {
      const detail = 'The header can not be read: its quotes are wrong.';
      throw new FileFault('quotes', detail, header.line);
    }
    columns = readHeader(header.cells);
    return { columns, records: rest };
  };
}

const firstLineOf = (text: string): string => text.trimStart().split(/[\r\n]/, 1)[0] ?? '';

/**
 * Reads a file. The header is read before the first batch; a batch may be empty.
 * @throws FileFault where the file as a whole can't be read
 */
export async function* readShopifyFile(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ShopifyBatch> {
  const toBatch = createBatcher();
  let reader: CsvReader | undefined;
  let start = '';
  for await (const text of decodeText(chunks)) {
    let piece = text;
    if (reader === undefined) {
      // The separator is told by the whole first line.
      start += text;
      const isWhole = /[\r\n]/.test(start.trimStart()) || start.length > FIRST_LINE_CHARS_MAX;
      if (!isWhole) continue;
      reader = createCsvReader(detectDelimiter(firstLineOf(start)), LIMITS);
      piece = start;
    }
    const batch = toBatch(reader.push(piece));
    if (batch !== undefined) yield batch;
  }
  if (reader === undefined) {
    reader = createCsvReader(detectDelimiter(firstLineOf(start)), LIMITS);
    const batch = toBatch(reader.push(start));
    if (batch !== undefined) yield batch;
  }
  const batch = toBatch(reader.end());
  if (batch === undefined) throw new FileFault('no-rows', 'The file is empty.');
  yield batch;
}
