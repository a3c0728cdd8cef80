import { isUtf8 } from 'node:buffer';

/** Turns the bytes of an upload into text, and says where they are no text that can be read. */

/** The file as a whole can't be read: what is wrong, for the person who made it. */
export class FileFault extends Error {
  readonly code: string;
  /** From 1; undefined where no line is to blame. */
  readonly line: number | undefined;

  constructor(code: string, detail: string, line?: number) {
    super(detail);
    this.name = 'FileFault';
    this.code = code;
    this.line = line;
  }
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\u{feff}';
const SAVE_AS = 'Save it as "CSV UTF-8" and send it again.';
/** Longest rest of a sign that a chunk may end within. */
const SIGN_BYTES_MAX = 4;

function refuseUtf16(bytes: Buffer): void {
  const marked =
    bytes.length >= 2 &&
    ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
  // Without its mark, every other byte of Latin text is a zero.
  const unmarked = bytes.subarray(0, 64).filter((byte) => byte === 0).length >= 8;
  if (marked || unmarked) {
    throw new FileFault('not-utf-8', `The file is UTF-16, not UTF-8. ${SAVE_AS}`, 1);
  }
}

/** Number of the first line that is not UTF-8, counted from the line that the bytes begin in. */
function findBadLine(bytes: Buffer, firstLine: number): number {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (!isUtf8(bytes.subarray(start, end === -1 ? bytes.length : end))) return line;
    if (end === -1) break;
    start = end + 1;
  }
  return line;
}

/**
 * Decodes UTF-8, with or without a byte order mark, holding no more than a chunk.
 * @throws FileFault `not-utf-8`, with the line
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  let isFirst = true;
  let rest: Buffer = Buffer.alloc(0);
  const decode = (bytes: Buffer, stream: boolean): string => {
    try {
      return decoder.decode(bytes, { stream });
    } catch {
      const bad = findBadLine(Buffer.concat([rest, bytes]), line);
      const detail = `Line ${bad} is not UTF-8: the file was saved in another encoding. ${SAVE_AS}`;
      throw new FileFault('not-utf-8', detail, bad);
    }
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (isFirst) refuseUtf16(bytes);
    const text = decode(bytes, true);
    yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    isFirst = false;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) line += 1;
    rest = bytes.subarray(Math.max(0, bytes.length - SIGN_BYTES_MAX));
    if (rest.includes(NEWLINE)) rest = rest.subarray(rest.lastIndexOf(NEWLINE) + 1);
  }
  yield decode(Buffer.alloc(0), false);
}
