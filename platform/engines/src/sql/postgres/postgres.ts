import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@commerce/contracts/problems';
import pg from 'pg';
import { encodeArrays } from './array-parameters.ts';
import { copyIn, copyOut } from './copy.ts';
import {
  isRetryableSqlError,
  type Sql,
  SqlError,
  type SqlTransaction,
  type SqlValue,
  type Statement,
  type StatementStatistics,
  type TransactionOptions,
} from '../sql.ts';

/**
 * The adapter for servers that speak PostgreSQL's protocol, through `pg` in pipeline mode: statements
 * that are sent without awaiting each other share a round trip. Limits keep a fence from waiting
 * long: a statement, a lock and an idle transaction get a second each.
 */

export interface PostgresOptions {
  readonly connectionString: string;
  /** Default 16. Two or three for each core of the database keep it busy. */
  readonly connectionsMax?: number;
  /** Default 1,000; 0 for none, which migrations and bulk loads need. */
  readonly statementTimeoutMs?: number;
  /**
   * Plans each statement once for each connection, whatever its values are: right where rows are
   * found by their keys. Otherwise the server plans statements over arrays again and again.
   */
  readonly usesGenericPlans?: boolean;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Called when an idle connection breaks; the pool opens a new one by itself. */
  readonly onConnectionLost?: (error: Error) => void;
}

const INT8_OID = 20;
const ATTEMPTS_MAX = 10;
/** Longest wait for a free connection, after which the caller gets 503 instead of a queue. */
const ACQUIRE_TIMEOUT_MS = 5_000;
const PING_TIMEOUT_MS = 1_000;
/** A connection costs the server some megabytes; those of a rush are given back after it. */
const IDLE_TIMEOUT_MS = 30_000;

/** Parsers of our own pool only: `int8` becomes a bigint, exactly. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8_OID && format !== 'binary') return BigInt;
    return pg.types.getTypeParser(oid, format as 'text') as unknown;
  },
} as unknown as pg.CustomTypesConfig;

/**
 * Connection faults, by Node's code, or PostgreSQL's: the server goes away (57P), has no connection
 * left (53300), or has ended an idle transaction (25P03).
 */
const UNREACHABLE = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENETUNREACH|57P0|53300|25P03)/;
/** What `pg` throws without a code for a connection that is lost, or not to be had. */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when)/;

/**
 * Whether a statement failed only because one before it did, in a transaction whose statements travel
 * together. Who waits for this one alone must hear of that one: by it a transaction is run again or not.
 */
function isBehindAnother(error: unknown): boolean {
  return error instanceof SqlError && error.state === '25P02';
}

function toError(error: unknown, statement: string): Error {
  const fault = error as Error & { code?: string; constraint?: string };
  const code = fault.code ?? '';
  if (UNREACHABLE.test(code) || LOST.test(fault.message)) {
    return new AppError('unavailable', {
      detail: 'The database does not answer.',
      retryAfterS: 1,
      cause: error,
    });
  }
  if (/^[0-9A-Z]{5}$/.test(code)) {
    return new SqlError(`${statement}: ${fault.message}`, {
      state: code,
      statement,
      constraint: fault.constraint,
      cause: error,
    });
  }
  return fault;
}

/** Settings of a session, as a client asks for them when it connects. */
function formatSettings(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

const corked = new WeakSet<pg.PoolClient>();

/**
 * Lets everything that is sent to a connection until the end of this turn leave in one write: a
 * system call, and a wake-up of the server, cost more than most statements.
 */
function sendTogether(client: pg.PoolClient): void {
  if (corked.has(client)) return;
  const { stream } = client.connection;
  corked.add(client);
  stream.cork();
  // Promises that are settled already run before the next tick, so what they send goes along.
  process.nextTick(() => {
    corked.delete(client);
    stream.uncork();
  });
}

/**
 * Opens a pool. No connection is made before the first statement.
 * @throws nothing; an unreachable server shows at the first statement or `ping`
 */
export function openPostgres(options: PostgresOptions): Sql {
  const timeoutMs = options.statementTimeoutMs ?? 1_000;
  const config: pg.PoolConfig & { pipeline: boolean } = {
    connectionString: options.connectionString,
    max: options.connectionsMax ?? 16,
    application_name: options.applicationName,
    connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    types,
    pipeline: true,
    options: formatSettings({
      ...(timeoutMs > 0 && {
        statement_timeout: timeoutMs,
        lock_timeout: timeoutMs,
        idle_in_transaction_session_timeout: timeoutMs,
      }),
      ...(options.usesGenericPlans === true && { plan_cache_mode: 'force_generic_plan' }),
    }),
  };
  const pool = new pg.Pool(config);
  pool.on('error', (error) => options.onConnectionLost?.(error));
  const statistics = new Map<string, StatementStatistics>();

  const statisticsOf = (name: string): StatementStatistics => {
    let entry = statistics.get(name);
    if (entry === undefined) {
      entry = { count: 0, errors: 0, retries: 0, totalMs: 0 };
      statistics.set(name, entry);
    }
    return entry;
  };

  const run = async <Row>(
    client: pg.Pool | pg.PoolClient,
    statement: Statement<Row>,
    values: readonly SqlValue[],
  ): Promise<Row[]> => {
    const entry = statisticsOf(statement.name);
    const startedAt = performance.now();
    try {
      const result = await client.query({
        name: statement.name,
        text: statement.text,
        values: encodeArrays(statement, values),
      });
      return result.rows as Row[];
    } catch (error) {
      entry.errors += 1;
      throw toError(error, statement.name);
    } finally {
      entry.count += 1;
      entry.totalMs += performance.now() - startedAt;
    }
  };

  const acquire = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      throw toError(error, 'connect');
    }
  };

  const attempt = async <Result>(
    body: (transaction: SqlTransaction) => Promise<Result>,
    last: TransactionOptions['last'],
  ): Promise<Result> => {
    const client = await acquire();
    let broken: Error | undefined;
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on('error', lost);
    let fault: Error | undefined;
    const transaction: SqlTransaction = {
      query: (statement, values = []) => {
        sendTogether(client);
        return run(client, statement, values).catch((error: Error) => {
          fault ??= error;
          throw isBehindAnother(error) ? fault : error;
        });
      },
      async *copyOut(text) {
        try {
          yield* copyOut(client, text);
        } catch (error) {
          throw toError(error, 'copy-out');
        }
      },
      copyIn: (text, rows) =>
        copyIn(client, text, rows).catch((error: unknown) => {
          throw toError(error, 'copy-in');
        }),
    };
    try {
      sendTogether(client);
      const begun = client.query('BEGIN');
      // Sent in the same round trip as the first statements; a fault of theirs is the one to tell.
      begun.catch(() => undefined);
      const result = await body(transaction);
      sendTogether(client);
      const finishing = last?.(transaction);
      const [finished, committed] = await Promise.allSettled([finishing, client.query('COMMIT')]);
      if (finished.status === 'rejected') throw finished.reason;
      if (committed.status === 'rejected') throw toError(committed.reason, 'COMMIT');
      // A statement that failed inside turns COMMIT into ROLLBACK, whether or not it was awaited.
      if (committed.value.command !== 'COMMIT') {
        throw new Error('the transaction was rolled back because a statement in it failed');
      }
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(lost);
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  };

  return {
    query: (statement, values = []) => run(pool, statement, values),

    async transaction(name, body, transactionOptions = {}) {
      const entry = statisticsOf(name);
      const startedAt = performance.now();
      const attemptsMax = transactionOptions.attemptsMax ?? ATTEMPTS_MAX;
      try {
        for (let attempts = 1; ; attempts += 1) {
          try {
            return await attempt(body, transactionOptions.last);
          } catch (error) {
            if (!isRetryableSqlError(error) || attempts >= attemptsMax) throw error;
            entry.retries += 1;
            // Full jitter: two transactions that collided must not meet again at the same moment.
            await delay(Math.random() * Math.min(200, 5 * 2 ** attempts));
          }
        }
      } catch (error) {
        entry.errors += 1;
        throw error;
      } finally {
        entry.count += 1;
        entry.totalMs += performance.now() - startedAt;
      }
    },

    async execute(text) {
      try {
        await pool.query(text);
      } catch (error) {
        throw toError(error, 'execute');
      }
    },

    async ping() {
      const answered = pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
      return Promise.race([answered, delay(PING_TIMEOUT_MS, false, { ref: false })]);
    },

    statistics: () => statistics,
    close: () => pool.end(),
  };
}
