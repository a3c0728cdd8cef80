import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';
import type { Clock } from '@commerce/service/clock';

/**
 * Tokens of tracking links: `EXPIRY.MAC`, over the id of one order group. They are kept nowhere. Their key
 * follows from one that every cell has, so a link goes on working after its partition has moved.
 */
export interface TrackingTokens {
  issue(groupId: string): { readonly token: string; readonly expiresAt: Date };
  /** @throws AppError `invalid-token` where the token is not this group's, or has expired */
  verify(groupId: string, token: string): void;
}

/** As long as a parcel, a return and a refund may take. */
const LIFETIME_S = 120 * 24 * 60 * 60;
const TOKEN_PATTERN = /^([0-9a-z]{6,8})\.([\w-]{22})$/;
/** 128 bits: far beyond guessing, and short enough for a link. */
const MAC_BYTES = 16;

/** Longest token that is read. */
export const TRACKING_TOKEN_LENGTH_MAX = 40;

/** @param claimsKey the fleet's key, from which a key for this purpose alone is derived */
export function createTrackingTokens(claimsKey: Uint8Array, clock: Clock): TrackingTokens {
  const key = Buffer.from(hkdfSync('sha256', claimsKey, '', 'order tracking links', 32));
  const macOf = (groupId: string, expiry: string): Buffer =>
    createHmac('sha256', key).update(`${groupId}\n${expiry}`).digest().subarray(0, MAC_BYTES);

  return Object.freeze<TrackingTokens>({
    issue(groupId) {
      const expiresAtS = Math.floor(clock.nowMs() / 1000) + LIFETIME_S;
      const expiry = expiresAtS.toString(36);
      const token = `${expiry}.${macOf(groupId, expiry).toString('base64url')}`;
      return { token, expiresAt: new Date(expiresAtS * 1000) };
    },

    verify(groupId, token) {
      const [, expiry, mac] = TOKEN_PATTERN.exec(token) ?? [];
      const given = Buffer.from(mac ?? '', 'base64url');
      const isGenuine =
        expiry !== undefined &&
        given.length === MAC_BYTES &&
        timingSafeEqual(given, macOf(groupId, expiry));
      if (!isGenuine) {
        throw new AppError('invalid-token', {
          field: 'token',
          detail: 'The link is not one of ours, or belongs to another order.',
        });
      }
      if (Number.parseInt(expiry, 36) * 1000 < clock.nowMs()) {
        throw new AppError('invalid-token', {
          field: 'token',
          detail: 'The link has expired.',
          extensions: { expired: true },
        });
      }
    },
  });
}
