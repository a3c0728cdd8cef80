/**
 * Reads CSV as RFC 4180 has it, in pieces of any size, and goes on after what is broken: a record whose
 * quotes are wrong or that is too long is reported with its line, and the next one is read. Lines end in
 * LF, CRLF or CR. Libraries give up at the first such record, or pass over what follows it.
 */

export type CsvRefusal = 'quotes' | 'unclosed' | 'too-long';

export interface CsvRecord {
  /** Line that the record begins in, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface RefusedRecord {
  readonly line: number;
  readonly refusal: CsvRefusal;
  /** Line where it showed. */
  readonly at: number;
}

export interface CsvLimits {
  /** Characters of one cell. */
  readonly cellCharsMax: number;
  readonly cellsMax: number;
  /** Characters of all cells of a record. */
  readonly recordCharsMax: number;
}

type Place = 'start' | 'plain' | 'quoted' | 'quote' | 'lost';

export interface CsvReader {
  /** Records that end in this piece of text. */
  push(text: string): (CsvRecord | RefusedRecord)[];
  /** The record that the text ends in, if it ends without a line's end. */
  end(): (CsvRecord | RefusedRecord)[];
}

/** Makes a reader of one file. @param delimiter one character */
export function createCsvReader(delimiter: string, limits: CsvLimits): CsvReader {
  let found: (CsvRecord | RefusedRecord)[] = [];
  let place: Place = 'start';
  let cells: string[] = [];
  let cell = '';
  let recordChars = 0;
  let line = 1;
  let begin = 1;
  let refusal: { kind: CsvRefusal; at: number } | undefined;
  /** The last sign was a CR, so an LF that follows ends no other line. */
  let afterCr = false;

  const refuse = (kind: CsvRefusal): void => {
    refusal ??= { kind, at: kind === 'too-long' ? begin : line };
    cell = '';
    cells = [];
  };
  const append = (text: string): void => {
    if (refusal !== undefined) return;
    recordChars += text.length;
    const tooLong =
      cell.length + text.length > limits.cellCharsMax || recordChars > limits.recordCharsMax;
    if (tooLong) refuse('too-long');
    else cell += text;
  };
  const endCell = (): void => {
    if (refusal === undefined && cells.push(cell) > limits.cellsMax) refuse('too-long');
    cell = '';
    place = 'start';
  };
  const endRecord = (): void => {
    endCell();
    if (refusal !== undefined) found.push({ line: begin, refusal: refusal.kind, at: refusal.at });
    // A blank line is no record.
    else if (cells.length > 1 || cells[0] !== '') found.push({ line: begin, cells });
    cells = [];
    recordChars = 0;
    refusal = undefined;
  };
  /** Counts the lines that end in a part of a quoted cell. */
  const countLines = (part: string): void => {
    for (const end of part.matchAll(/\r\n?|\n/g)) {
      if (!(end.index === 0 && end[0] === '\n' && afterCr)) line += 1;
    }
    if (part.length > 0) afterCr = part.endsWith('\r');
  };

  const stop = new RegExp(`[\\r\\n"${delimiter === '\t' ? '\\t' : delimiter}]`, 'g');
  const findStop = (text: string, from: number): number => {
    stop.lastIndex = from;
    return stop.exec(text)?.index ?? text.length;
  };

  /** Reads inside quotes from an index on; returns the index to go on at. */
  const readQuoted = (text: string, from: number): number => {
    const quote = text.indexOf('"', from);
    const end = quote === -1 ? text.length : quote;
    const part = text.slice(from, end);
    append(part);
    countLines(part);
    if (quote === -1) return end;
    place = 'quote';
    afterCr = false;
    return end + 1;
  };

  /** Reads anywhere else. */
  const readPlain = (text: string, from: number): number => {
    const sign = text[from];
    if (sign === '\n' && afterCr) {
      afterCr = false;
      begin = line;
      return from + 1;
    }
    afterCr = sign === '\r';
    if (sign === '\r' || sign === '\n') {
      line += 1;
      endRecord();
      begin = line;
      return from + 1;
    }
    if (place === 'lost') {
      const rest = text.slice(from).search(/[\r\n]/);
      return rest === -1 ? text.length : from + rest;
    }
    if (sign === delimiter) {
      endCell();
      return from + 1;
    }
    if (sign === '"' && place !== 'plain') {
      // Two quotes inside quotes stand for one.
      if (place === 'quote') append('"');
      place = 'quoted';
      return from + 1;
    }
    if (place === 'quote') {
      // Something follows a closing quote: what was meant can't be told, so the line is given up.
      refuse('quotes');
      place = 'lost';
      return from;
    }
    place = 'plain';
    const end = sign === '"' ? from + 1 : findStop(text, from);
    append(text.slice(from, end));
    return end;
  };

  const take = (): (CsvRecord | RefusedRecord)[] => {
    const taken = found;
    found = [];
    return taken;
  };
  return Object.freeze({
    push(text: string) {
      let index = 0;
      while (index < text.length) {
        index = place === 'quoted' ? readQuoted(text, index) : readPlain(text, index);
      }
      return take();
    },
    end() {
      if (place === 'quoted') {
        refusal = { kind: 'unclosed', at: line };
        endRecord();
      } else if (place !== 'start' || cells.length > 0) endRecord();
      return take();
    },
  } satisfies CsvReader);
}

/** Separators that spreadsheets write, most usual first. */
const DELIMITERS = [',', ';', '\t'] as const;

/** The separator that a file's first line has most of. */
export function detectDelimiter(firstLine: string): string {
  const plain = firstLine.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((sign) => plain.split(sign).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
