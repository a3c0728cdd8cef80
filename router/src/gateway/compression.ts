import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';

/**
 * Compression of what cells send as it is: JSON, text and drawings. Not of pages: the cell compresses those,
 * and masks the tokens of their forms, whose length a stranger could otherwise find out by adding guesses
 * to the page (BREACH). An answer of the API holds no secret that a browser would send along by itself.
 */
export type Encoding = 'br' | 'gzip';

/** Below it the headers cost more than is saved. */
const BYTES_MIN = 1_024;
const COMPRESSED_TYPES_PATTERN =
  /^(?:application\/(?:json|problem\+json|xml|manifest\+json|javascript|graphql-response\+json)|text\/(?:plain|css|javascript|csv|xml)|image\/svg\+xml)(?:;|$)/;

/** Fast levels: an answer is compressed as it passes. */
const BROTLI_PASSING = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
const GZIP_PASSING = { level: 3 };
/** A kept answer is compressed once, and sent many times. */
const BROTLI_KEPT = { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } };
const GZIP_KEPT = { level: 7 };

/** The encoding to answer in; undefined where the answer goes as it is. */
export function encodingFor(
  acceptEncoding: string | undefined,
  answer: {
    readonly method: string;
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
  },
): Encoding | undefined {
  const { headers } = answer;
  if (acceptEncoding === undefined || answer.method === 'HEAD') return undefined;
  if (answer.status < 200 || answer.status === 204 || answer.status === 206) return undefined;
  if (answer.status === 304 || headers['content-encoding'] !== undefined) return undefined;
  if (!COMPRESSED_TYPES_PATTERN.test(headers['content-type'] ?? '')) return undefined;
  if (headers['cache-control']?.includes('no-transform') === true) return undefined;
  const length = headers['content-length'];
  if (length !== undefined && Number(length) < BYTES_MIN) return undefined;
  return preferred(acceptEncoding);
}

const ITEM_PATTERN = /^\s*([a-z*-]+)\s*(?:;\s*q=([\d.]+))?\s*$/i;

function preferred(header: string): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const item of header.slice(0, 256).split(',')) {
    const match = ITEM_PATTERN.exec(item);
    if (match !== null) weights.set((match[1] as string).toLowerCase(), Number(match[2] ?? 1));
  }
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get('*') ?? 0;
  const [brotli, gzipped] = [weightOf('br'), weightOf('gzip')];
  if (brotli > 0 && brotli >= gzipped) return 'br';
  return gzipped > 0 ? 'gzip' : undefined;
}

/**
 * The headers of an answer in another encoding: its length is not known any more, and its bytes are
 * others than those that a strong tag named.
 */
export function encodedHeaders(
  headers: IncomingHttpHeaders,
  encoding: Encoding,
): IncomingHttpHeaders {
  const { 'content-length': _length, etag, vary, ...others } = headers;
  return {
    ...others,
    'content-encoding': encoding,
    vary: vary === undefined ? 'accept-encoding' : withEncoding(vary),
    ...(etag !== undefined && { etag: etag.startsWith('W/') ? etag : `W/${etag}` }),
  };
}

function withEncoding(vary: string): string {
  return /(?:^|,)\s*(?:\*|accept-encoding)\s*(?:,|$)/i.test(vary)
    ? vary
    : `${vary}, accept-encoding`;
}

/** What compresses an answer as it passes. */
export function createCompressor(encoding: Encoding): Transform {
  return encoding === 'br' ? createBrotliCompress(BROTLI_PASSING) : createGzip(GZIP_PASSING);
}

/** Compresses a whole body, off the main thread. */
export function compressWhole(
  body: Buffer,
  encoding: Encoding,
  done: (error: Error | null, compressed: Buffer) => void,
): void {
  if (encoding === 'br') brotliCompress(body, BROTLI_KEPT, done);
  else gzip(body, GZIP_KEPT, done);
}
