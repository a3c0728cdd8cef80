import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCsvReader, detectDelimiter } from './csv-records.ts';

const LIMITS = { cellCharsMax: 1_000, cellsMax: 20, recordCharsMax: 1_500 };

/** Reads a text that comes in pieces of a size. */
function read(text: string, size = text.length, delimiter = ',') {
  const reader = createCsvReader(delimiter, LIMITS);
  const pieces = Array.from({ length: Math.ceil(text.length / Math.max(1, size)) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

describe('CSV', () => {
  test.each(['\n', '\r\n', '\r'])(
    'has records that end in %j, with the line they begin in',
    (end) => {
      const text = `a,b${end}"x ""y"" ${end}z",${end}${end},2`;
      expect(read(text)).toEqual([
        { line: 1, cells: ['a', 'b'] },
        { line: 2, cells: [`x "y" ${end}z`, ''] },
        { line: 5, cells: ['', '2'] },
      ]);
    },
  );

  test('is read the same in whatever pieces it comes, whatever it holds', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '"', ',', '\r', '\n', '""', ' '), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (signs, size) => {
        const whole = signs.join('');
        expect(read(whole, size)).toEqual(read(whole));
      }),
    );
  });

  test('gives back what was written, and each record’s line', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'ß') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quote).join(',')).join('\n');
        const records = read(text, 7);
        expect(records.map((record) => ('cells' in record ? record.cells : []))).toEqual(rows);
        let line = 1;
        for (const [index, row] of rows.entries()) {
          expect(records[index]?.line).toBe(line);
          line += 1 + (row.join('').match(/\r\n|\n|\r/g)?.length ?? 0);
        }
      }),
    );
  });

  test('goes on after a record whose quotes are wrong', () => {
    expect(read('a,b\n"x"y,1\nc,d\n')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, refusal: 'quotes', at: 2 },
      { line: 3, cells: ['c', 'd'] },
    ]);
    // An opened quote ends where the next one stands, some lines below.
    expect(read('"x,1\nnext,"Title"\nc,d\n')).toEqual([
      { line: 1, refusal: 'quotes', at: 2 },
      { line: 3, cells: ['c', 'd'] },
    ]);
    expect(read('a,b\nc,"d\ne,f')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, refusal: 'unclosed', at: 3 },
    ]);
  });

  test('takes a quote within a plain cell as it stands', () => {
    expect(read('24" screen,1')).toEqual([{ line: 1, cells: ['24" screen', '1'] }]);
  });

  test('passes over a cell that is too long and a record of too many, keeping neither', () => {
    const part = 'x'.repeat(900);
    const text = `a,"${part}\n${part}"\n${','.repeat(30)}\n${part},${part}\nb,c`;
    expect(read(text, 100)).toEqual([
      { line: 1, refusal: 'too-long', at: 1 },
      { line: 3, refusal: 'too-long', at: 3 },
      { line: 4, refusal: 'too-long', at: 4 },
      { line: 5, cells: ['b', 'c'] },
    ]);
  });

  test('of other separators is told by its first line', () => {
    expect(detectDelimiter('Handle,Title,"Body; (HTML)"')).toBe(',');
    expect(detectDelimiter('Handle;Title;Vendor')).toBe(';');
    expect(detectDelimiter('Handle\tTitle')).toBe('\t');
    expect(read('a\tb,c\n', 3, '\t')).toEqual([{ line: 1, cells: ['a', 'b,c'] }]);
  });
});
