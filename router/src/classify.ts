import { type Partition, parsePartition } from '@commerce/contracts/ids';
import type { Pin } from './pin-cookie.ts';
import { isWebhook, partitionInPath } from './request-target.ts';

/** What a request says about where it belongs, before any table is looked at. */
export type Hint =
  /** An id in the path names the partition. A callback comes by the platform's own host, whoever's it is. */
  | { readonly kind: 'path'; readonly partition: Partition; readonly isCallback?: boolean }
  /** A callback that names no partition: nobody's. */
  | { readonly kind: 'nowhere' }
  /** The access token's claim, not verified here: the cell verifies the token. */
  | { readonly kind: 'token'; readonly partition: Partition }
  | { readonly kind: 'pin'; readonly partition: Partition }
  /** Nothing known: the shopper is to be pinned. */
  | { readonly kind: 'none' };

const NOTHING_KNOWN: Hint = Object.freeze({ kind: 'none' });
const NOWHERE: Hint = Object.freeze({ kind: 'nowhere' });

/**
 * Decides which partition a request names: an id in the path, before the access token, before the
 * pin. Pure; the caller has verified the pin.
 */
export function classify(request: {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly pin: Pin | undefined;
}): Hint {
  const inPath = partitionInPath(request.path);
  const isCallback = isWebhook(request.path);
  if (inPath !== undefined) {
    return isCallback
      ? { kind: 'path', partition: inPath, isCallback }
      : { kind: 'path', partition: inPath };
  }
  if (isCallback) return NOWHERE;
  const { authorization } = request;
  const inToken = authorization === undefined ? undefined : partitionInToken(authorization);
  if (inToken !== undefined) return { kind: 'token', partition: inToken };
  if (request.pin !== undefined) return { kind: 'pin', partition: request.pin.partition };
  return NOTHING_KNOWN;
}

/** Longest payload of a token that is looked into. */
const PAYLOAD_LENGTH_MAX = 4_096;
const PART_CLAIM_PATTERN = /"part"\s*:\s*"([a-z0-9-]{5,16})"/;

/** The `part` claim of a bearer token in JWT form; undefined where there is none. Verifies nothing. */
export function partitionInToken(authorization: string): Partition | undefined {
  if (authorization.length < 8 || authorization.slice(0, 7).toLowerCase() !== 'bearer ') {
    return undefined;
  }
  const start = authorization.indexOf('.') + 1;
  const end = authorization.indexOf('.', start);
  if (start === 0 || end === -1 || end - start > PAYLOAD_LENGTH_MAX) return undefined;
  const payload = Buffer.from(authorization.slice(start, end), 'base64url').toString('latin1');
  const claim = PART_CLAIM_PATTERN.exec(payload)?.[1];
  return claim === undefined ? undefined : parsePartition(claim);
}
