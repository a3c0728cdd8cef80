/**
 * The SQL port. A statement has a name, which is its prepared statement on the server and its label
 * in telemetry. Code above this port speaks the subset of SQL that PostgreSQL and CockroachDB share.
 */

/** What a driver takes as a parameter. `bigint` is written exactly. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | readonly string[]
  | readonly number[]
  | readonly bigint[];

declare const rowType: unique symbol;

/** A named SQL text and the type of its rows. Made once, when its module loads. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  readonly [rowType]?: Row;
}

/** Longest name of a prepared statement that PostgreSQL tells apart (NAMEDATALEN − 1). */
const STATEMENT_NAME_LENGTH_MAX = 63;
const textByName = new Map<string, string>();

/**
 * Names a SQL text.
 * @param name unique in the process, such as `carts.find`; at most 63 characters
 * @throws TypeError where the name is too long, or stands for another text already
 */
export function statement<Row = Record<string, never>>(name: string, text: string): Statement<Row> {
  if (name.length > STATEMENT_NAME_LENGTH_MAX) {
    throw new TypeError(`statement name "${name}" is longer than ${STATEMENT_NAME_LENGTH_MAX}`);
  }
  const known = textByName.get(name);
  if (known !== undefined && known !== text) {
    throw new TypeError(`two statements are named "${name}"`);
  }
  textByName.set(name, text);
  return Object.freeze({ name, text });
}

export interface SqlReader {
  /**
   * Runs one statement. Statements that are sent without awaiting the one before travel in one
   * round trip; they still run in the order in which they were sent.
   * @throws SqlError where the database refuses it, AppError `unavailable` where it can't be reached
   */
  query<Row>(statement: Statement<Row>, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** Whole rows in COPY's text form. */
export interface CopyPiece {
  readonly bytes: Buffer;
  readonly rows: number;
}

/**
 * What a transaction may do. Rows that are copied are neither parsed nor formatted here, which makes a
 * copy several times as fast as statements. Nothing else may be asked for until a copy is over.
 */
export interface SqlTransaction extends SqlReader {
  /**
   * Reads rows in COPY's text form; one that stops reading leaves the rest.
   * @param text `COPY (SELECT …) TO STDOUT`, which takes no parameters
   * @throws SqlError, AppError `unavailable`
   */
  copyOut(text: string): AsyncIterable<CopyPiece>;
  /**
   * Writes rows in COPY's text form.
   * @param text `COPY table (columns) FROM STDIN`
   * @throws SqlError, AppError `unavailable`, or whatever the rows throw
   */
  copyIn(text: string, rows: AsyncIterable<Buffer>): Promise<void>;
}

export interface TransactionOptions {
  /**
   * The last statement, sent in one round trip with the COMMIT. If it fails, nothing is committed.
   * It must send its statement before it first awaits.
   */
  readonly last?: (transaction: SqlReader) => Promise<unknown>;
  /** Default 10. A transaction is run again after a serialisation failure or a deadlock. */
  readonly attemptsMax?: number;
}

export interface Sql extends SqlReader {
  /**
   * Runs a function inside a transaction, again from its start after SQLSTATE 40001, 40P01 and 55P03,
   * with jitter between. The function must have no effect outside the database: no network call.
   * @param name label in telemetry
   * @throws whatever the function throws, after a rollback
   */
  transaction<Result>(
    name: string,
    body: (transaction: SqlTransaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** Runs SQL text that has no parameters and may hold several statements: migrations and tests. */
  execute(text: string): Promise<void>;
  /** Whether the database answers, in at most a second. */
  ping(): Promise<boolean>;
  /** Telemetry so far, by statement and transaction name. */
  statistics(): ReadonlyMap<string, StatementStatistics>;
  close(): Promise<void>;
}

export interface StatementStatistics {
  count: number;
  errors: number;
  retries: number;
  totalMs: number;
}

/** A refusal by the database, with its SQLSTATE. */
export class SqlError extends Error {
  /** Five characters, such as 23505. */
  readonly state: string;
  readonly statement: string;
  readonly constraint: string | undefined;

  constructor(
    message: string,
    fields: { state: string; statement: string; constraint: string | undefined; cause: unknown },
  ) {
    super(message, { cause: fields.cause });
    this.name = 'SqlError';
    this.state = fields.state;
    this.statement = fields.statement;
    this.constraint = fields.constraint;
  }
}

/** Whether the error is a violation of a unique key (of this constraint, where one is named). */
export function isUniqueViolation(error: unknown, constraint?: string): error is SqlError {
  return (
    error instanceof SqlError &&
    error.state === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** SQLSTATEs after which the same transaction may succeed: serialisation, deadlock, lock time-out. */
const RETRYABLE_STATES: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/** SQLSTATEs of a statement that ran out of time, by itself or waiting for a lock. */
const TIMED_OUT_STATES: ReadonlySet<string> = new Set(['57014', '55P03']);

/** Whether a statement ran out of time: nothing of it has happened, and it may succeed a little later. */
export function isTimedOutSqlError(error: unknown): boolean {
  return error instanceof SqlError && TIMED_OUT_STATES.has(error.state);
}

/** Whether a transaction that failed so should be run again. */
export function isRetryableSqlError(error: unknown): boolean {
  return error instanceof SqlError && RETRYABLE_STATES.has(error.state);
}
