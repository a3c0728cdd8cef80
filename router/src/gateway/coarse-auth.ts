import { AppError } from '@commerce/contracts/problems';
import { isBelow } from '../request-target.ts';

/**
 * A first look at access tokens, so that what can't be right costs a cell nothing: tokens of another
 * form or algorithm, expired ones, and requests without any where one is always needed. The signature is
 * the cell's to check, which also knows whose the thing is that is asked for: a router holds no keys of
 * customers and lets nobody in who the cell would not.
 */

/** Paths below which every request needs a token. */
export const TOKEN_PREFIXES = ['/v1/me'] as const;
/** The router's own endpoints look at nobody's account; they ask only whether there is a token. */
const OWN_PREFIX = '/router/';
/** A cell refuses by its own clock; a router whose clock is ahead must not refuse before it. */
const LEEWAY_S = 60;
const TOKEN_LENGTH_MAX = 8_192;
const BEARER_PATTERN = /^bearer +([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/i;
/** A token that has passed once does so until it expires: its look is remembered. */
const REMEMBERED_MAX = 10_000;

export interface CoarseAuth {
  /** The refusal; undefined where the cell has to look itself. */
  judge(path: string, authorization: string | undefined, nowMs: number): AppError | undefined;
}

export function createCoarseAuth(): CoarseAuth {
  const expiries = new Map<string, number>();
  const expiryOf = (authorization: string): number | undefined => {
    const known = expiries.get(authorization);
    if (known !== undefined) return known;
    const expiresAtS = readExpiry(authorization);
    if (expiresAtS === undefined) return undefined;
    if (expiries.size >= REMEMBERED_MAX) {
      expiries.delete(expiries.keys().next().value as string);
    }
    expiries.set(authorization, expiresAtS);
    return expiresAtS;
  };

  return Object.freeze({
    judge(path: string, authorization: string | undefined, nowMs: number): AppError | undefined {
      if (path.startsWith(OWN_PREFIX)) return undefined;
      if (authorization === undefined) {
        return TOKEN_PREFIXES.some((prefix) => isBelow(path, prefix))
          ? new AppError('unauthenticated', { field: 'authorization' })
          : undefined;
      }
      const expiresAtS = expiryOf(authorization);
      if (expiresAtS === undefined) {
        const detail = 'a bearer token in the form that POST /v1/sessions gives is expected';
        return new AppError('invalid-token', { field: 'authorization', detail });
      }
      if (expiresAtS + LEEWAY_S < nowMs / 1000) {
        return new AppError('invalid-token', {
          field: 'authorization',
          detail: 'the token has expired',
        });
      }
      return undefined;
    },
  });
}

/** Seconds since 1970 at which the token ends; undefined where it is none of the platform's form. */
function readExpiry(authorization: string): number | undefined {
  if (authorization.length > TOKEN_LENGTH_MAX) return undefined;
  const match = BEARER_PATTERN.exec(authorization);
  if (match === null) return undefined;
  const header = readPart(match[1] as string);
  const claims = readPart(match[2] as string);
  const { exp } = claims ?? {};
  // The one algorithm that is issued: none is negotiated with whoever sends a token.
  return header?.['alg'] === 'ES256' && typeof exp === 'number' ? exp : undefined;
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
