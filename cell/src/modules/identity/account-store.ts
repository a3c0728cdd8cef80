import type { Partition, PartitionId } from '@commerce/contracts/ids';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { FailureState } from './lockout.ts';
import { credentialsTable } from './tables.ts';

export type CustomerId = PartitionId<'cus'>;

/** How a customer signs in. */
export interface Account extends FailureState {
  readonly partition: Partition;
  readonly customerId: CustomerId;
  readonly emailHash: string;
  readonly claimState: 'pending' | 'confirmed';
  readonly passwordHash: string;
  readonly createdAt: Date;
}

interface AccountRow {
  readonly partition: Partition;
  readonly customer_id: CustomerId;
  readonly email_hash: string;
  readonly claim_state: 'pending' | 'confirmed';
  readonly password_hash: string;
  readonly failed_attempts: number;
  readonly last_failed_at: Date | null;
  readonly locked_until: Date | null;
  readonly created_at: Date;
}

const COLUMNS = `c.partition, c.customer_id, c.email_hash, c.claim_state, c.password_hash,
  c.failed_attempts, c.last_failed_at, c.locked_until, c.created_at`;

const find = statement<AccountRow>(
  'identity.find-account',
  `SELECT ${COLUMNS} FROM credentials AS c WHERE c.partition = $1 AND c.customer_id = $2`,
);
const findByEmailHash = statement<AccountRow>(
  'identity.find-account-by-email-hash',
  `SELECT ${COLUMNS} FROM credentials AS c
   JOIN partitions AS p ON p.partition = c.partition AND p.role = 'primary'
   WHERE c.email_hash = $1
   ORDER BY (c.partition = $2) DESC, c.claim_state, c.created_at LIMIT 1`,
);
const listPending = statement<AccountRow>(
  'identity.list-pending-claims',
  `SELECT ${COLUMNS} FROM credentials AS c
   JOIN partitions AS p ON p.partition = c.partition AND p.role = 'primary'
   WHERE c.claim_state = 'pending' AND c.created_at < $1
   ORDER BY c.created_at LIMIT $2`,
);
const insert = writeStatement<{ customer_id: string }>(
  credentialsTable,
  'identity.insert-account',
  `INSERT INTO credentials AS t
     (partition, customer_id, email_hash, claim_state, password_hash, failed_attempts, created_at)
   VALUES ($1, $2, $3, 'pending', $4, 0, $5) ON CONFLICT DO NOTHING`,
  't.customer_id',
);
const confirm = writeStatement(
  credentialsTable,
  'identity.confirm-claim',
  `UPDATE credentials AS t SET claim_state = 'confirmed'
   WHERE partition = $1 AND customer_id = $2 AND claim_state = 'pending'`,
);
const setFailures = writeStatement(
  credentialsTable,
  'identity.set-failures',
  `UPDATE credentials AS t SET failed_attempts = $3, last_failed_at = $4, locked_until = $5
   WHERE partition = $1 AND customer_id = $2`,
);
const remove = writeStatement(
  credentialsTable,
  'identity.delete-account',
  'DELETE FROM credentials AS t WHERE partition = $1 AND customer_id = $2',
);

function toAccount(row: AccountRow): Account {
  return {
    partition: row.partition,
    customerId: row.customer_id,
    emailHash: row.email_hash,
    claimState: row.claim_state,
    passwordHash: row.password_hash,
    failedAttempts: row.failed_attempts,
    lastFailedAt: row.last_failed_at,
    lockedUntil: row.locked_until,
    createdAt: row.created_at,
  };
}

export async function findAccount(
  sql: SqlReader,
  partition: Partition,
  customerId: CustomerId,
): Promise<Account | undefined> {
  const [row] = await sql.query(find, [partition, customerId]);
  return row && toAccount(row);
}

/** Looks in every partition that this cell is primary for, the preferred one first. */
export async function findAccountByEmailHash(
  sql: SqlReader,
  emailHash: string,
  preferred: Partition | undefined,
): Promise<Account | undefined> {
  const [row] = await sql.query(findByEmailHash, [emailHash, preferred ?? '']);
  return row && toAccount(row);
}

/** Accounts of primary partitions whose claim is not confirmed, oldest first. */
export async function listPendingAccounts(
  sql: SqlReader,
  createdBefore: Date,
  limit: number,
): Promise<Account[]> {
  return (await sql.query(listPending, [createdBefore, limit])).map(toAccount);
}

/** @returns whether it was inserted; false where the partition has the customer or the email */
export async function insertAccount(
  work: PartitionWork,
  account: Pick<Account, 'customerId' | 'emailHash' | 'passwordHash' | 'createdAt'>,
): Promise<boolean> {
  const { customerId, emailHash, passwordHash, createdAt } = account;
  const values = [work.partition, customerId, emailHash, passwordHash, createdAt];
  return (await work.write(insert, values)).length === 1;
}

export async function confirmAccount(work: PartitionWork, customerId: CustomerId): Promise<void> {
  await work.write(confirm, [work.partition, customerId]);
}

export async function updateFailures(
  work: PartitionWork,
  customerId: CustomerId,
  state: FailureState,
): Promise<void> {
  const { failedAttempts, lastFailedAt, lockedUntil } = state;
  const values = [work.partition, customerId, failedAttempts, lastFailedAt, lockedUntil];
  await work.write(setFailures, values);
}

export async function deleteAccount(work: PartitionWork, customerId: CustomerId): Promise<void> {
  await work.write(remove, [work.partition, customerId]);
}
