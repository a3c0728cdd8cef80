import { createHash } from 'node:crypto';
import { customerRegistered } from '@commerce/contracts/events';
import {
  compactPartition,
  encodeCrockford,
  newPartitionId,
  type Partition,
} from '@commerce/contracts/ids';
import { negotiateLanguage } from '@commerce/contracts/languages';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import {
  type CustomerId,
  type Customers,
  type CustomerView,
  viewCustomer,
} from '../modules/customers/index.ts';
import {
  checkNewPassword,
  type Identity,
  normaliseEmail,
  type SessionPoint,
  type Tokens,
} from '../modules/identity/index.ts';
import {
  findIdempotencyRecord,
  type IdempotencyKey,
  keptAnswer,
  type OnceAnswer,
  writeOnce,
} from '../partitions/idempotency.ts';
import type { Ownership } from '../partitions/ownership.ts';
import type { Committed, PartitionWork, UnitOfWork } from '../partitions/unit-of-work.ts';
import type { ClaimSettlement } from './settle-claims.ts';

/**
 * Sign-up: reserve the email in the directory → one unit of work adds customer, account and session →
 * confirm the claim → answer. Cut off anywhere, either the lease ends by itself or the claim is
 * confirmed later (`settle-claims`); nobody is acknowledged whose email could still go to another.
 */

export interface SignUpRequest {
  /** The partition that the customer is to live in. */
  readonly partition: Partition;
  readonly key: IdempotencyKey | undefined;
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly language?: string | undefined;
  readonly acceptLanguage?: string | undefined;
}

/** A customer with tokens of a session that has just begun. */
export interface SignedIn {
  readonly customer: CustomerView;
  readonly tokens: Tokens;
  readonly partition: Partition;
  readonly position: Position | undefined;
  readonly replayed: boolean;
}

/** What is kept for an Idempotency-Key: no token, as they are made anew from the session. */
export interface KeptSignIn extends SessionPoint {
  readonly customer: CustomerView;
}

export interface SignUpDeps {
  readonly sql: Sql;
  readonly unitOfWork: UnitOfWork;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly customers: Customers;
  readonly settlement: ClaimSettlement;
}

/**
 * @throws AppError `invalid-request` with its field, `email-taken`, `idempotency-key-reused`,
 *   `misdirected`, `quarantined`; `unavailable` where the directory does not answer
 */
export type SignUp = (request: SignUpRequest) => Promise<SignedIn>;

interface Applicant {
  readonly partition: Partition;
  readonly email: string;
  readonly emailHash: string;
  readonly password: string;
  readonly name: string | null;
  readonly language: string;
  readonly key: IdempotencyKey | undefined;
}

function emailTaken(): AppError {
  return new AppError('email-taken', {
    field: 'email',
    detail: 'An account with this email exists. Sign in instead.',
  });
}

/**
 * An id whose random part follows from the request's key, so that a retry knows the claim that an
 * attempt before it left behind as its own. It is a UUIDv7 as any other.
 */
function customerIdOf(partition: Partition, key: IdempotencyKey, nowMs: number): CustomerId {
  const bytes = createHash('sha256')
    .update(`customer\n${partition}\n${key.keyHash}\n${key.fingerprint}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return `cus_${compactPartition(partition)}_${encodeCrockford(bytes)}` as CustomerId;
}

/** Characters of an id that hold its ten last bytes: all but the time. */
const RANDOM_PART_LENGTH = 16;

function isSameAttempt(owner: string, own: CustomerId): boolean {
  const compact = own.slice(0, own.lastIndexOf('_') + 1);
  return (
    owner.startsWith(compact) && owner.slice(-RANDOM_PART_LENGTH) === own.slice(-RANDOM_PART_LENGTH)
  );
}

export function createSignUp(deps: SignUpDeps): SignUp {
  const { sql, unitOfWork, ownership, clock, identity, customers, settlement } = deps;

  const findKept = async (applicant: Applicant): Promise<OnceAnswer | undefined> => {
    const { partition, key } = applicant;
    if (key === undefined) return undefined;
    const record = await findIdempotencyRecord({ partition, read: sql.query }, key);
    return record && keptAnswer(record);
  };

  const reserve = async ({ partition, emailHash, key }: Applicant): Promise<CustomerId> => {
    const own =
      key === undefined
        ? newPartitionId('cus', partition)
        : customerIdOf(partition, key, clock.nowMs());
    const outcome = await identity.claims.reserve(emailHash, own, partition);
    if (outcome === 'reserved') return own;
    const { owner } = outcome.taken;
    if (key === undefined || !isSameAttempt(owner, own)) throw emailTaken();
    // Renews the lease of the attempt before; where it was confirmed, the record of the key exists.
    await identity.claims.reserve(emailHash, owner, partition);
    return owner as CustomerId;
  };

  const add = async (
    work: PartitionWork,
    id: CustomerId,
    applicant: Applicant,
    passwordHash: string,
  ) => {
    const { email, emailHash, name, language } = applicant;
    const customer = { id, email, name, language };
    const added =
      (await customers.create(work, customer)) &&
      (await identity.accounts.create(work, { customerId: id, emailHash, passwordHash }));
    if (!added) throw emailTaken();
    const point = await identity.sessions.start(work, id);
    work.emit(customerRegistered, id, { customerId: id, at: clock.now().toISOString(), language });
    const body: KeptSignIn = { customer: viewCustomer(customer), ...point };
    return { status: 201, body };
  };

  /** Frees the email at once; where that fails its lease ends by itself. */
  const giveUp = async ({ emailHash, key }: Applicant, id: CustomerId): Promise<void> => {
    // A retry with the same key works under the same claim, perhaps at this moment.
    if (key !== undefined) return;
    await identity.claims.release(emailHash, id).catch(() => undefined);
  };

  const commit = async (applicant: Applicant): Promise<Committed<OnceAnswer>> => {
    const { partition, key, password } = applicant;
    const id = await reserve(applicant);
    const passwordHash = await identity.hasher.hash(password).catch(async (error: unknown) => {
      await giveUp(applicant, id);
      throw error;
    });
    try {
      return await writeOnce(unitOfWork, partition, 'sign-up', key, clock.now(), (work) =>
        add(work, id, applicant, passwordHash),
      );
    } catch (error) {
      // Only after a refusal: where the answer to the COMMIT was lost, the account may be there.
      if (error instanceof AppError && error.code !== 'unavailable') await giveUp(applicant, id);
      throw error;
    }
  };

  return async (request) => {
    const applicant = toApplicant(request, identity);
    const { partition } = applicant;
    ownership.requireWritable(partition);
    const kept = await findKept(applicant);
    const { result, position } =
      kept === undefined ? await commit(applicant) : { result: kept, position: undefined };
    const { customer, ...point } = result.body as KeptSignIn;

    const account = await identity.accounts.find(partition, customer.id as CustomerId);
    if (account === undefined) throw emailTaken();
    if (account.claimState === 'pending' && (await settlement.settle(account)) === 'lost') {
      throw emailTaken();
    }
    const tokens = await identity.sessions.issueTokens(partition, point);
    return { customer, tokens, partition, position, replayed: result.replayed };
  };
}

function toApplicant(request: SignUpRequest, identity: Identity): Applicant {
  const email = normaliseEmail(request.email);
  const language = request.language ?? negotiateLanguage(request.acceptLanguage).tag;
  return {
    partition: request.partition,
    email,
    emailHash: identity.hashEmail(email),
    password: checkNewPassword(request.password, email),
    name: request.name ?? null,
    language,
    key: identity.sealKey(request.key),
  };
}
