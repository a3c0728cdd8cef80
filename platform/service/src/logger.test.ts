import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LOG_FIELDS } from './logger.ts';

const LOGGER = new URL('./logger.ts', import.meta.url).href;
const SQL = import.meta.resolve('@commerce/engines/sql/sql');

/** Runs lines in a process that has a logger `log`, and gives back what it wrote. */
async function logged(lines: string, level = 'info'): Promise<Record<string, unknown>[]> {
  const script = `
    import { createLogger } from ${JSON.stringify(LOGGER)};
    import { SqlError } from ${JSON.stringify(SQL)};
    const log = createLogger('cell eu-de-1', ${JSON.stringify(level)});
    ${lines}`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('has no field that holds personal data', () => {
  expect(Object.keys(LOG_FIELDS).length).toBeGreaterThan(10);
  expect(new Set(Object.values(LOG_FIELDS))).toEqual(new Set(['none']));
});

it('writes a line of JSON with the level, the time and the part, and those of a child', async () => {
  const lines = await logged(`
    log.info({ partition: 'eu-001', count: 3 }, 'placed');
    log.child({ requestId: 'r-1' }).warn({}, 'slow');
    log.debug({}, 'unheard');`);
  expect(lines).toEqual([
    {
      level: 'info',
      part: 'cell eu-de-1',
      partition: 'eu-001',
      count: 3,
      msg: 'placed',
      time: expect.any(String),
    },
    {
      level: 'warn',
      part: 'cell eu-de-1',
      requestId: 'r-1',
      msg: 'slow',
      time: expect.any(String),
    },
  ]);
  expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await logged(`log.error({}, 'unheard');`, 'silent')).toEqual([]);
});

it('tells of an error its type, code, stack and cause, and no other field of it', async () => {
  const [line] = await logged(`
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: '10.0.0.1' });
    const error = Object.assign(new TypeError('no answer', { cause }), { body: 'ada@example.com' });
    log.error({ err: error }, 'failed');`);
  const err = line?.['err'] as Record<string, unknown>;
  expect(err).toMatchObject({
    type: 'TypeError',
    stack: expect.stringContaining('no answer'),
    cause: { type: 'Error', message: 'refused', code: 'ECONNREFUSED' },
  });
  expect(JSON.stringify(line)).not.toContain('ada@example.com');
  expect(JSON.stringify(line)).not.toContain('10.0.0.1');
  const [odd] = await logged(`log.error({ err: 'ada@example.com' }, 'failed');`);
  expect(odd?.['err']).toEqual({ type: 'string' });
});

it('leaves out the value that a database quotes, and keeps its SQLSTATE', async () => {
  const [line, other] = await logged(`
    const fail = (state, text) => new SqlError('carts.find: ' + text, {
      state, statement: 'carts.find', constraint: undefined, cause: new Error(text),
    });
    log.error({ err: fail('22P02', 'invalid input syntax for type bigint: "ada@example.com" or "not"') }, 'failed');
    log.error({ err: fail('23505', 'duplicate key value violates unique constraint "carts_pkey"') }, 'failed');`);
  expect(JSON.stringify(line)).not.toMatch(/ada@example\.com|not/);
  expect(line?.['err']).toMatchObject({
    type: 'SqlError',
    code: '22P02',
    stack: expect.stringMatching(/^ +at /),
  });
  expect(JSON.stringify(line)).toContain('invalid input syntax for type bigint');
  // The name of a constraint is no value, and what one looks for.
  expect(JSON.stringify(other)).toContain('carts_pkey');
  expect(other?.['err']).toMatchObject({ code: '23505' });
});
