import { randomBytes } from 'node:crypto';
import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { type Answer, type IdempotencyKey, writeOnce } from '../../partitions/idempotency.ts';
import type { Ownership } from '../../partitions/ownership.ts';
import type { Committed, PartitionWork, UnitOfWork } from '../../partitions/unit-of-work.ts';
import { ACCESS_TOKEN_LIFETIME_S, type AccessTokens, type Caller } from './access-tokens.ts';
import type { CustomerId } from './account-store.ts';
import {
  type ParsedRefreshToken,
  parseRefreshToken,
  type RefreshTokens,
} from './refresh-tokens.ts';
import {
  findSession,
  insertSession,
  revokeSession,
  rotateSession,
  type Session,
  type SessionId,
} from './session-store.ts';

/** A session ends when it was not used for this long … */
const IDLE_MS = 30 * 24 * 60 * 60_000;
/** … and in any case when it is this old. */
const AGE_MS_MAX = 180 * 24 * 60 * 60_000;

/** A session at one of its generations: all that is kept of the tokens that a request was given. */
export interface SessionPoint {
  readonly sessionId: SessionId;
  readonly generation: number;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Lifetime of the access token, in seconds. */
  readonly expiresInS: number;
}

/** Tokens, and what the HTTP answer says about their making. */
export interface Refreshed {
  readonly tokens: Tokens;
  readonly partition: Partition;
  readonly replayed: boolean;
}

export interface Sessions {
  /** Begins a session of a customer of the work's partition. */
  start(work: PartitionWork, customerId: CustomerId): Promise<SessionPoint>;
  /**
   * Makes the tokens of a session at a generation; the refresh token is always the same one.
   * @throws AppError `invalid-token` where the session has ended
   */
  issueTokens(partition: Partition, point: SessionPoint): Promise<Tokens>;
  /**
   * Takes a refresh token in and gives the next one out. A token that was used before revokes the
   * session: either its holder or whoever used it has stolen it.
   * @param key sealed
   * @throws AppError `invalid-token`, `misdirected`, `quarantined`, `idempotency-key-reused`
   */
  refresh(refreshToken: string, key: IdempotencyKey | undefined): Promise<Committed<Refreshed>>;
  /**
   * Ends the session of an access token or of a refresh token. Twice is the same as once.
   * @throws AppError `invalid-token`, `misdirected`, `quarantined`
   */
  revoke(by: Caller | { readonly refreshToken: string }): Promise<Committed<unknown>>;
}

/** One refusal for every token that does not work, so that a guess learns nothing. */
function invalidRefreshToken(): AppError {
  return new AppError('invalid-token', {
    field: 'refreshToken',
    detail: 'The refresh token is not valid, or its session has ended. Sign in again.',
  });
}

function parse(refreshToken: string): ParsedRefreshToken {
  const token = parseRefreshToken(refreshToken);
  if (token === undefined) throw invalidRefreshToken();
  return token;
}

function isActive(session: Session, now: Date): boolean {
  return session.revokedAt === null && session.expiresAt > now;
}

export function createSessions(deps: {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
}): Sessions {
  const { sql, unitOfWork, ownership, clock, accessTokens, refreshTokens } = deps;

  const rotate = async (work: PartitionWork, token: ParsedRefreshToken): Promise<Answer> => {
    const now = clock.now();
    const session = await findSession({ query: work.read }, work.partition, token.sessionId);
    if (session === undefined || !isActive(session, now)) throw invalidRefreshToken();
    if (!refreshTokens.isGenuine(token, session)) throw invalidRefreshToken();
    if (token.generation !== session.generation) {
      await revokeSession(work, session.id, 'token-reused', now);
      // An answer and not an exception: the revocation is to be committed.
      return { status: 401, body: null };
    }
    const generation = session.generation + 1;
    const ageEndsAtMs = session.createdAt.getTime() + AGE_MS_MAX;
    const expiresAt = new Date(Math.min(now.getTime() + IDLE_MS, ageEndsAtMs));
    await rotateSession(work, session.id, generation, expiresAt);
    return { status: 200, body: { sessionId: session.id, generation } satisfies SessionPoint };
  };

  const issueTokens: Sessions['issueTokens'] = async (partition, point) => {
    const session = await findSession(sql, partition, point.sessionId);
    if (session === undefined || !isActive(session, clock.now())) throw invalidRefreshToken();
    const caller = { customerId: session.customerId, partition, sessionId: session.id };
    return {
      accessToken: await accessTokens.issue(caller),
      refreshToken: refreshTokens.derive(session, point.generation),
      expiresInS: ACCESS_TOKEN_LIFETIME_S,
    };
  };

  return Object.freeze<Sessions>({
    async start(work, customerId) {
      const createdAt = clock.now();
      const session = {
        id: newPartitionId('ses', work.partition),
        customerId,
        tokenSeed: randomBytes(32).toString('base64url'),
        generation: 1,
        createdAt,
        expiresAt: new Date(createdAt.getTime() + IDLE_MS),
      };
      await insertSession(work, session);
      return { sessionId: session.id, generation: session.generation };
    },

    issueTokens,

    async refresh(refreshToken, key) {
      const token = parse(refreshToken);
      const { partition } = token;
      ownership.requireWritable(partition);
      const { result, position } = await writeOnce(
        unitOfWork,
        partition,
        'identity.refresh',
        key,
        clock.now(),
        (work) => rotate(work, token),
      );
      if (result.status !== 200) throw invalidRefreshToken();
      const tokens = await issueTokens(partition, result.body as SessionPoint);
      return { result: { tokens, partition, replayed: result.replayed }, position };
    },

    async revoke(by) {
      const token = 'refreshToken' in by ? parse(by.refreshToken) : undefined;
      const { partition, sessionId } = 'refreshToken' in by ? parse(by.refreshToken) : by;
      ownership.requireWritable(partition);
      return unitOfWork.run(partition, 'identity.sign-out', async (work) => {
        if (token !== undefined) {
          const session = await findSession({ query: work.read }, partition, sessionId);
          if (session === undefined || !refreshTokens.isGenuine(token, session)) {
            throw invalidRefreshToken();
          }
        }
        await revokeSession(work, sessionId, 'signed-out', clock.now());
      });
    },
  });
}
