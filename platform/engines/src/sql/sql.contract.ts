import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRetryableSqlError, isUniqueViolation, type Sql, statement } from './sql.ts';
import {
  addToEntry,
  divideByZero,
  findEntry,
  type Given,
  insertAccount,
  insertEntry,
  isHeld,
  SCHEMA,
  until,
  type Engine,
  type SqlHarness,
} from './sql-contract.fixture.ts';
import { describeCopies } from './sql-copies.contract.ts';
import {
  describeCollisions,
  describeFaults,
  describeLimits,
  describePool,
} from './sql-limits.contract.ts';

/** The suite that every adapter of the SQL port passes. */
export function describeSql(name: string, harness: SqlHarness): void {
  describe(`SQL on ${name}`, () => {
    let engine: Engine;
    let sql: Sql;
    const given: Given = () => ({ engine, sql });

    beforeAll(async () => {
      engine = await harness.start();
      sql = engine.openBeside();
      await sql.execute(SCHEMA);
    });
    afterAll(async () => {
      await sql?.close();
      await engine?.stop();
    });

    describeValues(given);
    describeTransactions(given);
    describeCopies(given);
    describePipelines(given);
    describeCollisions(given);
    describeLimits(given);
    describeFaults(given);
    describePool(given);
  });
}

function describeValues(given: Given): void {
  it('gives values back as they were sent: int8 exactly, times, JSON, lists, bytes', async () => {
    const { sql } = given();
    const echo = statement<Record<string, unknown>>(
      'contract.echo',
      `SELECT $1::int8 AS big, $2::timestamptz AS at, $3::jsonb AS json, $4::text[] AS texts,
              $5::int8[] AS bigs, $6::bool AS flag, $7::text AS nothing, $8::bytea AS bytes,
              $9::float8 AS share, $10::int4 AS small`,
    );
    const at = new Date('2026-02-28T23:59:59.123Z');
    const values = [
      9_007_199_254_740_993n,
      at,
      '{"a":[1,"é"]}',
      ['x', 'a "quoted", \\one', ''],
      [1n, -9_223_372_036_854_775_808n],
      true,
      null,
      Buffer.from([0, 255, 7]),
      0.1,
      -7,
    ] as const;
    const [row] = await sql.query(echo, values);
    expect(row).toEqual({
      big: 9_007_199_254_740_993n,
      at,
      json: { a: [1, 'é'] },
      texts: ['x', 'a "quoted", \\one', ''],
      bigs: expect.anything(),
      flag: true,
      nothing: null,
      bytes: Buffer.from([0, 255, 7]),
      share: 0.1,
      small: -7,
    });
    expect((row?.['bigs'] as unknown[]).map(String)).toEqual(['1', '-9223372036854775808']);
  });

  it('takes lists of any length, with gaps, signs of every kind, and where no type is said', async () => {
    const { sql } = given();
    const echo = statement<{ texts: unknown[]; numbers: unknown[]; found: boolean }>(
      'contract.echo-lists',
      `SELECT $1::text[] AS texts, CAST($2::int8[] AS text[]) AS numbers, 'x' = ANY($3) AS found`,
    );
    const told = async (texts: (string | null)[], numbers: (bigint | number | null)[]) =>
      (await sql.query(echo, [texts as string[], numbers as bigint[], ['y', 'x']]))[0];
    const texts = ['', 'NULL', null, '{,}', '"\\', "it's", 'ä', '漢字', '🙂', 'x'.repeat(70_000)];
    expect(await told(texts, [0, -1n, null, 2 ** 40])).toEqual({
      texts,
      numbers: ['0', '-1', null, String(2 ** 40)],
      found: true,
    });
    expect(await told([], [])).toEqual({ texts: [], numbers: [], found: true });
    expect(await told([null], [null])).toEqual({ texts: [null], numbers: [null], found: true });
  });

  it('takes a parameter for a value and never for SQL', async () => {
    const { sql } = given();
    const id = `'); DROP TABLE entries; --`;
    await sql.query(insertEntry, [id, 1]);
    expect(await sql.query(findEntry, [id])).toEqual([{ amount: 1n }]);
  });

  it('tells a duplicate key from another fault, by its constraint', async () => {
    const { sql } = given();
    await sql.query(insertAccount, ['acc-1', 'ada']);
    const error: unknown = await sql
      .query(insertAccount, ['acc-2', 'ada'])
      .catch((e: unknown) => e);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'accounts_owner_once')).toBe(true);
    expect(isUniqueViolation(error, 'accounts_pkey')).toBe(false);
    const other: unknown = await sql.query(divideByZero).catch((e: unknown) => e);
    expect(isUniqueViolation(other)).toBe(false);
    expect(other).toMatchObject({ state: '22012', statement: 'contract.fail' });
    expect(isRetryableSqlError(other)).toBe(false);
  });

  it('refuses two texts under one name, and a name that the server would cut', () => {
    expect(() => statement('contract.find', 'SELECT 2')).toThrow(/two statements/);
    expect(() => statement(`contract.${'x'.repeat(60)}`, 'SELECT 1')).toThrow(/longer than 63/);
  });
}

function describeTransactions(given: Given): void {
  it('commits all of a transaction, or nothing where its function throws', async () => {
    const { sql } = given();
    const result = await sql.transaction('both', async (transaction) => {
      await transaction.query(insertEntry, ['both-1', 1]);
      await transaction.query(insertEntry, ['both-2', 2]);
      return 'result';
    });
    expect(result).toBe('result');
    expect(await sql.query(findEntry, ['both-2'])).toEqual([{ amount: 2n }]);

    const refusal = new Error('changed my mind');
    const refused = sql.transaction('none', async (transaction) => {
      await transaction.query(insertEntry, ['none-1', 1]);
      throw refusal;
    });
    await expect(refused).rejects.toBe(refusal);
    expect(await sql.query(findEntry, ['none-1'])).toEqual([]);
  });

  it('shows nothing to others before the commit', async () => {
    const { sql } = given();
    await sql.transaction('hidden', async (transaction) => {
      await transaction.query(insertEntry, ['hidden', 1]);
      expect(await sql.query(findEntry, ['hidden'])).toEqual([]);
    });
    expect(await sql.query(findEntry, ['hidden'])).toHaveLength(1);
  });

  it('commits nothing where a statement failed that nobody awaited', async () => {
    const { sql } = given();
    const ended = sql.transaction('unawaited', async (transaction) => {
      await transaction.query(insertEntry, ['unawaited', 1]);
      transaction.query(divideByZero).catch(() => undefined);
    });
    await expect(ended).rejects.toThrow(/rolled back/);
    expect(await sql.query(findEntry, ['unawaited'])).toEqual([]);
  });

  it('commits nothing where a statement failed and the function went on', async () => {
    const { sql } = given();
    const ended = sql.transaction('swallowed', async (transaction) => {
      await transaction.query(insertEntry, ['swallowed', 1]);
      await transaction.query(divideByZero).catch(() => undefined);
    });
    await expect(ended).rejects.toThrow(/rolled back/);
    expect(await sql.query(findEntry, ['swallowed'])).toEqual([]);
  });

  it('commits nothing where the last statement fails, and tells its error', async () => {
    const { sql } = given();
    const ended = sql.transaction(
      'last-fails',
      (transaction) => transaction.query(insertEntry, ['last-fails', 1]),
      { last: (transaction) => transaction.query(divideByZero) },
    );
    await expect(ended).rejects.toMatchObject({ state: '22012', statement: 'contract.fail' });
    expect(await sql.query(findEntry, ['last-fails'])).toEqual([]);
  });
}

function describePipelines(given: Given): void {
  it('runs statements that are sent together in the order in which they were sent', async () => {
    const { sql } = given();
    const amounts = await sql.transaction('pipeline', async (transaction) => {
      const inserted = transaction.query(insertEntry, ['pipeline', 0]);
      const added = Array.from({ length: 50 }, (_, index) =>
        transaction.query(addToEntry, ['pipeline', index]),
      );
      await inserted;
      return (await Promise.all(added)).map(([row]) => Number(row?.amount));
    });
    expect(amounts).toEqual(Array.from({ length: 50 }, (_, n) => (n * (n + 1)) / 2));
  });

  it('tells the error of the statement that failed, not of those after it', async () => {
    const { sql } = given();
    const ended = sql.transaction('pipeline-fails', (transaction) =>
      Promise.all([
        transaction.query(insertEntry, ['pipeline-fails', 1]),
        transaction.query(divideByZero),
        transaction.query(insertEntry, ['pipeline-fails-2', 1]),
      ]),
    );
    await expect(ended).rejects.toMatchObject({ state: '22012' });
    expect(await sql.query(findEntry, ['pipeline-fails'])).toEqual([]);
  });

  it('sends the last statement and the commit without waiting for an answer', async () => {
    const { engine, sql } = given();
    const gated = engine.open({ connectionsMax: 1 });
    await sql.query(insertEntry, ['one-trip', 1]);
    const committed = gated.transaction(
      'one-trip',
      async (transaction) => {
        await transaction.query(addToEntry, ['one-trip', 1]);
        engine.network.holdAnswers();
      },
      { last: (transaction) => transaction.query(addToEntry, ['one-trip', 1]) },
    );
    await until(async () => (await sql.query(findEntry, ['one-trip']))[0]?.amount === 3n);
    engine.network.passAnswers();
    await committed;
    await gated.close();
  });

  it('begins a transaction together with its first statements', async () => {
    const { engine, sql } = given();
    const gated = engine.open({ connectionsMax: 1 });
    await gated.ping();
    await sql.query(insertEntry, ['begun-1', 1]);
    await sql.query(insertEntry, ['begun-2', 1]);
    engine.network.holdAnswers();
    const committed = gated.transaction('begun', (transaction) =>
      Promise.all([
        transaction.query(addToEntry, ['begun-1', 1]),
        transaction.query(addToEntry, ['begun-2', 1]),
      ]),
    );
    // Both rows are locked, though the client has heard nothing of either yet.
    await until(() => isHeld(sql, 'begun-2'));
    engine.network.passAnswers();
    await committed;
    await gated.close();
  });
}
