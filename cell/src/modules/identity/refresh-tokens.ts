import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type Partition, type PartitionId, partitionOfId } from '@commerce/contracts/ids';

/**
 * Refresh tokens: `rt_eu1f3_01jd…_7_SECRET`: partition and id of the session, generation, secret. The
 * secret is derived from the session's own random seed under a key that the database does not hold:
 * neither the database nor the key alone gives a token, none is stored anywhere, and the answer to a
 * repeated request can be made again (I9). A token of an earlier generation is told from a forged one.
 */

export interface ParsedRefreshToken {
  readonly partition: Partition;
  readonly sessionId: PartitionId<'ses'>;
  readonly generation: number;
  readonly secret: string;
}

export interface TokenSource {
  readonly id: PartitionId<'ses'>;
  /** Random text of the session's row. */
  readonly tokenSeed: string;
}

const PATTERN = /^(rt_[a-z0-9]{5,15}_[0-9a-z]{26})_([1-9]\d{0,8})_([\w-]{43})$/;

/** Longest token; what is longer is not read. */
export const REFRESH_TOKEN_LENGTH_MAX = 120;

/** Reads a token without believing it; undefined where it is not well formed. */
export function parseRefreshToken(text: string): ParsedRefreshToken | undefined {
  const [, id, generation, secret] = PATTERN.exec(text) ?? [];
  if (id === undefined || generation === undefined || secret === undefined) return undefined;
  const partition = partitionOfId(id);
  if (partition === undefined) return undefined;
  const sessionId = `ses${id.slice(2)}` as PartitionId<'ses'>;
  return { partition, sessionId, generation: Number(generation), secret };
}

export interface RefreshTokens {
  /** The token of a session at a generation: always the same one. */
  derive(session: TokenSource, generation: number): string;
  /** Whether the token was made for this session, at whichever generation it names. */
  isGenuine(token: ParsedRefreshToken, session: TokenSource): boolean;
}

/** @param claimsKey the fleet's key, from which a key for this purpose alone is derived */
export function createRefreshTokens(claimsKey: Uint8Array): RefreshTokens {
  const key = Buffer.from(hkdfSync('sha256', claimsKey, '', 'shop refresh tokens', 32));
  const secretOf = (session: TokenSource, generation: number): string =>
    createHmac('sha256', key)
      .update(`${session.id}\n${generation}\n${session.tokenSeed}`)
      .digest('base64url');

  return Object.freeze<RefreshTokens>({
    derive: (session, generation) =>
      `rt${session.id.slice(3)}_${generation}_${secretOf(session, generation)}`,
    isGenuine: (token, session) =>
      token.sessionId === session.id &&
      timingSafeEqual(Buffer.from(token.secret), Buffer.from(secretOf(session, token.generation))),
  });
}
