import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { type Credentials, toUserView } from './people.ts';
import type { UserView } from './schema.ts';
import {
  type BrowserSessionRow,
  endSession,
  findBrowserSession,
  forgetFailures,
  insertBrowserSession,
  noteSessionUse,
  type UserRow,
} from './store.ts';

/** A session of a browser: however much it is used, people sign in again after a week. */
const LIFETIME_MS = 7 * 24 * 3_600_000;
/** A browser that is left alone this long is signed out: a working day with its breaks is shorter. */
const IDLE_MS = 12 * 3_600_000;
/** Uses are noted no more often than this: each is a write. */
const NOTE_EVERY_MS = 60_000;
const COOKIE_PATTERN = /^[\w-]{43}$/;

export interface BrowserSession {
  readonly id: string;
  readonly user: UserView;
  readonly expiresAt: Date;
}

export interface OpenedBrowserSession extends BrowserSession {
  /** What the browser keeps. Nobody else ever sees it: only a hash is stored. */
  readonly cookie: string;
  readonly maxAgeS: number;
}

const hashCookie = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

const toSession = (row: BrowserSessionRow): BrowserSession => ({
  id: row.session_id,
  user: toUserView(row),
  expiresAt: row.expires_at,
});

/** Sessions that a browser keeps in a cookie; a part of identity. */
export function createBrowserSessions(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly authenticate: (
    credentials: Credentials,
  ) => Promise<{ readonly user: UserRow; readonly emailHash: string }>;
}) {
  const { sql, clock } = deps;
  return Object.freeze({
    /** @throws AppError `invalid-credentials`, `account-locked` with the seconds to wait */
    signInBrowser: async (credentials: Credentials): Promise<OpenedBrowserSession> => {
      const { user, emailHash } = await deps.authenticate(credentials);
      const createdAt = clock.now();
      const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
      const cookie = randomBytes(32).toString('base64url');
      const id = randomUUID();
      await sql.transaction('identity.sign_in_browser', async (transaction) => {
        await forgetFailures(transaction, emailHash);
        const cookieHash = hashCookie(cookie);
        const row = { id, userId: user.id, createdAt, expiresAt, cookieHash };
        await insertBrowserSession(transaction, row);
      });
      return { id, user: toUserView(user), expiresAt, cookie, maxAgeS: LIFETIME_MS / 1000 };
    },

    /** The session of a cookie, with the user as they are now; undefined where it has ended. */
    findBrowserSession: async (cookie: string): Promise<BrowserSession | undefined> => {
      if (!COOKIE_PATTERN.test(cookie)) return undefined;
      const now = clock.now();
      const idleSince = new Date(now.getTime() - IDLE_MS);
      const row = await findBrowserSession(sql, { cookieHash: hashCookie(cookie), now, idleSince });
      if (row === undefined) return undefined;
      if (now.getTime() - row.used_at.getTime() > NOTE_EVERY_MS) {
        await noteSessionUse(sql, row.session_id, now);
      }
      return toSession(row);
    },

    /** Ends the session of a browser; nothing happens where it has ended already. */
    endBrowserSession: async (cookie: string): Promise<void> => {
      const now = clock.now();
      const idleSince = new Date(0);
      const row = await findBrowserSession(sql, { cookieHash: hashCookie(cookie), now, idleSince });
      if (row !== undefined) await endSession(sql, row.session_id, now, 'signed-out');
    },
  });
}
