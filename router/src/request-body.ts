import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { AppError } from '@commerce/contracts/problems';
import type { RequestHead } from './request-head.ts';

/** Largest body that goes through, in bytes. */
export const BODY_BYTES_MAX = 1_048_576;
/** Largest body that is held, so that it can be sent once more; a larger one is streamed. */
export const REPLAYABLE_BYTES_MAX = 65_536;

/** Nothing, all of it, or a stream that can be sent only once. */
export type RequestBody = null | Buffer | Readable;

/** Methods that carry no body; one that comes with them is a way to smuggle a second request. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The refusal of a body that is too large or out of place; undefined where it may be read. */
export function refuseBody(method: string, head: RequestHead): AppError | undefined {
  const { contentLength, isChunked } = head;
  if (contentLength === undefined && !isChunked) return undefined;
  if (BODILESS.has(method) && (isChunked || contentLength !== 0)) {
    return new AppError('invalid-request', { field: 'body', detail: `${method} takes no body` });
  }
  return contentLength !== undefined && contentLength > BODY_BYTES_MAX ? tooLarge() : undefined;
}

function tooLarge(): AppError {
  return new AppError('payload-too-large', { detail: `at most ${BODY_BYTES_MAX} bytes are taken` });
}

/**
 * Takes a request's body, which {@link refuseBody} has let pass. A small one is read in full first:
 * it can be sent again, and a slow client costs the cell nothing. A large one is streamed, with
 * back-pressure, and counted on its way.
 * @param onBody called once, unless the client goes away first
 */
export function takeBody(
  request: IncomingMessage,
  head: RequestHead,
  onBody: (body: RequestBody) => void,
): void {
  const { contentLength, isChunked } = head;
  if (!isChunked && (contentLength === undefined || contentLength === 0)) {
    onBody(null);
    return;
  }
  if (contentLength !== undefined && contentLength > REPLAYABLE_BYTES_MAX) {
    onBody(streamBody(request, []));
    return;
  }
  collectBody(request, onBody);
}

function collectBody(request: IncomingMessage, onBody: (body: RequestBody) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= REPLAYABLE_BYTES_MAX) return;
    request.off('data', onData);
    request.off('end', onEnd);
    onBody(streamBody(request, chunks));
  };
  const onEnd = (): void => {
    onBody(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
  };
  request.on('data', onData);
  request.on('end', onEnd);
}

function streamBody(request: IncomingMessage, first: readonly Buffer[]): Readable {
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) done(tooLarge());
      else done(null, chunk);
    },
  });
  // The stream ends before the request when the cell answers early: what the client still sends is
  // read and thrown away, since a socket closed with unread bytes would lose the answer.
  limited.once('close', () => {
    request.unpipe(limited);
    request.resume();
  });
  // undici reports the fault to the exchange; this keeps it from ending the process as well.
  limited.on('error', () => undefined);
  for (const chunk of first) limited.write(chunk);
  request.pipe(limited);
  return limited;
}
