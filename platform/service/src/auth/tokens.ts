import { createHash } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';
import {
  createLocalJWKSet,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

/**
 * Access tokens: ES256, with a key for each realm, published as JWKS. Any cell of the realm verifies
 * a token, so it survives the move of its partition.
 */

export interface TokenIssuer {
  /**
   * Signs an access token.
   * @param claims of the platform, such as `part` and `roles`
   */
  issue(
    subject: string,
    claims: Readonly<Record<string, unknown>>,
    lifetimeS: number,
  ): Promise<string>;
}

export interface TokenVerifier {
  /**
   * @returns the claims
   * @throws AppError `invalid-token` where the signature, audience or time is wrong
   */
  verify(token: string): Promise<JWTPayload>;
}

/** @param privateJwk ES256 key with a `kid` */
export async function createTokenIssuer(
  privateJwk: JWK,
  options: { readonly issuer: string; readonly audience: string; readonly clock: Clock },
): Promise<TokenIssuer> {
  const key = await importJWK(privateJwk, 'ES256');
  const header = { alg: 'ES256', typ: 'at+jwt', kid: privateJwk.kid as string };
  return {
    issue: (subject, claims, lifetimeS) => {
      const nowS = Math.floor(options.clock.nowMs() / 1000);
      return new SignJWT({ ...claims })
        .setProtectedHeader(header)
        .setSubject(subject)
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + lifetimeS)
        .sign(key);
    },
  };
}

/** Verified tokens that are remembered; an ES256 check costs about 90 µs, a look-up a few. */
const VERIFIED_MAX = 10_000;

/**
 * @param jwks public keys of every issuer that is believed. A `kid` begins with its issuer and a
 *   hyphen (`eu-3f2a…`): a realm's key vouches for tokens of that realm and of no other.
 */
export function createTokenVerifier(
  jwks: JSONWebKeySet,
  options: { readonly audience: string; readonly clock: Clock },
): TokenVerifier {
  const keys = createLocalJWKSet(jwks);
  const verified = new LRUCache<string, JWTPayload>({ max: VERIFIED_MAX });
  return {
    async verify(token) {
      const name = createHash('sha256').update(token).digest('base64url');
      const known = verified.get(name);
      if (known !== undefined && (known.exp ?? 0) * 1000 > options.clock.nowMs()) return known;
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          algorithms: ['ES256'],
          audience: options.audience,
          typ: 'at+jwt',
          requiredClaims: ['sub', 'exp', 'iat'],
          currentDate: options.clock.now(),
        });
        const issuer = payload.iss ?? '';
        if (issuer === '' || protectedHeader.kid?.startsWith(`${issuer}-`) !== true) {
          throw new Error('the key is not that of the issuer');
        }
        verified.set(name, payload);
        return payload;
      } catch (error) {
        throw new AppError('invalid-token', { field: 'authorization', cause: error });
      }
    },
  };
}

/**
 * Reads the bearer token of a request.
 * @returns undefined where there is no Authorization header
 * @throws AppError `invalid-token` where the header is of another scheme
 */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const match = /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(authorization);
  if (match === null) {
    throw new AppError('invalid-token', {
      detail: 'The Authorization header holds no bearer token.',
      field: 'authorization',
    });
  }
  return match[1];
}
