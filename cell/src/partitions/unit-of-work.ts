import type { DomainEvent, EventType } from '@commerce/contracts/events';
import type { Partition } from '@commerce/contracts/ids';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import {
  type Sql,
  type SqlReader,
  type SqlValue,
  type Statement,
  statement,
} from '@commerce/engines/sql/sql';
import type { Static, TSchema } from 'typebox';
import {
  appendRecord,
  type ChangeRecord,
  formatChange,
  formatEvents,
  LOG_SCHEMA,
  nextChain,
} from './change-log.ts';
import type { WriteStatement } from './write-statement.ts';

/**
 * The one way in which customer-owned data is written. A unit of work advances exactly one partition
 * and writes its log record in the same transaction; where the cell is not the partition's primary,
 * nothing happens and the caller gets `misdirected`.
 */
export interface UnitOfWork {
  /**
   * Runs a function in a transaction on one partition; again from its start after a collision.
   * A function that changed nothing commits nothing, and the version stays.
   * @param name label in telemetry
   * @throws AppError `misdirected` (421) where this cell is not primary, `quarantined` where it may not
   *   write yet; whatever the function throws
   */
  run<Result>(
    partition: Partition,
    name: string,
    body: (work: PartitionWork) => Promise<Result>,
  ): Promise<Committed<Result>>;
}

export interface Committed<Result> {
  readonly result: Result;
  /** Undefined where nothing was changed. */
  readonly position: Position | undefined;
}

/** What a unit of work may do. */
export interface PartitionWork {
  readonly partition: Partition;
  /** Reads in the transaction. Reads that are not awaited one by one share a round trip. */
  read<Row>(statement: Statement<Row>, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Changes rows of a partition table; each row's image goes into the log. */
  write<Row>(write: WriteStatement<Row>, values: readonly SqlValue[]): Promise<Row[]>;
  /**
   * Changes rows like `write`, for a caller that needs nothing back: what is sent after it goes along
   * in the same round trip. It is waited for before the commit, and its fault is thrown there.
   */
  send(write: WriteStatement<unknown>, values: readonly SqlValue[]): void;
  /** Changes rows that belong to the cell and not to the partition, such as its free stock. */
  writeCellOwned<Row>(statement: Statement<Row>, values: readonly SqlValue[]): Promise<Row[]>;
  /** Adds an event to the log record. */
  emit<Data extends TSchema>(type: EventType<Data>, subject: string, data: Static<Data>): void;
  /** Calls back after the commit, and not where there is none. */
  afterCommit(callback: () => void): void;
}

/** The time is that of the transaction, which the record gets by default. */
const advance = statement<{ epoch: bigint; version: bigint; chain: string; logged_at: Date }>(
  'partitions.advance',
  `UPDATE partitions SET version = version + 1 WHERE partition = $1 AND role = 'primary'
   RETURNING epoch, version, chain, now() AS logged_at`,
);

const readEpoch = statement<{ epoch: bigint }>(
  'partitions.read-epoch',
  'SELECT epoch FROM partitions WHERE partition = $1',
);

/** Thrown inside to roll back a transaction that changed nothing; never leaves this file. */
class NothingChanged<Result> extends Error {
  readonly result: Result;
  constructor(result: Result) {
    super('nothing changed');
    this.result = result;
  }
}

/** The refusal of a cell that is not the partition's primary. */
export function misdirected(partition: Partition, epoch?: bigint | number): AppError {
  return new AppError('misdirected', {
    extensions: { partition, ...(epoch !== undefined && { epoch: Number(epoch) }) },
  });
}

/**
 * Waits for background work on a partition, which ends well where the partition was given up meanwhile:
 * it is its new primary's to do then.
 */
export async function skipWhereLost(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'misdirected') throw error;
  }
}

export interface UnitOfWorkOptions {
  readonly sql: Sql;
  /** Whether this cell may write at all; a cell that was restored may not. Default: it may. */
  readonly mayWrite?: () => boolean;
  /** Given each record once it is committed: the event relay and the standby feed wake up by it. */
  readonly onCommitted?: (record: ChangeRecord) => void;
}

interface WorkState {
  readonly changes: string[];
  /** Writes that nobody waits for yet, in the order in which they were sent. */
  readonly sent: Promise<unknown>[];
  readonly events: DomainEvent[];
  readonly callbacks: (() => void)[];
  cellWrites: number;
}

/** A body that came to its end, and what it leaves to be committed. */
interface Finished {
  readonly record: ChangeRecord;
  readonly state: WorkState;
}

const valuesOf = (record: ChangeRecord): SqlValue[] => [
  record.partition,
  record.epoch,
  record.version,
  record.chain,
  record.schema,
  record.changes,
  record.events,
];

/**
 * Statements don't wait for the guard: they travel with it. On a cell that is not primary they find
 * what they find, and all of it is rolled back.
 */
function createWork(partition: Partition, transaction: SqlReader, state: WorkState): PartitionWork {
  const write = async <Row>(write: WriteStatement<Row>, values: readonly SqlValue[]) => {
    const rows = await transaction.query(write.statement, values);
    for (const row of rows) state.changes.push(formatChange(write, row.image));
    return rows;
  };
  return {
    partition,
    read: (query, values) => transaction.query(query, values),
    write,
    send(statement, values) {
      const sent = write(statement, values);
      // Thrown where it is waited for, which may be after the body has failed of the same cause.
      sent.catch(() => undefined);
      state.sent.push(sent);
    },
    writeCellOwned(query, values) {
      state.cellWrites += 1;
      return transaction.query(query, values);
    },
    emit(type, subject, data) {
      state.events.push({ type: type.type, subject, data });
    },
    afterCommit: (callback) => {
      state.callbacks.push(callback);
    },
  };
}

/** Makes the unit of work of a cell. */
export function createUnitOfWork({
  sql,
  onCommitted,
  mayWrite = () => true,
}: UnitOfWorkOptions): UnitOfWork {
  return {
    async run(partition, name, body) {
      if (!mayWrite()) throw new AppError('quarantined', { retryAfterS: 2 });
      let committed: Finished | undefined;

      const work = async (transaction: SqlReader) => {
        const state: WorkState = {
          changes: [],
          sent: [],
          events: [],
          callbacks: [],
          cellWrites: 0,
        };
        const advanced = transaction.query(advance, [partition]);
        const guard = async () => {
          const [row] = await advanced;
          if (row !== undefined) return row;
          // A statement sent along may have failed on what is not here; the refusal is its cause.
          const [known] = await transaction.query(readEpoch, [partition]).catch(() => []);
          throw misdirected(partition, known?.epoch);
        };
        // Sent together with BEGIN and the first reads; a refusal is thrown where it is awaited.
        advanced.catch(() => undefined);
        const settle = async () => {
          const row = await guard();
          // In their order: the first fault is the cause of those behind it.
          for (const sent of state.sent) await sent;
          return row;
        };
        const result = await body(createWork(partition, transaction, state)).catch(
          async (error: unknown) => {
            // What a cell that is not primary does not find is not missing: it is elsewhere.
            await settle();
            throw error;
          },
        );
        const { epoch, version, chain, logged_at: loggedAt } = await settle();
        if (state.changes.length === 0 && state.events.length === 0) {
          if (state.cellWrites > 0) {
            throw new Error(`${name} changed cell-owned rows without a change of its partition`);
          }
          throw new NothingChanged(result);
        }
        const changes = `[${state.changes.join(',')}]`;
        const events = formatEvents(state.events);
        const content = { partition, epoch, version, schema: LOG_SCHEMA, changes, events };
        const record = { ...content, chain: nextChain(chain, content), loggedAt };
        committed = { record, state };
        return result;
      };

      try {
        const result = await sql.transaction(name, work, {
          // `work` ran to its end, or this would not be asked for.
          last: (transaction) =>
            transaction.query(appendRecord, valuesOf((committed as Finished).record)),
        });
        const { record, state } = committed as unknown as Finished;
        for (const callback of state.callbacks) callback();
        onCommitted?.(record);
        return { result, position: { epoch: record.epoch, version: record.version } };
      } catch (error) {
        if (error instanceof NothingChanged) {
          return { result: error.result as Awaited<ReturnType<typeof body>>, position: undefined };
        }
        throw error;
      }
    },
  };
}
