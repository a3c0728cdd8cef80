import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { newGlobalId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { isUniqueViolation, type Sql, type SqlReader } from '@commerce/engines/sql/sql';
import type { TokenIssuer } from '@commerce/service/auth/tokens';
import type { Clock } from '@commerce/service/clock';
import { createPasswords } from './passwords.ts';
import { createBrowserSessions } from './browser-sessions.ts';
import { type Credentials, PLATFORM, toUserView } from './people.ts';
import type { NewUser, Role, SessionView, UserView } from './schema.ts';
import {
  countFailure,
  endSession,
  findLock,
  findUser,
  findUserByEmail,
  forgetFailures,
  grantRole,
  insertRefreshToken,
  insertSession,
  insertUser,
  listUsersOf,
  lockRefreshToken,
  lockSignIn,
  markTokenUsed,
  pruneIdentity,
  type UserRow,
} from './store.ts';

const ACCESS_LIFETIME_S = 15 * 60;
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;
const FREE_FAILURES = 10;
const FIRST_LOCK_MS = 30_000;
const LOCK_MS_MAX = 3_600_000;
const FAILURES_FORGOTTEN_MS = 24 * 3_600_000;
const STAFF_MAX = 500;

/** The form in which emails are compared: people don't remember how they wrote it. */
export function normalizeEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

/** How long an email is locked after so many failures in a row: 30 s, doubling, at most an hour. */
export function lockMsAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(LOCK_MS_MAX, FIRST_LOCK_MS * 2 ** (failures - FREE_FAILURES));
}

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export type PreparedUser = Omit<NewUser, 'password'> & { readonly passwordHash: string };
export type IdentityService = ReturnType<typeof createIdentity>;

/** @param secret keys the hashes of emails in the table of failed attempts */
export function createIdentity(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly issuer: TokenIssuer;
  readonly secret: Uint8Array;
}) {
  const { sql, clock, issuer } = deps;
  const passwords = createPasswords();

  const openSession = async (
    transaction: SqlReader,
    user: UserRow,
    session: { readonly id: string; readonly now: Date },
  ): Promise<SessionView> => {
    const refreshToken = `rt.${randomBytes(32).toString('base64url')}`;
    await insertRefreshToken(transaction, hashToken(refreshToken), session.id, session.now);
    const { roles, vendorId } = toUserView(user);
    const claims = { sid: session.id, roles, ...(vendorId !== null && { vendorId }) };
    const accessToken = await issuer.issue(user.id, claims, ACCESS_LIFETIME_S);
    return { accessToken, tokenType: 'Bearer', expiresInS: ACCESS_LIFETIME_S, refreshToken };
  };

  /** Counts the attempt. @throws AppError `account-locked` */
  const admitAttempt = async (emailHash: string): Promise<number> => {
    const nowMs = clock.nowMs();
    const failures = await countFailure(sql, {
      emailHash,
      now: new Date(nowMs),
      forgottenBefore: new Date(nowMs - FAILURES_FORGOTTEN_MS),
    });
    if (failures !== undefined) return failures;
    const until = (await findLock(sql, emailHash))?.getTime() ?? nowMs;
    throw new AppError('account-locked', {
      retryAfterS: Math.max(1, Math.ceil((until - nowMs) / 1000)),
    });
  };

  /** @throws AppError `invalid-credentials`, `account-locked` */
  const authenticate = async (credentials: Credentials) => {
    const email = normalizeEmail(credentials.email);
    const emailHash = createHmac('sha256', deps.secret).update(`email\n${email}`).digest('hex');
    const failures = await admitAttempt(emailHash);
    // A text that no email can be is looked up as nothing: a NUL would be refused by the database.
    const user = email.includes('\0') ? undefined : await findUserByEmail(sql, email);
    const fits = await passwords.verifyPassword(user?.password_hash, credentials.password);
    if (user === undefined || !fits) {
      const lockMs = lockMsAfter(failures);
      if (lockMs > 0) await lockSignIn(sql, emailHash, new Date(clock.nowMs() + lockMs));
      throw new AppError('invalid-credentials');
    }
    return { user, emailHash };
  };

  return Object.freeze({
    ...createBrowserSessions({ sql, clock, authenticate }),

    /** Hashes a new user's password, which must not be done while a transaction waits. */
    prepareUser: async ({ email, name, password }: NewUser): Promise<PreparedUser> => ({
      email: normalizeEmail(email),
      name: name.trim(),
      passwordHash: await passwords.hashPassword(password),
    }),

    /**
     * Adds a user with a role, in the transaction of whoever makes the vendor.
     * @param scope a vendor's id, or `platform` for an operator
     * @throws SqlError of `users_email` where the email is in use; see `refuseTakenEmail`
     */
    addUser: async (
      transaction: SqlReader,
      user: PreparedUser,
      grant: { readonly scope: string; readonly role: Role },
    ): Promise<UserView> => {
      const id = newGlobalId('usr');
      const { email, name, passwordHash } = user;
      await insertUser(transaction, { id, email, name, passwordHash, createdAt: clock.now() });
      await grantRole(transaction, id, grant.scope, grant.role);
      const vendorId = grant.scope === PLATFORM ? null : grant.scope;
      return { id, email, name, roles: [grant.role], vendorId };
    },

    /** Turns the violation of the emails' unique key into the refusal; throws others as they are. */
    refuseTakenEmail: (error: unknown, field: string): never => {
      if (isUniqueViolation(error, 'users_email')) throw new AppError('email-taken', { field });
      throw error;
    },

    findByEmail: async (email: string): Promise<UserView | undefined> => {
      const row = await findUserByEmail(sql, normalizeEmail(email));
      return row === undefined ? undefined : toUserView(row);
    },

    findUser: async (id: string): Promise<UserView | undefined> => {
      const row = await findUser(sql, id);
      return row === undefined ? undefined : toUserView(row);
    },

    listStaff: async (vendorId: string): Promise<UserView[]> =>
      (await listUsersOf(sql, vendorId, STAFF_MAX)).map(toUserView),

    hasStaff: async (vendorId: string): Promise<boolean> =>
      (await listUsersOf(sql, vendorId, 1)).length > 0,

    /** @throws AppError `invalid-credentials`, `account-locked` with the seconds to wait */
    signIn: async (credentials: Credentials): Promise<SessionView> => {
      const { user, emailHash } = await authenticate(credentials);
      const now = clock.now();
      const id = randomUUID();
      return sql.transaction('identity.sign_in', async (transaction) => {
        const expiresAt = new Date(now.getTime() + SESSION_LIFETIME_MS);
        await forgetFailures(transaction, emailHash);
        await insertSession(transaction, { id, userId: user.id, createdAt: now, expiresAt });
        return openSession(transaction, user, { id, now });
      });
    },

    /**
     * Exchanges a refresh token for a new pair. A token that was used before is stolen, or its answer
     * was lost: whoever holds the session then signs in again.
     * @throws AppError `invalid-token`
     */
    refresh: async (refreshToken: string): Promise<SessionView> => {
      const now = clock.now();
      const hash = hashToken(refreshToken);
      const refreshed = await sql.transaction('identity.refresh', async (transaction) => {
        const token = await lockRefreshToken(transaction, hash);
        if (token === undefined || token.ended_at !== null || token.expires_at <= now)
          return undefined;
        if (token.used_at !== null) {
          await endSession(transaction, token.session_id, now, 'token-reused');
          return undefined;
        }
        const user = await findUser(transaction, token.user_id);
        if (user === undefined) return undefined;
        await markTokenUsed(transaction, hash, now);
        return openSession(transaction, user, { id: token.session_id, now });
      });
      if (refreshed === undefined) {
        throw new AppError('invalid-token', {
          field: 'refreshToken',
          detail: 'The refresh token is unknown, expired or was used before.',
        });
      }
      return refreshed;
    },

    /** Ends a session: its refresh tokens are refused from now on. */
    signOut: async (sessionId: string): Promise<void> => {
      await endSession(sql, sessionId, clock.now(), 'signed-out');
    },

    prune: () =>
      pruneIdentity(sql, {
        attempts: new Date(clock.nowMs() - FAILURES_FORGOTTEN_MS),
        sessions: clock.now(),
      }),
  });
}
