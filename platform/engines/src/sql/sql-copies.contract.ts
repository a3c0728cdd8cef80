import { expect, it } from 'vitest';
import { type Sql, type SqlTransaction, statement } from './sql.ts';
import type { Given } from './sql-contract.fixture.ts';

/** Whole rows that pass in COPY's text form. */

const ENTRIES = 'COPY entries (id, amount) FROM STDIN';
const countLike = statement<{ count: bigint }>(
  'contract.count-like',
  'SELECT count(*) FROM entries WHERE id LIKE $1',
);

async function* piecesOf(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const countOf = async (sql: Sql, pattern: string): Promise<bigint | undefined> =>
  (await sql.query(countLike, [pattern]))[0]?.count;

async function readAll(transaction: SqlTransaction, text: string) {
  let rows = 0;
  const pieces: Buffer[] = [];
  for await (const piece of transaction.copyOut(text)) {
    rows += piece.rows;
    pieces.push(piece.bytes);
  }
  return { rows, text: Buffer.concat(pieces).toString() };
}

export function describeCopies(given: Given): void {
  it('copies rows out and in as they are, between statements of one transaction', async () => {
    const { sql } = given();
    const rows = 20_000;
    const made = Array.from(
      { length: rows },
      (_, index) => `copy-${index} é\\t\\n\\\\\t${index}\n`,
    );
    await sql.transaction('copy', async (transaction) => {
      const [before] = await transaction.query(countLike, ['copy-%']);
      expect(before?.count).toBe(0n);
      // A row may begin in one piece and end in another.
      const text = made.join('');
      await transaction.copyIn(ENTRIES, piecesOf(text.slice(0, 77_777), text.slice(77_777)));
      const [after] = await transaction.query(countLike, ['copy-%']);
      expect(after?.count).toBe(BigInt(rows));
    });
    const read = await sql.transaction('copy', (transaction) =>
      readAll(
        transaction,
        `COPY (SELECT id, amount FROM entries WHERE id LIKE 'copy-%' ORDER BY amount) TO STDOUT`,
      ),
    );
    expect(read).toEqual({ rows, text: made.join('') });
  });

  it('leaves nothing of rows that break off, and throws what they threw', async () => {
    const { sql } = given();
    async function* breakingOff(): AsyncGenerator<Buffer> {
      yield Buffer.from('broken-1\t1\n');
      throw new RangeError('the line broke');
    }
    const copied = sql.transaction('copy', (transaction) =>
      transaction.copyIn(ENTRIES, breakingOff()),
    );
    await expect(copied).rejects.toThrow(RangeError);
    expect(await countOf(sql, 'broken-%')).toBe(0n);
  });

  it('tells what the database says of rows that it can not take', async () => {
    const { sql } = given();
    const endless = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('bad-1\tno number\n');
      for (let index = 0; index < 10_000; index += 1) yield Buffer.from(`bad-${index}\t1\n`);
    };
    const copied = sql.transaction('copy', (transaction) => transaction.copyIn(ENTRIES, endless()));
    await expect(copied).rejects.toMatchObject({ state: '22P02', statement: 'copy-in' });
    const unknown = sql.transaction('copy', (transaction) =>
      readAll(transaction, 'COPY (SELECT nothing FROM entries) TO STDOUT'),
    );
    await expect(unknown).rejects.toMatchObject({ state: '42703', statement: 'copy-out' });
    expect(await countOf(sql, 'bad-%')).toBe(0n);
  });

  it('goes on where a reader leaves early or takes its time', async () => {
    const { sql } = given();
    const many = `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT`;
    const seen = await sql.transaction('copy', async (transaction) => {
      for await (const piece of transaction.copyOut(many)) {
        expect(piece.rows).toBeGreaterThan(0);
        break;
      }
      let rows = 0;
      for await (const piece of transaction.copyOut(many)) {
        // Long enough for the server to be ahead by more than what is held.
        await new Promise((resolve) => setImmediate(resolve));
        rows += piece.rows;
      }
      return rows;
    });
    expect(seen).toBe(20_000);
  });
}
