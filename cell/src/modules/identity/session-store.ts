import type { Partition, PartitionId } from '@commerce/contracts/ids';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { writeStatement } from '../../partitions/write-statement.ts';
import type { CustomerId } from './account-store.ts';
import { sessionsTable } from './tables.ts';

export type SessionId = PartitionId<'ses'>;

/** A family of refresh tokens: what one sign-in began. */
export interface Session {
  readonly id: SessionId;
  readonly customerId: CustomerId;
  readonly tokenSeed: string;
  readonly generation: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

export type RevocationReason = 'signed-out' | 'token-reused';

interface SessionRow {
  readonly id: SessionId;
  readonly customer_id: CustomerId;
  readonly token_seed: string;
  readonly generation: number;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
}

const find = statement<SessionRow>(
  'identity.find-session',
  `SELECT id, customer_id, token_seed, generation, created_at, expires_at, revoked_at
   FROM sessions WHERE partition = $1 AND id = $2`,
);
const listEnded = statement<{ partition: Partition; id: SessionId }>(
  'identity.list-ended-sessions',
  `SELECT s.partition, s.id FROM sessions AS s
   JOIN partitions AS p ON p.partition = s.partition AND p.role = 'primary'
   WHERE s.expires_at < $1 ORDER BY s.expires_at LIMIT $2`,
);
const insert = writeStatement(
  sessionsTable,
  'identity.insert-session',
  `INSERT INTO sessions AS t
     (partition, id, customer_id, token_seed, generation, created_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
const rotate = writeStatement(
  sessionsTable,
  'identity.rotate-session',
  `UPDATE sessions AS t SET generation = $3, expires_at = $4 WHERE partition = $1 AND id = $2`,
);
const revoke = writeStatement(
  sessionsTable,
  'identity.revoke-session',
  `UPDATE sessions AS t SET revoked_at = $3, revoked_reason = $4
   WHERE partition = $1 AND id = $2 AND revoked_at IS NULL`,
);
const removeOne = writeStatement(
  sessionsTable,
  'identity.delete-session',
  'DELETE FROM sessions AS t WHERE partition = $1 AND id = $2',
);
const removeOfCustomer = writeStatement(
  sessionsTable,
  'identity.delete-sessions-of-customer',
  'DELETE FROM sessions AS t WHERE partition = $1 AND customer_id = $2',
);

export async function findSession(
  sql: SqlReader,
  partition: Partition,
  id: SessionId,
): Promise<Session | undefined> {
  const [row] = await sql.query(find, [partition, id]);
  return (
    row && {
      id: row.id,
      customerId: row.customer_id,
      tokenSeed: row.token_seed,
      generation: row.generation,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
    }
  );
}

/** Sessions of primary partitions that ended before a time. */
export function listEndedSessions(
  sql: SqlReader,
  endedBefore: Date,
  limit: number,
): Promise<{ readonly partition: Partition; readonly id: SessionId }[]> {
  return sql.query(listEnded, [endedBefore, limit]);
}

export async function insertSession(
  work: PartitionWork,
  session: Omit<Session, 'revokedAt'>,
): Promise<void> {
  const { id, customerId, tokenSeed, generation, createdAt, expiresAt } = session;
  const values = [work.partition, id, customerId, tokenSeed, generation, createdAt, expiresAt];
  await work.write(insert, values);
}

export async function rotateSession(
  work: PartitionWork,
  id: SessionId,
  generation: number,
  expiresAt: Date,
): Promise<void> {
  await work.write(rotate, [work.partition, id, generation, expiresAt]);
}

/** Does nothing where the session is revoked already. */
export async function revokeSession(
  work: PartitionWork,
  id: SessionId,
  reason: RevocationReason,
  at: Date,
): Promise<void> {
  await work.write(revoke, [work.partition, id, at, reason]);
}

export async function deleteSession(work: PartitionWork, id: SessionId): Promise<void> {
  await work.write(removeOne, [work.partition, id]);
}

export async function deleteSessionsOf(work: PartitionWork, customer: CustomerId): Promise<void> {
  await work.write(removeOfCustomer, [work.partition, customer]);
}
