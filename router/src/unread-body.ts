import type { IncomingMessage } from 'node:http';

/**
 * Answers that are given before a request's body is read. A client that is still writing takes such an
 * answer for a fault of the network, since it ends before the request does, and one whose bytes are left
 * unread loses the answer to a reset. So the body is read away first, within these limits.
 */
export interface UnreadBodyLimits {
  /** Bytes of a body that are read before the answer. */
  readonly bytesMax: number;
  /** Time within which they must have come, in milliseconds. */
  readonly durationMsMax: number;
  /** Who has not ended by then is answered, and read on for this long, in milliseconds, before the end. */
  readonly lingerMs: number;
}

export const UNREAD_BODY_LIMITS: UnreadBodyLimits = Object.freeze({
  bytesMax: 8 * 1024 * 1024,
  durationMsMax: 2_000,
  lingerMs: 2_000,
});

/** Requests whose client waits to be asked for the body (`Expect: 100-continue`), and was not. */
const unasked = new WeakSet<IncomingMessage>();

/** Notes that this body will not be asked for, so that nobody waits for it. */
export function leaveUnasked(request: IncomingMessage): void {
  unasked.add(request);
}

/**
 * Calls `answer` when the body of a request has been read away; at once where there is none, where it has
 * come already or is not asked for. Beyond the limits it is called nevertheless, and the connection ends
 * a while after, when the client had time to read.
 */
export function answerAfterBody(
  request: IncomingMessage,
  answer: () => void,
  limits: UnreadBodyLimits = UNREAD_BODY_LIMITS,
): void {
  if (!hasUnreadBody(request)) {
    answer();
    request.resume();
    return;
  }
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.bytesMax) giveUp();
  };
  const stop = (): void => {
    clearTimeout(timer);
    request.off('data', onData);
    request.off('end', onEnd);
    request.off('close', onEnd);
  };
  const onEnd = (): void => {
    stop();
    answer();
  };
  const giveUp = (): void => {
    stop();
    answer();
    request.resume();
    const { socket } = request;
    const linger = setTimeout(() => socket.destroy(), limits.lingerMs);
    request.once('end', () => clearTimeout(linger));
    socket.once('close', () => clearTimeout(linger));
  };
  const timer = setTimeout(giveUp, limits.durationMsMax);
  request.on('data', onData);
  request.once('end', onEnd);
  request.once('close', onEnd);
  request.resume();
}

function hasUnreadBody(request: IncomingMessage): boolean {
  if (request.complete || request.readableEnded || request.destroyed) return false;
  // In HTTP/2 a stream is ended with its answer, whatever the client still meant to send on it.
  if (request.httpVersionMajor === 2 || unasked.has(request)) return false;
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > 0;
}
