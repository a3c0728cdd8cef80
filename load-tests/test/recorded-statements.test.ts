import { expect, test } from 'vitest';
import { readStatements, worksOfPartition } from '../bench/sql/recorded-statements.ts';

const at = '2026-01-02T03:04:05.678Z';
const prefix = (session: number): string => `${at} 2026-01-02 03:04:05.678 UTC [${session}]`;
const LOG = [
  `${prefix(7)} LOG:  statement: BEGIN`,
  `${prefix(7)} LOG:  execute carts.set-email: UPDATE carts AS t SET email = $3,`,
  `${at} \t  updated_at = $4 WHERE t.partition = $1`,
  `${prefix(7)} DETAIL:  Parameters: $1 = 'eu-001', $2 = 'it''s, $9 = x', $3 = NULL`,
  `${prefix(8)} LOG:  execute jobs.look: SELECT $1`,
  `${prefix(8)} DETAIL:  Parameters: $1 = 'eu-002'`,
  `${prefix(7)} LOG:  statement: COMMIT`,
  `${prefix(7)} LOG:  statement: BEGIN`,
  `${prefix(7)} LOG:  execute carts.find: SELECT $1`,
  `${prefix(7)} DETAIL:  Parameters: $1 = 'eu-001'`,
  `${prefix(7)} LOG:  statement: ROLLBACK`,
  '',
].join('\n');

test('a statement over several lines is read with its values, quotes and NULL', () => {
  const statement = readStatements(LOG).get('7')?.[1];
  expect(statement).toEqual({
    name: 'carts.set-email',
    text: 'UPDATE carts AS t SET email = $3,\n  updated_at = $4 WHERE t.partition = $1',
    values: ['eu-001', "it's, $9 = x", null],
    index: 1,
  });
});

test('only what was committed for the partition is kept, transaction by transaction', () => {
  const sessions = [...readStatements(LOG).values()];
  const works = sessions.flatMap((statements) => worksOfPartition(statements, 'eu-001'));
  expect(works.map((work) => work.map(({ name, text }) => name || text))).toEqual([
    ['BEGIN', 'carts.set-email', 'COMMIT'],
  ]);
});
