import { expect, it } from 'vitest';
import { type Sql, SqlError, type SqlReader } from './sql.ts';
import {
  addToEntry,
  createMeeting,
  divideByZero,
  findEntry,
  type Given,
  insertEntry,
  isHeld,
  refuseToSerialize,
  serializable,
  sleepFor,
  until,
} from './sql-contract.fixture.ts';

/** Two transactions that take the same two rows in opposite orders, the first time at once. */
function crossTransfers(sql: Sql, first: string, second: string) {
  const meet = createMeeting(2);
  const transfer = (from: string, to: string) => {
    let attempts = 0;
    return sql.transaction('cross', async (transaction) => {
      attempts += 1;
      await transaction.query(addToEntry, [from, -1]);
      if (attempts === 1) await meet();
      await transaction.query(addToEntry, [to, 1]);
      return attempts;
    });
  };
  return Promise.all([transfer(first, second), transfer(second, first)]);
}

export function describeCollisions(given: Given): void {
  it('runs the victim of a deadlock again, with one effect of each', async () => {
    const { sql } = given();
    await sql.query(insertEntry, ['dead-1', 10]);
    await sql.query(insertEntry, ['dead-2', 10]);
    const attempts = await crossTransfers(sql, 'dead-1', 'dead-2');
    expect(attempts.reduce((sum, count) => sum + count)).toBeGreaterThan(2);
    expect(await sql.query(findEntry, ['dead-1'])).toEqual([{ amount: 10n }]);
    expect(await sql.query(findEntry, ['dead-2'])).toEqual([{ amount: 10n }]);
  });

  it('runs a transaction again that could not be serialised, on what the other wrote', async () => {
    const { sql } = given();
    await sql.query(insertEntry, ['skew-1', 1]);
    await sql.query(insertEntry, ['skew-2', 1]);
    const meet = createMeeting(2);
    // Each takes a unit from its own entry while both together hold more than one.
    const take = (id: string) => {
      let attempts = 0;
      return sql.transaction('skew', async (transaction) => {
        attempts += 1;
        await transaction.query(serializable);
        const [one] = await transaction.query(findEntry, ['skew-1']);
        const [two] = await transaction.query(findEntry, ['skew-2']);
        if (attempts === 1) await meet();
        if ((one?.amount ?? 0n) + (two?.amount ?? 0n) < 2n) return 'kept';
        await transaction.query(addToEntry, [id, -1]);
        return 'taken';
      });
    };
    expect((await Promise.all([take('skew-1'), take('skew-2')])).toSorted()).toEqual([
      'kept',
      'taken',
    ]);
  });

  it('gives up after the attempts allowed, and counts them', async () => {
    const { sql } = given();
    let attempts = 0;
    const ended = sql.transaction(
      'hopeless',
      async (transaction) => {
        attempts += 1;
        await transaction.query(insertEntry, ['hopeless', 1]);
        await transaction.query(refuseToSerialize);
      },
      { attemptsMax: 3 },
    );
    await expect(ended).rejects.toMatchObject({ state: '40001' });
    expect(attempts).toBe(3);
    expect(await sql.query(findEntry, ['hopeless'])).toEqual([]);
    expect(sql.statistics().get('hopeless')).toMatchObject({ count: 1, errors: 1, retries: 2 });
  });

  it('does not run a transaction again that would fail again', async () => {
    const { sql } = given();
    let attempts = 0;
    const ended = sql.transaction('wrong', (transaction) => {
      attempts += 1;
      return transaction.query(divideByZero);
    });
    await expect(ended).rejects.toThrow(SqlError);
    expect(attempts).toBe(1);
  });
}

export function describeLimits(given: Given): void {
  it('ends a statement that takes too long, with its SQLSTATE and name', async () => {
    const impatient = given().engine.open({ connectionsMax: 1, statementTimeoutMs: 100 });
    await expect(impatient.query(sleepFor, [5])).rejects.toMatchObject({
      state: '57014',
      statement: 'contract.sleep',
    });
    expect(await impatient.query(sleepFor, [0])).toHaveLength(1);
    await impatient.close();
  });

  it('ends the wait for a lock, which a transaction takes for a collision', async () => {
    const { engine, sql } = given();
    const impatient = engine.open({ connectionsMax: 1, statementTimeoutMs: 100 });
    await sql.query(insertEntry, ['held', 1]);
    let letGo: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const held = sql.transaction('hold', async (transaction) => {
      await transaction.query(addToEntry, ['held', 1]);
      await released;
    });
    await until(() => isHeld(sql, 'held'));
    const once = { attemptsMax: 1 };
    const add = (transaction: SqlReader) => transaction.query(addToEntry, ['held', 1]);
    await expect(impatient.transaction('waits', add, once)).rejects.toSatisfy(
      (error) => error instanceof SqlError && ['55P03', '57014'].includes(error.state),
    );
    letGo();
    await held;
    await impatient.transaction('waits', add, once);
    expect(await sql.query(findEntry, ['held'])).toEqual([{ amount: 3n }]);
    await impatient.close();
  });

  it('tells whoever waits for a statement behind one that failed of that one', async () => {
    const impatient = given().engine.open({ connectionsMax: 1, statementTimeoutMs: 100 });
    const both = impatient.transaction('behind', async (transaction) => {
      transaction.query(sleepFor, [5]).catch(() => undefined);
      return transaction.query(sleepFor, [0]);
    });
    await expect(both).rejects.toMatchObject({ state: '57014', statement: 'contract.sleep' });
    await impatient.close();
  });

  it('ends a transaction that idles, and keeps its rows free for the others', async () => {
    const { engine, sql } = given();
    const impatient = engine.open({ connectionsMax: 1, statementTimeoutMs: 100 });
    await sql.query(insertEntry, ['idle', 1]);
    const idle = impatient.transaction('idle', async (transaction) => {
      await transaction.query(addToEntry, ['idle', 1]);
      await until(async () => !(await isHeld(sql, 'idle')));
      await transaction.query(addToEntry, ['idle', 1]);
    });
    await expect(idle).rejects.toMatchObject({ code: 'unavailable' });
    expect(await sql.query(findEntry, ['idle'])).toEqual([{ amount: 1n }]);
    expect(await impatient.query(addToEntry, ['idle', 1])).toEqual([{ amount: 2n }]);
    await impatient.close();
  });
}

export function describeFaults(given: Given): void {
  it('says that it is unavailable, and when to try again, where nothing answers', async () => {
    const lost = given().engine.connectToNothing();
    const refused = { code: 'unavailable', retryable: true, cause: expect.anything() };
    await expect(lost.query(findEntry, ['x'])).rejects.toMatchObject(refused);
    await expect(lost.transaction('lost', async () => undefined)).rejects.toMatchObject(refused);
    await expect(lost.execute('SELECT 1')).rejects.toMatchObject(refused);
    expect(await lost.ping()).toBe(false);
    await lost.close();
  });

  it('fails what is under way when the server goes, and serves again when it is back', async () => {
    const { engine, sql } = given();
    const gated = engine.open({ connectionsMax: 2 });
    await sql.query(insertEntry, ['gone', 1]);
    expect(await gated.ping()).toBe(true);
    const interrupted = gated.transaction('gone', async (transaction) => {
      await transaction.query(addToEntry, ['gone', 1]);
      await engine.network.cut();
      await transaction.query(addToEntry, ['gone', 1]);
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'unavailable' });
    await expect(gated.query(findEntry, ['gone'])).rejects.toMatchObject({ code: 'unavailable' });
    expect(await gated.ping()).toBe(false);
    await engine.network.mend();
    expect(await gated.query(addToEntry, ['gone', 5])).toEqual([{ amount: 6n }]);
    expect(await gated.ping()).toBe(true);
    await gated.close();
  });

  it('does not wait for a server that keeps silent to learn that it does not answer', async () => {
    const { engine } = given();
    const gated = engine.open({ connectionsMax: 1 });
    expect(await gated.ping()).toBe(true);
    engine.network.holdAnswers();
    const startedAt = performance.now();
    expect(await gated.ping()).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_900);
    engine.network.passAnswers();
    await gated.close();
  });
}

export function describePool(given: Given): void {
  it('completes 200 transactions at once on four connections', async () => {
    const pool = given().engine.open({ connectionsMax: 4 });
    await pool.query(insertEntry, ['busy', 0]);
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        pool.transaction('busy', (transaction) => transaction.query(addToEntry, ['busy', 1])),
      ),
    );
    expect(new Set(results.map(([row]) => row?.amount)).size).toBe(200);
    expect(await pool.query(findEntry, ['busy'])).toEqual([{ amount: 200n }]);
    await pool.close();
  });

  it('knows a named statement on every connection', async () => {
    const pool = given().engine.open({ connectionsMax: 4 });
    for (let round = 0; round < 2; round += 1) {
      const meet = createMeeting(4);
      // Four transactions are open at once, so each has a connection of its own.
      const found = await Promise.all(
        Array.from({ length: 4 }, () =>
          pool.transaction('prepared', async (transaction) => {
            await meet();
            return transaction.query(findEntry, ['both-1']);
          }),
        ),
      );
      expect(found).toEqual(Array.from({ length: 4 }, () => [{ amount: 1n }]));
    }
    await pool.close();
  });

  it('counts statements and their errors by name', async () => {
    const pool = given().engine.open();
    await pool.query(findEntry, ['x']);
    await pool.query(findEntry, ['x']);
    await pool.query(divideByZero).catch(() => undefined);
    const figures = pool.statistics();
    expect(figures.get('contract.find')).toMatchObject({ count: 2, errors: 0, retries: 0 });
    expect(figures.get('contract.fail')).toMatchObject({ count: 1, errors: 1 });
    expect(figures.get('contract.find')?.totalMs).toBeGreaterThan(0);
    await pool.close();
  });
}
