import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { CELL, type FleetProcess } from '../../harness/fleet-process.ts';
import { connectToDatabase } from '../books.ts';
import { buyOnce, type OneCheckout } from '../buyers.ts';
import { readStatements, type Work, worksOfPartition } from './recorded-statements.ts';

/** What a checkout ran, and what must differ when it is run again. */
export interface RecordedCheckout {
  readonly works: readonly Work[];
  readonly partition: string;
  readonly variantId: string;
  /** Hashes and numbers that are unique in their tables. */
  readonly uniques: readonly string[];
}

const SETTINGS = { log_statement: 'all', log_error_verbosity: 'default' } as const;
const LOG_TIMEOUT_MS = 10_000;

/** Makes the cell open its connections anew: settings of a database hold for new sessions. */
async function endSessions(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

/** Waits until the gateway's last webhook was looked up: with it a checkout is at its end. */
async function readLogToTheEnd(file: string, from: number, partition: string): Promise<Work[]> {
  const deadline = performance.now() + LOG_TIMEOUT_MS;
  for (;;) {
    const log = (await readFile(file)).subarray(from).toString();
    const works = [...readStatements(log).values()].flatMap((statements) =>
      worksOfPartition(statements, partition),
    );
    const lookUps = works.flat().filter(({ name }) => name === 'payments.find-attempt').length;
    if (lookUps >= 2 || performance.now() > deadline) {
      return works.toSorted((a, b) => (a[0]?.index ?? 0) - (b[0]?.index ?? 0));
    }
    await delay(100);
  }
}

/** Buys once, again where the cell still held a connection that was ended. */
async function buyWithLog(
  fleet: FleetProcess,
  file: string,
  variantId: string,
): Promise<{ readonly from: number; readonly bought: OneCheckout }> {
  const deadline = performance.now() + LOG_TIMEOUT_MS;
  for (;;) {
    const from = (await readFile(file)).length;
    try {
      return { from, bought: await buyOnce(fleet.cellPort, variantId) };
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}

/** Lets one shopper buy while PostgreSQL logs every statement with its values. */
export async function recordCheckout(
  fleet: FleetProcess,
  variantId: string,
): Promise<RecordedCheckout> {
  const file = path.join(fleet.dataDir, 'logs', `${CELL}-database.log`);
  const client = await connectToDatabase(fleet);
  try {
    for (const [name, value] of Object.entries(SETTINGS)) {
      await client.query(`ALTER DATABASE cell SET ${name} = '${value}'`);
    }
    await endSessions(client);
    const { from, bought } = await buyWithLog(fleet, file, variantId);
    const works = await readLogToTheEnd(file, from, bought.partition);
    const keys = bought.idempotencyKeys.map((key) =>
      createHash('sha256').update(key).digest('base64url'),
    );
    return {
      works,
      partition: bought.partition,
      variantId,
      uniques: [...keys, ...bought.displayNumbers],
    };
  } finally {
    for (const name of Object.keys(SETTINGS))
      await client.query(`ALTER DATABASE cell RESET ${name}`);
    await endSessions(client);
    await client.end();
  }
}
