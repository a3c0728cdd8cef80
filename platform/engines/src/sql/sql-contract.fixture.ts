import { type Sql, SqlError, statement } from './sql.ts';
import type { TcpGate } from '../network/tcp-gate.ts';

/** What the parts of the SQL suite share. */

export interface SqlOpenOptions {
  readonly connectionsMax?: number;
  /** Of a statement, of a lock and of an idle transaction. */
  readonly statementTimeoutMs?: number;
}

/** What an adapter brings to run the suite: an empty database, reached through a gate. */
export interface SqlHarness {
  start(): Promise<{
    /** Opens a pool to the one database, through the gate; the suite closes it. */
    open(options?: SqlOpenOptions): Sql;
    /** A pool to the same database that no gate is before. */
    openBeside(): Sql;
    /** A pool whose server is not there. */
    connectToNothing(): Sql;
    readonly network: Pick<TcpGate, 'cut' | 'mend' | 'holdAnswers' | 'passAnswers'>;
    stop(): Promise<void>;
  }>;
}

export const SCHEMA = `
  CREATE TABLE entries (id text PRIMARY KEY, amount int8 NOT NULL);
  CREATE TABLE accounts (
    id text PRIMARY KEY, owner text NOT NULL, CONSTRAINT accounts_owner_once UNIQUE (owner)
  );
`;

export const insertEntry = statement(
  'contract.insert',
  'INSERT INTO entries (id, amount) VALUES ($1, $2)',
);
export const addToEntry = statement<{ amount: bigint }>(
  'contract.add',
  'UPDATE entries SET amount = amount + $2 WHERE id = $1 RETURNING amount',
);
export const findEntry = statement<{ amount: bigint }>(
  'contract.find',
  'SELECT amount FROM entries WHERE id = $1',
);
export const insertAccount = statement(
  'contract.account',
  'INSERT INTO accounts (id, owner) VALUES ($1, $2)',
);
export const divideByZero = statement('contract.fail', 'SELECT 1 / 0 AS nothing');
export const sleepFor = statement('contract.sleep', 'SELECT pg_sleep($1::float8)::text AS slept');
export const serializable = statement(
  'contract.serializable',
  'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
);
export const refuseToSerialize = statement(
  'contract.refuse',
  `DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$`,
);

export const lockAtOnce = statement(
  'contract.lock',
  'SELECT id FROM entries WHERE id = $1 FOR UPDATE NOWAIT',
);
export const isHeld = (sql: Sql, id: string): Promise<boolean> =>
  sql.query(lockAtOnce, [id]).then(
    () => false,
    (error: unknown) => {
      if (error instanceof SqlError && error.state === '55P03') return true;
      throw error;
    },
  );

export const until = async (fulfilled: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 5_000;
  while (!(await fulfilled())) {
    if (performance.now() > deadline) throw new Error('waited 5 s in vain');
  }
};

/** Resolves for all once `count` callers have arrived. */
export function createMeeting(count: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return all;
  };
}

export type Engine = Awaited<ReturnType<SqlHarness['start']>>;
export type Given = () => { readonly engine: Engine; readonly sql: Sql };
