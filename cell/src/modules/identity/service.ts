import { createHmac, hkdfSync } from 'node:crypto';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Sql } from '@commerce/engines/sql/sql';
import type { TokenIssuer, TokenVerifier } from '@commerce/service/auth/tokens';
import type { Clock } from '@commerce/service/clock';
import type { IdempotencyKey } from '../../partitions/idempotency.ts';
import type { Ownership } from '../../partitions/ownership.ts';
import type { UnitOfWork } from '../../partitions/unit-of-work.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { createEmailClaims, type EmailClaims } from './claims.ts';
import { hashEmail } from './emails.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
import { createRefreshTokens } from './refresh-tokens.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface Identity {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly claims: EmailClaims;
  readonly hasher: PasswordHasher;
  readonly authenticate: AccessTokens['authenticate'];
  /** The keyed hash of a normalised email. */
  hashEmail(email: string): string;
  /**
   * Makes a client's key fit to be stored beside a request that holds a password or a token: its
   * fingerprint becomes a keyed one, since a plain hash could be searched for the password at a
   * thousand times argon2's speed.
   */
  sealKey(key: IdempotencyKey | undefined): IdempotencyKey | undefined;
}

export interface IdentityDeps {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly ownership: Ownership;
  readonly directory: Directory;
  readonly clock: Clock;
  /** The fleet's key of claims (at least 32 bytes), which no store holds. */
  readonly claimsKey: Uint8Array;
  /** Signs for the audience `shop`, with the realm as issuer. */
  readonly issuer: TokenIssuer;
  /** Verifies tokens of every realm for the audience `shop`. */
  readonly verifier: TokenVerifier;
  readonly hasher?: PasswordHasher;
}

/** Makes the identity of a cell. There is one in a process, as it bounds the hashing of passwords. */
export function createIdentity(deps: IdentityDeps): Identity {
  const { claimsKey, hasher = createPasswordHasher() } = deps;
  const accessTokens = createAccessTokens(deps);
  const refreshTokens = createRefreshTokens(claimsKey);
  const sealingKey = Buffer.from(hkdfSync('sha256', claimsKey, '', 'shop fingerprints', 32));

  return Object.freeze<Identity>({
    accounts: createAccounts({ ...deps, hasher }),
    sessions: createSessions({ ...deps, accessTokens, refreshTokens }),
    claims: createEmailClaims(deps),
    hasher,
    authenticate: accessTokens.authenticate,
    hashEmail: (email) => hashEmail(email, claimsKey),
    sealKey: (key) =>
      key && {
        keyHash: key.keyHash,
        fingerprint: createHmac('sha256', sealingKey).update(key.fingerprint).digest('base64url'),
      },
  });
}
