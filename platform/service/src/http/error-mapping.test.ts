import { SqlError } from '@commerce/engines/sql/sql';
import { expect, test } from 'vitest';
import { toAppError } from './error-mapping.ts';

const failedWith = (state: string): SqlError =>
  new SqlError('it failed', { state, statement: 'a.b', constraint: undefined, cause: undefined });

test.each(['57014', '55P03'])(
  'a statement that ran out of time (%s) may be asked for again',
  (state) => {
    expect(toAppError(failedWith(state))).toMatchObject({ code: 'unavailable', status: 503 });
  },
);

test('any other fault of a statement is ours', () => {
  expect(toAppError(failedWith('23514'))).toMatchObject({ code: 'internal-error' });
});
