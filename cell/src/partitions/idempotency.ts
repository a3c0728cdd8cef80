import { createHash } from 'node:crypto';
import type { Partition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { statement } from '@commerce/engines/sql/sql';
import { idempotencyRecords } from './tables.ts';
import type { Committed, PartitionWork, UnitOfWork } from './unit-of-work.ts';
import { writeStatement } from './write-statement.ts';

/**
 * Requests that change something may be sent twice, with one effect and the same answer (I9). The
 * record of a key is written in the transaction of its effect and moves with the partition.
 */

/** A key of a client, and what it was used for. */
export interface IdempotencyKey {
  readonly keyHash: string;
  /** Hash over method, path and body: the same key with another request is refused. */
  readonly fingerprint: string;
}

/** An answer as it goes over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An answer, and whether it was kept from an earlier request with the same key. */
export interface OnceAnswer extends Answer {
  readonly replayed: boolean;
}

/** What is known of a key. `status` is undefined while its request is still under way. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly resource: string | null;
  readonly status: number | null;
  readonly answer: string | null;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** The record's key of a client's `Idempotency-Key`, which is stored as a hash only. */
export function idempotencyKey(
  key: string,
  request: { readonly method: string; readonly path: string; readonly body: unknown },
): IdempotencyKey {
  return {
    keyHash: sha256(key),
    fingerprint: sha256(
      `${request.method} ${request.path}\n${JSON.stringify(request.body ?? null)}`,
    ),
  };
}

const find = statement<IdempotencyRecord>(
  'idempotency.find',
  `SELECT fingerprint, resource, status, answer FROM idempotency_records
   WHERE partition = $1 AND key_hash = $2`,
);
const insert = writeStatement(
  idempotencyRecords,
  'idempotency.insert',
  `INSERT INTO idempotency_records AS t
     (partition, key_hash, fingerprint, resource, status, answer, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
const complete = writeStatement(
  idempotencyRecords,
  'idempotency.complete',
  `UPDATE idempotency_records AS t SET status = $3, answer = $4
   WHERE partition = $1 AND resource = $2 AND status IS NULL`,
);

/**
 * Looks a key up inside a unit of work.
 * @throws AppError `idempotency-key-reused` (422) where the key was used with another request
 */
export async function findIdempotencyRecord(
  work: Pick<PartitionWork, 'partition' | 'read'>,
  key: IdempotencyKey,
): Promise<IdempotencyRecord | undefined> {
  const [record] = await work.read(find, [work.partition, key.keyHash]);
  if (record !== undefined && record.fingerprint !== key.fingerprint) {
    throw new AppError('idempotency-key-reused', { field: 'idempotency-key' });
  }
  return record;
}

/** Records a key: with its answer, or, for a request that goes on, with the id that it works on. */
export function recordIdempotency(
  work: PartitionWork,
  key: IdempotencyKey,
  entry: { readonly resource?: string; readonly answer?: Answer; readonly at: Date },
): void {
  work.send(insert, [
    work.partition,
    key.keyHash,
    key.fingerprint,
    entry.resource ?? null,
    entry.answer?.status ?? null,
    entry.answer === undefined ? null : JSON.stringify(entry.answer.body),
    entry.at,
  ]);
}

/** Gives the keys that wait for a resource their answer. Without such a key it does nothing. */
export function completeIdempotency(work: PartitionWork, resource: string, answer: Answer): void {
  const { status, body } = answer;
  work.send(complete, [work.partition, resource, status, JSON.stringify(body)]);
}

/** The kept answer of a finished record. */
export function keptAnswer(record: IdempotencyRecord): OnceAnswer | undefined {
  if (record.status === null) return undefined;
  return { status: record.status, body: JSON.parse(record.answer ?? 'null'), replayed: true };
}

/**
 * Runs a unit of work whose whole effect is one transaction, once for each key.
 * @param key undefined where the client sent none: then every request has its effect
 * @param read what the body needs to know; read in one round trip with the key
 */
export async function writeOnce<Input = undefined>(
  unitOfWork: UnitOfWork,
  partition: Partition,
  name: string,
  key: IdempotencyKey | undefined,
  at: Date,
  body: (work: PartitionWork, input: Input) => Promise<Answer>,
  read?: (work: PartitionWork) => Promise<Input>,
): Promise<Committed<OnceAnswer>> {
  return unitOfWork.run(partition, name, async (work) => {
    const [record, input] = await Promise.all([
      key === undefined ? undefined : findIdempotencyRecord(work, key),
      read?.(work),
    ]);
    const kept = record === undefined ? undefined : keptAnswer(record);
    if (kept !== undefined) return kept;
    const answer = await body(work, input as Input);
    if (key !== undefined) recordIdempotency(work, key, { answer, at });
    return { ...answer, replayed: false };
  });
}
