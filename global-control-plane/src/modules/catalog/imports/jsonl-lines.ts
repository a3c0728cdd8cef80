/** Splits a stream of bytes into lines, holding no more than one line in memory. */

export type ImportLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly refusal: 'too-long' | 'not-utf-8' };

/** Longest line; a product with 800 variants in every market takes about 1 MB. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Yields the lines that are not blank, with their numbers from 1.
 * A line that is too long is passed over without being kept.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax = LINE_BYTES_MAX,
): AsyncGenerator<ImportLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let number = 0;
  const take = (): ImportLine | undefined => {
    number += 1;
    const whole = parts;
    const tooLong = bytes > lineBytesMax;
    parts = [];
    bytes = 0;
    if (tooLong) return { number, refusal: 'too-long' };
    try {
      const text = decoder.decode(Buffer.concat(whole)).trim();
      return text === '' ? undefined : { number, text };
    } catch {
      return { number, refusal: 'not-utf-8' };
    }
  };
  const keep = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes <= lineBytesMax) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      keep(chunk.subarray(start, end));
      const line = take();
      if (line !== undefined) yield line;
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (bytes > 0) {
    const line = take();
    if (line !== undefined) yield line;
  }
}
