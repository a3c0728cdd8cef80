import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import {
  type Account,
  type CustomerId,
  confirmAccount,
  deleteAccount,
  findAccount,
  findAccountByEmailHash,
  insertAccount,
  listPendingAccounts,
  updateFailures,
} from './account-store.ts';
import { afterFailure, NO_FAILURES, secondsLocked } from './lockout.ts';
import { normalisePassword } from './passwords.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { deleteSessionsOf } from './session-store.ts';

/** The answer to a wrong email and to a wrong password: it doesn't say which. */
export function invalidCredentials(): AppError {
  return new AppError('invalid-credentials', { detail: 'Email or password is wrong.' });
}

export interface Accounts {
  /** Finds an account in the partitions that this cell is primary for, the preferred one first. */
  findByEmailHash(
    emailHash: string,
    preferred: Partition | undefined,
  ): Promise<Account | undefined>;
  find(partition: Partition, customerId: CustomerId): Promise<Account | undefined>;
  read(work: PartitionWork, customerId: CustomerId): Promise<Account | undefined>;
  /**
   * Adds an account whose claim is still to be confirmed.
   * @returns false where the partition has the customer or the email already
   */
  create(
    work: PartitionWork,
    account: Pick<Account, 'customerId' | 'emailHash' | 'passwordHash'>,
  ): Promise<boolean>;
  /** Notes that the directory has confirmed the account's claim. */
  confirm(work: PartitionWork, customerId: CustomerId): Promise<void>;
  /** Accounts that are older than this and still wait for their claim's confirmation. */
  listPending(createdBefore: Date, limit: number): Promise<Account[]>;
  /** @throws AppError `account-locked` with the seconds until the lock ends */
  requireUnlocked(account: Account): void;
  /** @throws AppError `unavailable` where too many passwords wait to be checked */
  verifyPassword(account: Account, password: string): Promise<boolean>;
  /** The work of a verification for an email that nobody has. */
  verifyNothing(password: string): Promise<false>;
  /** Counts a wrong password; from the fifth on it locks the account. */
  recordFailure(work: PartitionWork, account: Account): Promise<void>;
  /** Forgets the failures. */
  recordSuccess(work: PartitionWork, account: Account): Promise<void>;
  /** Removes the account with its sessions, as erasure does. Twice is the same as once. */
  remove(work: PartitionWork, customerId: CustomerId): Promise<void>;
}

export function createAccounts(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
}): Accounts {
  const { sql, clock, hasher } = deps;
  return Object.freeze<Accounts>({
    findByEmailHash: (emailHash, preferred) => findAccountByEmailHash(sql, emailHash, preferred),
    find: (partition, customerId) => findAccount(sql, partition, customerId),
    read: (work, customerId) => findAccount({ query: work.read }, work.partition, customerId),
    create: (work, account) => insertAccount(work, { ...account, createdAt: clock.now() }),
    confirm: confirmAccount,
    listPending: (createdBefore, limit) => listPendingAccounts(sql, createdBefore, limit),
    requireUnlocked(account) {
      const retryAfterS = secondsLocked(account, clock.now());
      if (retryAfterS === 0) return;
      throw new AppError('account-locked', {
        detail: `Too many wrong passwords. Try again in ${retryAfterS} seconds.`,
        retryAfterS,
      });
    },
    verifyPassword: (account, password) =>
      hasher.verify(account.passwordHash, normalisePassword(password)),
    verifyNothing: (password) => hasher.verifyNothing(normalisePassword(password)),
    recordFailure: (work, account) =>
      updateFailures(work, account.customerId, afterFailure(account, clock.now())),
    async recordSuccess(work, account) {
      if (account.failedAttempts === 0) return;
      await updateFailures(work, account.customerId, NO_FAILURES);
    },
    async remove(work, customerId) {
      await deleteSessionsOf(work, customerId);
      await deleteAccount(work, customerId);
    },
  });
}
