import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';
import type { Clock } from '../clock.ts';

/**
 * Calls between the control plane and the cells: a bearer token `svc.<caller>.<audience>.<expiry>.<mac>`
 * under a key that only they share. It names the one service that it is for, so a cell that is taken
 * over can't use what it was sent against another.
 */

/** How long a service token is valid, in seconds. */
const LIFETIME_S = 60;

function mac(key: Uint8Array, caller: string, audience: string, expiresAtS: number): string {
  return createHmac('sha256', key)
    .update(`service\n${caller}\n${audience}\n${expiresAtS}`)
    .digest('base64url');
}

/** The value of an Authorization header for one call. */
export function signServiceCall(
  key: Uint8Array,
  call: { readonly caller: string; readonly audience: string; readonly clock: Clock },
): string {
  const expiresAtS = Math.floor(call.clock.nowMs() / 1000) + LIFETIME_S;
  const signature = mac(key, call.caller, call.audience, expiresAtS);
  return `Bearer svc.${call.caller}.${call.audience}.${expiresAtS}.${signature}`;
}

/**
 * Verifies the Authorization header of a service call.
 * @returns the caller's name
 * @throws AppError `unauthenticated` without a header, `invalid-token` where it is not valid
 */
export function verifyServiceCall(
  key: Uint8Array,
  authorization: string | undefined,
  expected: { readonly audience: string; readonly clock: Clock },
): string {
  if (authorization === undefined) throw new AppError('unauthenticated');
  const match = /^Bearer svc\.([a-z0-9-]+)\.([a-z0-9-]+)\.(\d{1,12})\.([\w-]+)$/.exec(
    authorization,
  );
  const [, caller, audience, expiry, signature] = match ?? [];
  if (
    caller === undefined ||
    audience !== expected.audience ||
    expiry === undefined ||
    signature === undefined ||
    Number(expiry) * 1000 < expected.clock.nowMs()
  ) {
    throw new AppError('invalid-token', { field: 'authorization' });
  }
  const given = Buffer.from(signature);
  const right = Buffer.from(mac(key, caller, audience, Number(expiry)));
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new AppError('invalid-token', { field: 'authorization' });
  }
  return caller;
}
