import type { SqlValue, Statement } from '../sql.ts';

/**
 * Arrays of texts and of numbers in PostgreSQL's binary format. As text an array is escaped element by
 * element, which was a tenth of what an import of a catalogue cost; documents of kilobytes are copied here as
 * they are. CockroachDB reads the same format.
 */

const TEXT_OID = 25;
const INT8_OID = 20;
/** Dimensions, whether there are NULLs, element's type, then length and lower bound of the one dimension. */
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

function writeHeader(buffer: Buffer, elements: readonly unknown[], oid: number): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(elements.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(elements.length, 12);
  buffer.writeInt32BE(1, 16);
}

function encodeTexts(elements: readonly (string | null)[]): Buffer {
  const lengths = elements.map((text) => (text === null ? 0 : Buffer.byteLength(text)));
  const bytes = lengths.reduce((sum, length) => sum + 4 + length, HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  writeHeader(buffer, elements, TEXT_OID);
  let at = HEADER_BYTES;
  elements.forEach((text, index) => {
    const length = lengths[index] ?? 0;
    at = buffer.writeInt32BE(text === null ? NULL_LENGTH : length, at);
    if (text !== null && length > 0) at += buffer.write(text, at, length, 'utf8');
  });
  return buffer;
}

function encodeIntegers(elements: readonly (bigint | number | null)[]): Buffer {
  const nulls = elements.filter((element) => element === null).length;
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + elements.length * 12 - nulls * 8);
  writeHeader(buffer, elements, INT8_OID);
  let at = HEADER_BYTES;
  for (const element of elements) {
    at = buffer.writeInt32BE(element === null ? NULL_LENGTH : 8, at);
    if (element !== null) at = buffer.writeBigInt64BE(BigInt(element), at);
  }
  return buffer;
}

const isText = (element: unknown): element is string | null =>
  element === null || typeof element === 'string';
const isInteger = (element: unknown): element is bigint | number | null =>
  element === null || typeof element === 'bigint' || Number.isSafeInteger(element);

type Encode = (elements: readonly unknown[]) => Buffer | undefined;
const ENCODERS: Readonly<Record<string, Encode>> = {
  text: (elements) => (elements.every(isText) ? encodeTexts(elements) : undefined),
  int8: (elements) => (elements.every(isInteger) ? encodeIntegers(elements) : undefined),
};

/** Encoders by the place of their parameter, by the statement's text. */
const known = new Map<string, ReadonlyMap<number, Encode>>();
/** Texts are the program's own; more than this would be made at run time. */
const KNOWN_MAX = 2_000;

function encodersOf(text: string): ReadonlyMap<number, Encode> {
  let encoders = known.get(text);
  if (encoders === undefined) {
    const found = new Map<number, Encode>();
    // A parameter has the type of its first mention: one that is compared before it is cast stays as it is.
    const seen = new Set<number>();
    for (const [, number, type] of text.matchAll(/\$(\d+)(?:::(text|int8)\[\])?/g)) {
      const place = Number(number) - 1;
      const encode = type === undefined ? undefined : ENCODERS[type];
      if (!seen.has(place) && encode !== undefined) found.set(place, encode);
      seen.add(place);
    }
    encoders = found;
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(text, encoders);
  }
  return encoders;
}

/** The values with arrays in binary where the statement says `$n::text[]` or `$n::int8[]`. */
export function encodeArrays(
  { text }: Pick<Statement<unknown>, 'text'>,
  values: readonly SqlValue[],
): unknown[] {
  const encoders = encodersOf(text);
  return values.map((value, place) =>
    Array.isArray(value) ? (encoders.get(place)?.(value) ?? value) : value,
  );
}
