import { createHmac, timingSafeEqual } from 'node:crypto';
import { PIN_COOKIE } from '@commerce/contracts/headers';
import { type Partition, parsePartition } from '@commerce/contracts/ids';

/** What the router remembers of a shopper, in the shopper's own browser. */
export interface Pin {
  readonly partition: Partition;
  /** The country the shopper chose to shop from; undefined where none was chosen. */
  readonly country: string | undefined;
}

/** Signs and verifies pin cookies: compact JWTs, HS256, under a key that only routers hold. */
export interface PinCookies {
  /** The pin in a cookie's value, or undefined where no router of ours has written it. */
  verify(value: string): Pin | undefined;
  /** The `Set-Cookie` header that pins a shopper. */
  setHeader(pin: Pin, options: { readonly secure: boolean; readonly nowMs: number }): string;
}

/** The `Set-Cookie` header that takes a pin away. */
export const CLEARED_PIN_HEADER = `${PIN_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;

/** A pin lasts a year from when it was made: a shopper's data stays where it is for life. */
const MAX_AGE_S = 365 * 24 * 60 * 60;
/** Longest value that can be ours; anything longer is refused before a hash is computed. */
const VALUE_LENGTH_MAX = 512;
/** About 300 bytes each. */
const REMEMBERED_MAX = 20_000;

const JWT_HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
const VALUE_PATTERN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/;

/**
 * The secret of pins in the only form that HAProxy takes one for HS256: a text. Both data planes sign and
 * verify under it, so a pin of the one is good for the other.
 */
export function pinSecretOf(key: Uint8Array): string {
  return Buffer.from(key).toString('base64url');
}

/** Makes the signer and verifier of pins. Verified cookies are remembered, so each is hashed once. */
export function createPinCookies(key: Uint8Array): PinCookies {
  // A Map keeps the order of insertion: the first entry is the one used longest ago.
  const remembered = new Map<string, Pin>();
  const secret = pinSecretOf(key);
  const sign = (payload: string): string =>
    createHmac('sha256', secret).update(`${JWT_HEADER}.${payload}`).digest('base64url');

  const verifySlowly = (value: string): Pin | undefined => {
    if (value.length > VALUE_LENGTH_MAX || !VALUE_PATTERN.test(value)) return undefined;
    const [header, payload = '', signature = ''] = value.split('.');
    // Only the one header that we write: no algorithm is negotiated with whoever sends a cookie.
    if (header !== JWT_HEADER) return undefined;
    const expected = Buffer.from(sign(payload));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return readPayload(payload);
  };

  return Object.freeze({
    verify(value: string): Pin | undefined {
      const known = remembered.get(value);
      if (known !== undefined) {
        remembered.delete(value);
        remembered.set(value, known);
        return known;
      }
      const pin = verifySlowly(value);
      if (pin === undefined) return undefined;
      if (remembered.size >= REMEMBERED_MAX) {
        remembered.delete(remembered.keys().next().value as string);
      }
      remembered.set(value, pin);
      return pin;
    },

    setHeader(
      pin: Pin,
      { secure, nowMs }: { readonly secure: boolean; readonly nowMs: number },
    ): string {
      const claims = {
        part: pin.partition,
        ...(pin.country !== undefined && { country: pin.country }),
        iat: Math.floor(nowMs / 1000),
      };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const value = `${JWT_HEADER}.${payload}.${sign(payload)}`;
      const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_S}`;
      return `${PIN_COOKIE}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
    },
  });
}

function readPayload(payload: string): Pin | undefined {
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      readonly part?: unknown;
      readonly country?: unknown;
    };
    const partition = typeof claims.part === 'string' ? parsePartition(claims.part) : undefined;
    if (partition === undefined) return undefined;
    const country = typeof claims.country === 'string' ? claims.country : undefined;
    return Object.freeze({ partition, country });
  } catch {
    return undefined;
  }
}

const COOKIE_START = `${PIN_COOKIE}=`;

/** The value of the pin cookie in a `Cookie` header; undefined where there is none. */
export function pinValueIn(cookieHeader: string): string | undefined {
  let from = cookieHeader.indexOf(COOKIE_START);
  // The name must begin a cookie: `my_cell_pin=…` is somebody else's.
  while (from > 0 && cookieHeader[from - 1] !== ' ' && cookieHeader[from - 1] !== ';') {
    from = cookieHeader.indexOf(COOKIE_START, from + 1);
  }
  if (from === -1) return undefined;
  const end = cookieHeader.indexOf(';', from);
  return cookieHeader.slice(from + COOKIE_START.length, end === -1 ? undefined : end).trim();
}

/** The `Cookie` header without pins, for the cell; undefined where nothing is left. */
export function withoutPin(cookieHeader: string): string | undefined {
  if (!cookieHeader.includes(COOKIE_START)) return cookieHeader;
  const others = cookieHeader
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '' && !cookie.startsWith(COOKIE_START));
  return others.length === 0 ? undefined : others.join('; ');
}
