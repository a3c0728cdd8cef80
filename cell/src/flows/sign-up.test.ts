import type { Partition } from '@commerce/contracts/ids';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../partitions/change-log.ts';
import { createApplier } from '../partitions/copies/apply.ts';
import {
  ALSO_HERE,
  accountTables,
  HERE,
  newEmail,
  openAccountsDatabase,
  PASSWORD,
  startCell,
  startRealm,
  type TestCell,
  type TestRealm,
  THERE,
} from './accounts.fixture.ts';

let realm: TestRealm;
let here: TestCell;
let there: TestCell;
const stopping = new AbortController();

beforeAll(async () => {
  realm = await startRealm();
  ({ here, there } = realm);
});
afterAll(() => realm.stop());

const countByEmail = statement<{ count: bigint }>(
  'test.count-by-email',
  'SELECT count(*) AS count FROM customers WHERE email = $1',
);
const customersWith = async (email: string, ...cells: readonly TestCell[]): Promise<number> => {
  const counts = await Promise.all(cells.map((cell) => cell.sql.query(countByEmail, [email])));
  return counts.reduce((sum, [row]) => sum + Number(row?.count), 0);
};
const claimOf = (email: string) =>
  realm.directory.lookUpClaim({ kind: 'email', hash: here.identity.hashEmail(email) });
const setRole = (cell: TestCell, partition: Partition, role: string) =>
  cell.sql.execute(`UPDATE partitions SET role = '${role}' WHERE partition = '${partition}'`);

describe('sign-up', () => {
  it('makes a customer in the partition that the router chose, and signs them in', async () => {
    const email = newEmail();
    const body = {
      email: ` ${email.toUpperCase()} `,
      password: PASSWORD,
      name: 'Ada',
      language: 'de',
    };
    const sent = await here.send('POST', '/v1/customers', { body });
    expect(sent).toMatchObject({
      status: 201,
      body: { customer: { email, name: 'Ada', language: 'de' }, expiresInS: 900 },
    });
    expect(sent.body.customer.id).toMatch(/^cus_eu1f2_/);
    expect(sent.headers['x-partition-position']).toMatch(/^1\.\d+$/);
    const me = await here.send('GET', '/v1/me', { token: sent.body.accessToken });
    expect(me).toMatchObject({ status: 200, body: sent.body.customer });
    expect(await claimOf(email)).toMatchObject({
      owner: sent.body.customer.id,
      partition: HERE,
      state: 'confirmed',
    });
  });

  it('tells of the new customer in the partition’s log, without personal data in the event', async () => {
    const email = newEmail();
    const body = { email, password: PASSWORD };
    const { body: answer } = await here.send('POST', '/v1/customers', {
      body,
      partition: ALSO_HERE,
    });
    const records = await readRecords(here.sql, ALSO_HERE, 0n, 100);
    const events = records.flatMap((record) => JSON.parse(record.events) as { subject: string }[]);
    const event = events.find(({ subject }) => subject === answer.customer.id);
    expect(event).toMatchObject({ type: 'customer.registered.v1' });
    expect(JSON.stringify(events)).not.toContain(email);
  });

  it('refuses an email that is in use, in any partition of any cell and in any spelling', async () => {
    const email = newEmail();
    await here.send('POST', '/v1/customers', { body: { email, password: PASSWORD } });
    const again = { email: email.toUpperCase(), password: 'another good password' };
    for (const [cell, partition] of [
      [here, HERE],
      [here, ALSO_HERE],
      [there, THERE],
    ] as const) {
      const sent = await cell.send('POST', '/v1/customers', { body: again, partition });
      expect(sent).toMatchObject({ status: 409, body: { code: 'email-taken', field: 'email' } });
    }
    expect(await customersWith(email, here, there)).toBe(1);
  });

  it('has one winner among 50 sign-ups of one email in two cells', async () => {
    const email = newEmail();
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0
          ? here.send('POST', '/v1/customers', { body: { email, password: PASSWORD } })
          : there.send('POST', '/v1/customers', {
              body: { email, password: PASSWORD },
              partition: THERE,
            }),
      ),
    );
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(sent.filter(({ body }) => body.code === 'email-taken')).toHaveLength(49);
    expect(await customersWith(email, here, there)).toBe(1);
  });

  it('keeps nothing where the directory is down, and says when to come again', async () => {
    const nowhere = createDynamoDirectory({ endpoint: 'http://127.0.0.1:9', attemptsMax: 1 });
    const alone = await startCell(here.id, { ...realm, directory: nowhere });
    const email = newEmail();
    const sent = await alone.send('POST', '/v1/customers', { body: { email, password: PASSWORD } });
    expect(sent).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(sent.headers['retry-after']).toBeDefined();
    expect(await customersWith(email, alone)).toBe(0);
    await alone.stop();
    nowhere.close();
  });

  it('frees the email at once where the cell turns out not to be primary', async () => {
    const email = newEmail();
    await setRole(here, HERE, 'fenced');
    const refused = await here.send('POST', '/v1/customers', {
      body: { email, password: PASSWORD },
    });
    expect(refused).toMatchObject({ status: 421, body: { partition: HERE } });
    await setRole(here, HERE, 'primary');
    expect(await claimOf(email)).toBeUndefined();
  });

  it.each([
    ['email', { email: 'no email', password: PASSWORD }],
    ['email', { email: `${'a'.repeat(250)}@shop.example`, password: PASSWORD }],
    ['email', { password: PASSWORD }],
    ['password', { email: 'a@shop.example', password: 'short' }],
    ['password', { email: 'a@shop.example', password: 'Password1' }],
    ['password', { email: 'ada@shop.example', password: 'ADA@shop.example' }],
    ['password', { email: 'a@shop.example', password: 'x'.repeat(201) }],
    ['name', { email: 'a@shop.example', password: PASSWORD, name: 'a\u0000b' }],
    ['language', { email: 'a@shop.example', password: PASSWORD, language: 'tlh' }],
    ['admin', { email: 'a@shop.example', password: PASSWORD, admin: true }],
  ])('refuses a wrong %s and names the field', async (field, body) => {
    const sent = await here.send('POST', '/v1/customers', { body });
    expect(sent).toMatchObject({ status: 400, body: { code: 'invalid-request', field } });
    expect(JSON.stringify(sent.body)).not.toContain(PASSWORD);
  });
});

describe('I9: a sign-up that is sent twice', () => {
  it('has one effect and the same answer, with tokens of the same session', async () => {
    const email = newEmail();
    const request = { body: { email, password: PASSWORD }, key: `twice-${email}` };
    const first = await here.send('POST', '/v1/customers', request);
    const second = await here.send('POST', '/v1/customers', request);
    expect(second).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect({ ...second.body, accessToken: '' }).toEqual({ ...first.body, accessToken: '' });
    expect(await customersWith(email, here)).toBe(1);
    const me = await here.send('GET', '/v1/me', { token: second.body.accessToken });
    expect(me.status).toBe(200);
  });

  it('has one effect where both are under way at the same time', async () => {
    const email = newEmail();
    const request = { body: { email, password: PASSWORD }, key: `race-${email}` };
    const sent = await Promise.all(
      Array.from({ length: 8 }, () => here.send('POST', '/v1/customers', request)),
    );
    expect(sent.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(new Set(sent.map(({ body }) => body.customer.id)).size).toBe(1);
    expect(await customersWith(email, here)).toBe(1);
  });

  it('succeeds under the claim that an attempt before it left behind', async () => {
    const email = newEmail();
    const request = { body: { email, password: PASSWORD }, key: `cut-${email}` };
    await setRole(here, HERE, 'fenced');
    expect((await here.send('POST', '/v1/customers', request)).status).toBe(421);
    await setRole(here, HERE, 'primary');
    expect(await claimOf(email)).toMatchObject({ state: 'reserved' });
    realm.clock.advance(5);
    expect((await here.send('POST', '/v1/customers', request)).status).toBe(201);
    expect(await claimOf(email)).toMatchObject({ state: 'confirmed' });
  });

  it('is refused where the key comes with another password', async () => {
    const email = newEmail();
    const key = `other-${email}`;
    await here.send('POST', '/v1/customers', { body: { email, password: PASSWORD }, key });
    const sent = await here.send('POST', '/v1/customers', {
      body: { email, password: 'another good password' },
      key,
    });
    expect(sent).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('leaves neither password, nor token, nor a plain hash of the request in the database', async () => {
    const email = newEmail();
    const request = { body: { email, password: PASSWORD }, key: `secret-${email}` };
    const { body } = await here.send('POST', '/v1/customers', request);
    const dump = JSON.stringify(
      await here.sql.query(
        statement(
          'test.dump',
          `SELECT changes AS text FROM change_log
           UNION ALL SELECT row_to_json(t)::text FROM idempotency_records AS t`,
        ),
      ),
    );
    expect(dump).toContain(email);
    // The secret is base64url and may itself have an underscore in it.
    const secretOfRefresh = body.refreshToken.split('_').slice(4).join('_');
    expect(secretOfRefresh).toHaveLength(43);
    for (const secret of [PASSWORD, body.accessToken, secretOfRefresh]) {
      expect(dump).not.toContain(secret);
    }
    const { idempotencyKey } = await import('../partitions/idempotency.ts');
    const plain = { method: 'POST', path: '/v1/customers', body: request.body };
    expect(dump).not.toContain(idempotencyKey(request.key, plain).fingerprint);
  });
});

describe('a sign-up that was cut off between its commit and the confirmation', () => {
  const cutOff = async (): Promise<{ email: string; hash: string; owner: string }> => {
    const email = newEmail();
    const sent = await here.send('POST', '/v1/customers', { body: { email, password: PASSWORD } });
    const hash = here.identity.hashEmail(email);
    const owner = sent.body.customer.id as string;
    await here.sql.execute(
      `UPDATE credentials SET claim_state = 'pending' WHERE customer_id = '${owner}'`,
    );
    await realm.directory.releaseClaim({ kind: 'email', hash }, owner);
    return { email, hash, owner };
  };

  it('is finished by the sweep, after a while', async () => {
    const { email, owner } = await cutOff();
    await here.claimsSweep.run(stopping.signal);
    expect(await claimOf(email)).toBeUndefined();
    realm.clock.advance(11_000);
    await here.claimsSweep.run(stopping.signal);
    expect(await claimOf(email)).toMatchObject({ owner, state: 'confirmed' });
    expect(await here.identity.accounts.listPending(realm.clock.now(), 10)).toEqual([]);
  });

  it('is finished by a sign-in', async () => {
    const { email, owner } = await cutOff();
    const sent = await here.send('POST', '/v1/sessions', { body: { email, password: PASSWORD } });
    expect(sent).toMatchObject({ status: 201, body: { customer: { id: owner } } });
    expect(await claimOf(email)).toMatchObject({ owner, state: 'confirmed' });
  });

  it('is undone where somebody else has the email by now', async () => {
    const { email } = await cutOff();
    const winner = await there.send('POST', '/v1/customers', {
      body: { email, password: 'another good password' },
      partition: THERE,
    });
    expect(winner.status).toBe(201);
    realm.clock.advance(11_000);
    await here.claimsSweep.run(stopping.signal);
    expect(await customersWith(email, here)).toBe(0);
    const elsewhere = await here.send('POST', '/v1/sessions', {
      body: { email, password: PASSWORD },
    });
    expect(elsewhere).toMatchObject({ status: 421, body: { partition: THERE } });
  });

  it('is left alone by a standby', async () => {
    const { email, owner } = await cutOff();
    realm.clock.advance(11_000);
    await setRole(here, HERE, 'standby');
    await here.claimsSweep.run(stopping.signal);
    expect(await claimOf(email)).toBeUndefined();
    expect(await here.identity.accounts.findByEmailHash(here.identity.hashEmail(email), HERE)).toBe(
      undefined,
    );
    await setRole(here, HERE, 'primary');
    await here.claimsSweep.run(stopping.signal);
    expect(await claimOf(email)).toMatchObject({ owner, state: 'confirmed' });
  });
});

describe('the log of an account’s partition', () => {
  const partition = 'eu-200' as Partition;

  const rowsOf = (sql: Sql, table: string) =>
    sql.query<{ row: string }>(
      {
        name: `test.rows-of-${table}`,
        text: `SELECT row_to_json(t)::text AS row FROM ${table} AS t
             WHERE partition = $1 ORDER BY row_to_json(t)::text`,
      },
      [partition],
    );

  it('rebuilds every row of it in an empty database', async () => {
    const email = newEmail();
    const options = { body: { email, password: PASSWORD }, partition };
    const { body } = await here.send('POST', '/v1/customers', { ...options, key: 'log' });
    await here.send('POST', '/v1/sessions', { ...options, body: { email, password: 'wrong one' } });
    await here.send('POST', '/v1/sessions', options);
    const { refreshToken, accessToken: token } = body;
    await here.send('POST', '/v1/sessions/refresh', { body: { refreshToken } });
    await here.send('PATCH', '/v1/me', { body: { name: 'Grace' }, token });
    await here.send('DELETE', '/v1/sessions/current', { token });

    const copy = await openAccountsDatabase();
    await copy.sql.execute(
      `INSERT INTO partitions (partition, role, epoch, version, chain)
       VALUES ('${partition}', 'standby', 1, 0, repeat('0', 64))`,
    );
    const applier = createApplier(copy.sql, accountTables);
    const records = await readRecords(here.sql, partition, 0n, 100);
    expect(records).toHaveLength(7);
    expect((await applier.apply(records)).stopped).toEqual([]);
    for (const { name, columns } of accountTables) {
      const original = await rowsOf(here.sql, name);
      expect(original.length).toBeGreaterThan(0);
      expect(await rowsOf(copy.sql, name)).toEqual(original);
      // A column without a declared data class would be missing in the copy.
      expect(Object.keys(JSON.parse(original[0]?.row ?? '{}')).toSorted()).toEqual(
        Object.keys(columns).toSorted(),
      );
    }
    await copy.drop();
  });
});
