import { randomUUID } from 'node:crypto';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../testing-control-plane.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane?.close());

const entryOf = (changes: Record<string, unknown> = {}) => ({
  id: randomUUID(),
  at: '2026-03-01T03:12:00.000Z',
  by: 'otto',
  action: 'evacuation.run',
  subject: 'evac_1',
  outcome: 'done',
  detail: { source: 'eu-de-1', moved: 512, target: null },
  ...changes,
});

const tell = (payload: unknown, headers = plane.asCell('cellctl')) =>
  plane.app.inject({
    method: 'POST',
    url: '/v1/audit/entries',
    headers,
    payload: payload as object,
  });

const list = async (query = '') => {
  const headers = plane.asCell('cellctl');
  const answer = await plane.app.inject({ method: 'GET', url: `/v1/audit${query}`, headers });
  expect(answer.statusCode).toBe(200);
  return answer.json() as {
    intact: boolean;
    items: { seq: number; id: string; detail: unknown }[];
  };
};

it('keeps what operators did, numbered without gaps, and an entry that is sent twice once', async () => {
  const entries = Array.from({ length: 5 }, () => entryOf());
  const answers = await Promise.all([...entries, entries[0]].map((entry) => tell(entry)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 204, 204, 204, 204, 204]);
  const { items, intact } = await list();
  expect(intact).toBe(true);
  expect(items.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
  expect(new Set(items.map(({ id }) => id))).toEqual(new Set(entries.map(({ id }) => id)));
  expect(items[0]?.detail).toEqual({ source: 'eu-de-1', moved: 512, target: null });
  const older = await list('?limit=2&before=4');
  expect(older).toMatchObject({ intact: true, items: [{ seq: 3 }, { seq: 2 }] });
});

it('takes entries from the tool alone, and shows them to operators and to it', async () => {
  expect((await tell(entryOf(), plane.asCell('eu-de-1'))).statusCode).toBe(403);
  expect((await tell({ ...entryOf(), extra: 1 })).statusCode).toBe(400);
  const vendor = await plane.signUpVendor('audit-vendor');
  const read = (headers: Record<string, string>) =>
    plane.app.inject({ method: 'GET', url: '/v1/audit', headers });
  expect((await read(vendor.headers)).statusCode).toBe(403);
  expect((await read(plane.asCell('eu-de-1'))).statusCode).toBe(403);
  expect((await read(await plane.signInOperator())).statusCode).toBe(200);
});

it.each([
  ['a changed entry', "UPDATE audit_entries SET operator = 'nobody' WHERE seq = 2"],
  ['a removed entry', 'DELETE FROM audit_entries WHERE seq = 3'],
  ['a removed end', 'DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)'],
])('notices %s', async (name, text) => {
  await tell(entryOf());
  await plane.deps.sql
    .transaction('tests.tamper', async (transaction) => {
      await transaction.query(statement(`tests.${name.replaceAll(' ', '-')}`, text));
      const { createAudit } = await import('./index.ts');
      const audit = createAudit({ sql: transaction as never, clock: plane.deps.clock });
      expect((await audit.list({ before: undefined, limit: 100 })).intact).toBe(false);
      throw new Error('put it back');
    })
    .catch((error: unknown) => expect((error as Error).message).toBe('put it back'));
  expect((await list()).intact).toBe(true);
});
