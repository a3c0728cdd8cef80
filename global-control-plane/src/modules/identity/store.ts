import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { Role } from './schema.ts';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly password_hash: string;
  readonly scope: string | null;
  readonly role: Role | null;
}

const SELECT_USER = `SELECT u.id, u.email, u.name, u.password_hash, r.scope, r.role
  FROM users AS u LEFT JOIN user_roles AS r ON r.user_id = u.id`;

const insert = statement(
  'users.insert',
  'INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)',
);
export const insertUser = (
  sql: SqlReader,
  row: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly passwordHash: string;
    readonly createdAt: Date;
  },
) => sql.query(insert, [row.id, row.email, row.name, row.passwordHash, row.createdAt]);

const grant = statement(
  'users.grant',
  `INSERT INTO user_roles (user_id, scope, role) VALUES ($1, $2, $3)
   ON CONFLICT (user_id) DO UPDATE SET scope = excluded.scope, role = excluded.role`,
);
export const grantRole = (sql: SqlReader, userId: string, scope: string, role: Role) =>
  sql.query(grant, [userId, scope, role]);

const byEmail = statement<UserRow>('users.find_by_email', `${SELECT_USER} WHERE u.email = $1`);
export const findUserByEmail = async (sql: SqlReader, email: string) =>
  (await sql.query(byEmail, [email]))[0];

const byId = statement<UserRow>('users.find', `${SELECT_USER} WHERE u.id = $1`);
export const findUser = async (sql: SqlReader, id: string) => (await sql.query(byId, [id]))[0];

const ofScope = statement<UserRow>(
  'users.list_of_scope',
  `${SELECT_USER} WHERE r.scope = $1 ORDER BY u.id LIMIT $2`,
);
export const listUsersOf = (sql: SqlReader, scope: string, limit: number) =>
  sql.query(ofScope, [scope, limit]);

const startSession = statement(
  'sessions.insert',
  'INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)',
);
export const insertSession = (
  sql: SqlReader,
  row: {
    readonly id: string;
    readonly userId: string;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
) => sql.query(startSession, [row.id, row.userId, row.createdAt, row.expiresAt]);

const startBrowser = statement(
  'sessions.insert_browser',
  `INSERT INTO sessions (id, user_id, created_at, expires_at, cookie_hash, used_at)
   VALUES ($1, $2, $3, $4, $5, $3)`,
);
export const insertBrowserSession = (
  sql: SqlReader,
  row: {
    readonly id: string;
    readonly userId: string;
    readonly createdAt: Date;
    readonly expiresAt: Date;
    readonly cookieHash: string;
  },
) => sql.query(startBrowser, [row.id, row.userId, row.createdAt, row.expiresAt, row.cookieHash]);

export interface BrowserSessionRow extends UserRow {
  readonly session_id: string;
  readonly used_at: Date;
  readonly expires_at: Date;
}
const byCookie = statement<BrowserSessionRow>(
  'sessions.find_by_cookie',
  `SELECT s.id AS session_id, s.used_at, s.expires_at, u.id, u.email, u.name, u.password_hash,
     r.scope, r.role
   FROM sessions AS s JOIN users AS u ON u.id = s.user_id
   LEFT JOIN user_roles AS r ON r.user_id = u.id
   WHERE s.cookie_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.used_at > $3`,
);
/** A session of a browser that has not ended, expired, or lain idle since a time. */
export const findBrowserSession = async (
  sql: SqlReader,
  row: { readonly cookieHash: string; readonly now: Date; readonly idleSince: Date },
) => (await sql.query(byCookie, [row.cookieHash, row.now, row.idleSince]))[0];

const useBrowser = statement('sessions.use', 'UPDATE sessions SET used_at = $2 WHERE id = $1');
export const noteSessionUse = (sql: SqlReader, id: string, now: Date) =>
  sql.query(useBrowser, [id, now]);

const insertToken = statement(
  'refresh_tokens.insert',
  'INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES ($1, $2, $3)',
);
export const insertRefreshToken = (sql: SqlReader, hash: string, sessionId: string, now: Date) =>
  sql.query(insertToken, [hash, sessionId, now]);

export interface RefreshTokenRow {
  readonly session_id: string;
  readonly used_at: Date | null;
  readonly user_id: string;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}
const lockToken = statement<RefreshTokenRow>(
  'refresh_tokens.lock',
  `SELECT t.session_id, t.used_at, s.user_id, s.expires_at, s.ended_at
   FROM refresh_tokens AS t JOIN sessions AS s ON s.id = t.session_id
   WHERE t.token_hash = $1 FOR UPDATE`,
);
export const lockRefreshToken = async (sql: SqlReader, hash: string) =>
  (await sql.query(lockToken, [hash]))[0];

const useToken = statement(
  'refresh_tokens.use',
  'UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1',
);
export const markTokenUsed = (sql: SqlReader, hash: string, now: Date) =>
  sql.query(useToken, [hash, now]);

const end = statement(
  'sessions.end',
  'UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL',
);
export const endSession = (
  sql: SqlReader,
  id: string,
  now: Date,
  reason: 'signed-out' | 'token-reused',
) => sql.query(end, [id, now, reason]);

const countAttempt = statement<{ failures: number; locked_until: Date | null }>(
  'sign_in_attempts.count',
  `INSERT INTO sign_in_attempts (email_hash, failures, last_at) VALUES ($1, 1, $2)
   ON CONFLICT (email_hash) DO UPDATE SET
     failures = CASE WHEN sign_in_attempts.last_at < $3 THEN 1
                     ELSE sign_in_attempts.failures + 1 END,
     locked_until = CASE WHEN sign_in_attempts.last_at < $3 THEN NULL
                         ELSE sign_in_attempts.locked_until END,
     last_at = excluded.last_at
   WHERE sign_in_attempts.locked_until IS NULL OR sign_in_attempts.locked_until <= $2
     OR sign_in_attempts.last_at < $3
   RETURNING failures, locked_until`,
);
/**
 * Counts an attempt as failed before it is judged, so that attempts at the same time count as well.
 * Returns the failures in a row, this one included; undefined while the email is locked.
 */
export const countFailure = async (
  sql: SqlReader,
  row: { readonly emailHash: string; readonly now: Date; readonly forgottenBefore: Date },
) => (await sql.query(countAttempt, [row.emailHash, row.now, row.forgottenBefore]))[0]?.failures;

const lock = statement(
  'sign_in_attempts.lock',
  'UPDATE sign_in_attempts SET locked_until = $2 WHERE email_hash = $1',
);
export const lockSignIn = (sql: SqlReader, emailHash: string, until: Date) =>
  sql.query(lock, [emailHash, until]);

const lockedUntil = statement<{ locked_until: Date | null }>(
  'sign_in_attempts.find',
  'SELECT locked_until FROM sign_in_attempts WHERE email_hash = $1',
);
export const findLock = async (sql: SqlReader, emailHash: string) =>
  (await sql.query(lockedUntil, [emailHash]))[0]?.locked_until ?? undefined;

const forget = statement(
  'sign_in_attempts.forget',
  'DELETE FROM sign_in_attempts WHERE email_hash = $1',
);
export const forgetFailures = (sql: SqlReader, emailHash: string) => sql.query(forget, [emailHash]);

const pruneAttempts = statement(
  'sign_in_attempts.prune',
  'DELETE FROM sign_in_attempts WHERE last_at < $1',
);
const pruneTokens = statement(
  'refresh_tokens.prune',
  `DELETE FROM refresh_tokens WHERE session_id IN (
     SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT 1000)`,
);
const pruneSessions = statement(
  'sessions.prune',
  `DELETE FROM sessions WHERE id IN (
     SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT 1000)`,
);
/** Removes attempts that are forgotten and sessions that have ended by themselves. */
export const pruneIdentity = async (
  sql: SqlReader,
  before: { readonly attempts: Date; readonly sessions: Date },
) => {
  await sql.query(pruneAttempts, [before.attempts]);
  await sql.query(pruneTokens, [before.sessions]);
  await sql.query(pruneSessions, [before.sessions]);
};
