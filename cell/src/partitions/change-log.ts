import { createHash } from 'node:crypto';
import type { DomainEvent } from '@commerce/contracts/events';
import type { Partition } from '@commerce/contracts/ids';
import type { Position } from '@commerce/contracts/positions';
import { type SqlReader, statement } from '@commerce/engines/sql/sql';
import type { WriteStatement } from './write-statement.ts';

/**
 * The record of one committed write. `chain` is a rolling hash over everything before it, so two
 * copies of a partition that have the same chain at the same position had the same history.
 */
export interface ChangeRecord extends Position {
  readonly partition: Partition;
  readonly chain: string;
  /** Version of the row images; a follower that can't read it refuses the record. */
  readonly schema: number;
  /** JSON text: `[{"table":…,"op":"upsert"|"delete","row":{…}}]`. */
  readonly changes: string;
  /** JSON text: `[{"type":…,"subject":…,"data":…}]`. */
  readonly events: string;
  readonly loggedAt: Date;
}

/** Version of the row images that this code writes. Grows when a column changes its meaning. */
export const LOG_SCHEMA = 1;

/** Chain of a partition without a history. */
export const GENESIS_CHAIN = '0'.repeat(64);

/** One entry of `changes`, around the database's own text of the row. */
export function formatChange(write: WriteStatement<unknown>, image: string): string {
  return `{"table":"${write.table.name}","op":"${write.kind}","row":${image}}`;
}

/** What a record without events holds in their place. */
export const NO_EVENTS = '[]';

/** JSON text of the events of a record. */
export function formatEvents(events: readonly DomainEvent[]): string {
  return events.length === 0 ? NO_EVENTS : JSON.stringify(events);
}

/** The chain after a record. */
export function nextChain(
  previous: string,
  record: Pick<ChangeRecord, 'partition' | 'epoch' | 'version' | 'schema' | 'changes' | 'events'>,
): string {
  return createHash('sha256')
    .update(`${previous}\n${record.partition}\n${record.epoch}.${record.version}\n`)
    .update(`${record.schema}\n${record.changes}\n${record.events}`)
    .digest('hex');
}

/**
 * Writes the record and moves the partition's chain, in one statement: it is sent together with the
 * COMMIT, in the last round trip of the transaction.
 */
export const appendRecord = statement(
  'partitions.append-record',
  `WITH logged AS (
     INSERT INTO change_log (partition, epoch, version, chain, schema, changes, events)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
   )
   UPDATE partitions SET chain = $4 WHERE partition = $1`,
);

const readRecordsAfter = statement<{
  epoch: bigint;
  version: bigint;
  chain: string;
  schema: number;
  changes: string;
  events: string;
  logged_at: Date;
}>(
  'partitions.read-records-after',
  `SELECT epoch, version, chain, schema, changes, events, logged_at FROM change_log
   WHERE partition = $1 AND version > $2 ORDER BY version LIMIT $3`,
);

/** Records of one partition after a version, in order. */
export async function readRecords(
  sql: SqlReader,
  partition: Partition,
  afterVersion: bigint,
  limit: number,
): Promise<ChangeRecord[]> {
  const rows = await sql.query(readRecordsAfter, [partition, afterVersion, limit]);
  return rows.map(({ logged_at, ...row }) => ({ ...row, partition, loggedAt: logged_at }));
}
