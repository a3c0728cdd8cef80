import type { Partition } from '@commerce/contracts/ids';
import { type CustomerId, viewCustomer } from '../modules/customers/index.ts';
import { type Account, invalidCredentials, normaliseEmail } from '../modules/identity/index.ts';
import {
  type Answer,
  findIdempotencyRecord,
  type IdempotencyKey,
  keptAnswer,
  type OnceAnswer,
  writeOnce,
} from '../partitions/idempotency.ts';
import { type Committed, misdirected, type PartitionWork } from '../partitions/unit-of-work.ts';
import type { KeptSignIn, SignedIn, SignUpDeps } from './sign-up.ts';

/**
 * Sign-in: find the account (in the partitions of this cell, else by its claim in the directory, and
 * then the cell that has it is named) → check the password → one unit of work counts the failure, or
 * begins a session.
 */

export interface SignInRequest {
  /** The partition that the shopper is pinned to, if any; the customer's may be another. */
  readonly pinned: Partition | undefined;
  readonly key: IdempotencyKey | undefined;
  readonly email: string;
  readonly password: string;
}

/**
 * @throws AppError `invalid-request` naming the field, `invalid-credentials`, `account-locked`,
 *   `misdirected` with the customer's partition, `quarantined`, `idempotency-key-reused`;
 *   `unavailable` where the email is not known here and the directory does not answer
 */
export type SignIn = (request: SignInRequest) => Promise<SignedIn>;

export function createSignIn(deps: SignUpDeps): SignIn {
  const { sql, unitOfWork, ownership, clock, identity, customers, settlement } = deps;
  const { accounts, claims, sessions } = identity;

  /** The account where it is here; undefined where nobody has the email. */
  const locate = async (
    emailHash: string,
    pinned: Partition | undefined,
  ): Promise<Account | undefined> => {
    const account = await accounts.findByEmailHash(emailHash, pinned);
    if (account?.claimState === 'confirmed') return account;
    if (account !== undefined && (await settlement.settle(account)) === 'confirmed') return account;
    const claim = await claims.lookUp(emailHash);
    if (claim?.partition === undefined) return undefined;
    const owned = ownership.of(claim.partition);
    if (owned?.role !== 'primary') throw misdirected(claim.partition, owned?.epoch);
    return undefined;
  };

  const conclude = async (
    work: PartitionWork,
    checked: Account,
    right: boolean,
  ): Promise<Answer> => {
    const id: CustomerId = checked.customerId;
    const [account, customer] = await Promise.all([
      accounts.read(work, id),
      customers.read(work, id),
    ]);
    if (account === undefined || customer === undefined) throw invalidCredentials();
    // Of guesses that run at the same time, those after the one that locks learn nothing.
    accounts.requireUnlocked(account);
    if (account.passwordHash !== checked.passwordHash) throw invalidCredentials();
    if (!right) {
      await accounts.recordFailure(work, account);
      // An answer and not an exception: the count is to be committed, and kept for the key.
      return { status: 401, body: null };
    }
    await accounts.recordSuccess(work, account);
    const point = await sessions.start(work, id);
    const body: KeptSignIn = { customer: viewCustomer(customer), ...point };
    return { status: 201, body };
  };

  const attempt = async (
    account: Account,
    password: string,
    key: IdempotencyKey | undefined,
  ): Promise<Committed<OnceAnswer>> => {
    const { partition } = account;
    if (key !== undefined) {
      const record = await findIdempotencyRecord({ partition, read: sql.query }, key);
      const kept = record && keptAnswer(record);
      if (kept !== undefined) return { result: kept, position: undefined };
    }
    accounts.requireUnlocked(account);
    const right = await accounts.verifyPassword(account, password);
    return writeOnce(unitOfWork, partition, 'sign-in', key, clock.now(), (work) =>
      conclude(work, account, right),
    );
  };

  return async (request) => {
    const emailHash = identity.hashEmail(normaliseEmail(request.email));
    const account = await locate(emailHash, request.pinned);
    if (account === undefined) {
      await accounts.verifyNothing(request.password);
      throw invalidCredentials();
    }
    const { partition } = account;
    ownership.requireWritable(partition);
    const key = identity.sealKey(request.key);
    const { result, position } = await attempt(account, request.password, key);
    if (result.status !== 201) throw invalidCredentials();
    const { customer, ...point } = result.body as KeptSignIn;
    const tokens = await sessions.issueTokens(partition, point);
    return { customer, tokens, partition, position, replayed: result.replayed };
  };
}
