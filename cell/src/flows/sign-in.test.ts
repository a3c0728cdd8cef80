import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { statement } from '@commerce/engines/sql/sql';
import { createTokenIssuer } from '@commerce/service/auth/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessionsSweep } from '../modules/identity/index.ts';
import {
  ALSO_HERE,
  HERE,
  newEmail,
  PASSWORD,
  REALM,
  type SendOptions,
  type Sent,
  startCell,
  startRealm,
  type TestCell,
  type TestRealm,
  THERE,
} from './accounts.fixture.ts';

const WRONG = 'a wrong password';
const DAY_MS = 24 * 60 * 60_000;

let realm: TestRealm;
let here: TestCell;
let there: TestCell;

beforeAll(async () => {
  realm = await startRealm();
  ({ here, there } = realm);
});
afterAll(() => realm.stop());

const signUp = async (cell = here, partition: Partition = HERE): Promise<Sent> => {
  const body = { email: newEmail(), password: PASSWORD };
  const sent = await cell.send('POST', '/v1/customers', { body, partition });
  expect(sent.status).toBe(201);
  return sent;
};
const signIn = (email: string, password: string, options: SendOptions = {}): Promise<Sent> =>
  here.send('POST', '/v1/sessions', { body: { email, password }, ...options });
const refresh = (refreshToken: string, options: SendOptions = {}): Promise<Sent> =>
  here.send('POST', '/v1/sessions/refresh', { body: { refreshToken }, ...options });

const countSessions = statement<{ count: bigint }>(
  'test.count-sessions',
  'SELECT count(*) AS count FROM sessions WHERE customer_id = $1',
);
const sessionsOf = async (customerId: string): Promise<number> => {
  const [row] = await here.sql.query(countSessions, [customerId]);
  return Number(row?.count);
};

describe('sign-in', () => {
  it('gives tokens of the customer’s own partition, and says where it is', async () => {
    const { body } = await signUp();
    const { customer } = body;
    const pinned = await signIn(customer.email, PASSWORD);
    expect(pinned).toMatchObject({ status: 201, body: { customer, expiresInS: 900 } });
    expect(pinned.headers['x-routed-partition']).toBeUndefined();
    const other = await signIn(customer.email, PASSWORD, { partition: ALSO_HERE });
    expect(other).toMatchObject({ status: 201, headers: { 'x-routed-partition': HERE } });
    const [, claims = ''] = other.body.accessToken.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      sub: customer.id,
      part: HERE,
      scope: 'shopper',
      iss: 'eu',
      aud: 'shop',
    });
  });

  it('names the partition of a customer who lives in another cell, which then signs them in', async () => {
    const { body } = await signUp(there, THERE);
    const request = { body: { email: body.customer.email, password: PASSWORD } };
    const sent = await here.send('POST', '/v1/sessions', request);
    expect(sent).toMatchObject({ status: 421, body: { code: 'misdirected', partition: THERE } });
    const replayed = await there.send('POST', '/v1/sessions', { ...request, partition: THERE });
    expect(replayed.status).toBe(201);
  });

  it('answers an unknown email as it answers a wrong password', async () => {
    const { body } = await signUp();
    const answers = [
      await signIn(body.customer.email, WRONG),
      await signIn('nobody@shop.example', WRONG),
    ];
    const [known, unknown] = answers.map((sent) => ({ ...sent.body, requestId: '' }));
    expect(known).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(unknown).toEqual(known);
  });

  it('needs the directory for emails that are not here, and for no others', async () => {
    const nowhere = createDynamoDirectory({ endpoint: 'http://127.0.0.1:9', attemptsMax: 1 });
    const alone = await startCell(here.id, { ...realm, directory: nowhere });
    const send = (email: string): Promise<Sent> =>
      alone.send('POST', '/v1/sessions', { body: { email, password: PASSWORD } });
    expect(await send('nobody@shop.example')).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    const email = newEmail();
    const customerId = newPartitionId('cus', HERE);
    const passwordHash = await alone.identity.hasher.hash(PASSWORD);
    const emailHash = alone.identity.hashEmail(email);
    await alone.unitOfWork.run(HERE, 'test.account', async (work) => {
      await alone.customers.create(work, { id: customerId, email, name: null, language: 'en' });
      await alone.identity.accounts.create(work, { customerId, emailHash, passwordHash });
      await alone.identity.accounts.confirm(work, customerId);
    });
    expect((await send(email)).status).toBe(201);
    await alone.stop();
    nowhere.close();
  });

  it.each([
    ['email', { email: 'nonsense', password: PASSWORD }],
    ['email', { email: 7, password: PASSWORD }],
    ['password', { email: 'a@shop.example' }],
    ['remember', { email: 'a@shop.example', password: PASSWORD, remember: true }],
  ])('refuses a wrong %s and names the field', async (field, body) => {
    const sent = await here.send('POST', '/v1/sessions', { body });
    expect(sent).toMatchObject({ status: 400, body: { code: 'invalid-request', field } });
  });
});

describe('I9: a sign-in that is sent twice', () => {
  it('begins one session', async () => {
    const { body } = await signUp();
    const { id, email } = body.customer;
    const key = `sign-in-${id}`;
    const first = await signIn(email, PASSWORD, { key });
    const second = await signIn(email, PASSWORD, { key });
    expect(second).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(second.body.refreshToken).toBe(first.body.refreshToken);
    expect(await sessionsOf(id)).toBe(2);
  });

  it('counts one failure', async () => {
    const { body } = await signUp();
    const { id, email } = body.customer;
    for (let repeat = 0; repeat < 8; repeat += 1) {
      expect((await signIn(email, WRONG, { key: `wrong-${id}` })).status).toBe(401);
    }
    expect((await signIn(email, PASSWORD)).status).toBe(201);
  });

  it('gives no tokens of a session that has ended meanwhile', async () => {
    const { body } = await signUp();
    const { id, email } = body.customer;
    const key = `ended-${id}`;
    const { accessToken: token } = (await signIn(email, PASSWORD, { key })).body;
    await here.send('DELETE', '/v1/sessions/current', { token });
    expect((await signIn(email, PASSWORD, { key })).status).toBe(401);
  });
});

describe('the lock-out', () => {
  const fail = async (email: string, times: number): Promise<void> => {
    for (let failures = 0; failures < times; failures += 1) {
      expect((await signIn(email, WRONG)).status).toBe(401);
    }
  };

  it('refuses the right password too after five wrong ones, for a minute', async () => {
    const { email } = (await signUp()).body.customer;
    await fail(email, 5);
    const locked = await signIn(email, PASSWORD);
    expect(locked).toMatchObject({ status: 429, body: { code: 'account-locked' } });
    expect(locked.headers['retry-after']).toBe('60');
    realm.clock.advance(60_000);
    expect((await signIn(email, PASSWORD)).status).toBe(201);
    await fail(email, 4);
    expect((await signIn(email, PASSWORD)).status).toBe(201);
  });

  it('lasts twice as long after each further failure', async () => {
    const { email } = (await signUp()).body.customer;
    await fail(email, 5);
    for (const expectedS of [120, 240]) {
      realm.clock.advance(10 * 60_000);
      await fail(email, 1);
      expect((await signIn(email, PASSWORD)).headers['retry-after']).toBe(String(expectedS));
    }
  });

  it('answers five of many guesses that run at the same time', async () => {
    const { email } = (await signUp()).body.customer;
    const guesses = await Promise.all(Array.from({ length: 20 }, () => signIn(email, WRONG)));
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(15);
  });
});

describe('a refresh token', () => {
  it('works once and gives the next one out', async () => {
    const { refreshToken } = (await signUp()).body;
    const next = await refresh(refreshToken, { partition: ALSO_HERE });
    expect(next).toMatchObject({ status: 200, headers: { 'x-routed-partition': HERE } });
    expect(next.body.refreshToken).not.toBe(refreshToken);
    expect((await here.send('GET', '/v1/me', { token: next.body.accessToken })).status).toBe(200);
    expect((await refresh(next.body.refreshToken)).status).toBe(200);
  });

  it('ends its session when it is used a second time', async () => {
    const { refreshToken } = (await signUp()).body;
    const next = await refresh(refreshToken);
    expect(await refresh(refreshToken)).toMatchObject({
      status: 401,
      body: { code: 'invalid-token', field: 'refreshToken' },
    });
    expect((await refresh(next.body.refreshToken)).status).toBe(401);
  });

  it('has one winner among uses at the same time', async () => {
    const { refreshToken } = (await signUp()).body;
    const uses = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    const granted = uses.filter(({ status }) => status === 200);
    expect(granted.length).toBeLessThanOrEqual(1);
    expect(uses.filter(({ status }) => status === 401)).toHaveLength(8 - granted.length);
  });

  it('I9: may be sent twice with the same key', async () => {
    const { refreshToken } = (await signUp()).body;
    const first = await refresh(refreshToken, { key: 'refresh-twice' });
    const second = await refresh(refreshToken, { key: 'refresh-twice' });
    expect(second.body.refreshToken).toBe(first.body.refreshToken);
    expect((await refresh(first.body.refreshToken)).status).toBe(200);
  });

  it('that was forged does nothing to the session', async () => {
    const { refreshToken } = (await signUp()).body;
    const parts = refreshToken.split('_');
    const forged = [...parts.slice(0, 4), `${'A'.repeat(43)}`].join('_');
    expect((await refresh(forged)).status).toBe(401);
    expect((await refresh('rt_nonsense')).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('leads to the cell of its partition', async () => {
    const { refreshToken } = (await signUp(there, THERE)).body;
    expect(await refresh(refreshToken)).toMatchObject({ status: 421, body: { partition: THERE } });
  });

  it('ends when it is not used for 30 days, and is swept a week later', async () => {
    const { refreshToken, customer } = (await signUp()).body;
    realm.clock.advance(29 * DAY_MS);
    const next = await refresh(refreshToken);
    expect(next.status).toBe(200);
    realm.clock.advance(31 * DAY_MS);
    expect((await refresh(next.body.refreshToken)).status).toBe(401);
    const sweep = createSessionsSweep({ ...here, clock: realm.clock });
    await sweep.run(new AbortController().signal);
    expect(await sessionsOf(customer.id)).toBe(1);
    realm.clock.advance(7 * DAY_MS);
    await sweep.run(new AbortController().signal);
    expect(await sessionsOf(customer.id)).toBe(0);
  });
});

describe('sign-out', () => {
  it.each(['access token', 'refresh token'])('by %s ends the session', async (kind) => {
    const { accessToken, refreshToken } = (await signUp()).body;
    const options = kind === 'access token' ? { token: accessToken } : { body: { refreshToken } };
    for (const expected of [204, 204]) {
      expect((await here.send('DELETE', '/v1/sessions/current', options)).status).toBe(expected);
    }
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('needs a token', async () => {
    expect((await here.send('DELETE', '/v1/sessions/current')).body.code).toBe('unauthenticated');
  });
});

describe('the signed-in customer', () => {
  it('changes name and language, and nothing else', async () => {
    const { accessToken: token, customer } = (await signUp()).body;
    const change = { body: { name: 'Grace', language: 'fr' }, token };
    const changed = await here.send('PATCH', '/v1/me', change);
    expect(changed).toMatchObject({
      status: 200,
      body: { ...customer, name: 'Grace', language: 'fr' },
    });
    expect(changed.headers['x-partition-position']).toBeDefined();
    const again = await here.send('PATCH', '/v1/me', change);
    expect(again.body).toEqual(changed.body);
    expect(again.headers['x-partition-position']).toBeUndefined();
    const refused = await here.send('PATCH', '/v1/me', {
      body: { email: 'x@shop.example' },
      token,
    });
    expect(refused).toMatchObject({ status: 400, body: { field: 'email' } });
  });

  it.each([
    ['no token', undefined, 'unauthenticated'],
    ['no JWT', 'nonsense', 'invalid-token'],
  ])('is not one with %s', async (_kind, token, code) => {
    const sent = await here.send('GET', '/v1/me', token === undefined ? {} : { token });
    expect(sent).toMatchObject({ status: 401, body: { code, field: 'authorization' } });
  });

  it('is not one with a token that is old, of another realm, or for something else', async () => {
    const { accessToken, customer } = (await signUp()).body;
    const forge = async (issuer: string, claims: object): Promise<string> => {
      const options = { issuer, audience: 'shop', clock: realm.clock };
      const tokens = await createTokenIssuer(realm.signingKey, options);
      const sid = `ses_${customer.id.slice(4)}`;
      return tokens.issue(customer.id, { part: HERE, scope: 'shopper', sid, ...claims }, 900);
    };
    const statusOf = async (token: string): Promise<number> =>
      (await here.send('GET', '/v1/me', { token })).status;
    expect(await statusOf(await forge(REALM, {}))).toBe(200);
    expect(await statusOf(await forge('us', {}))).toBe(401);
    expect(await statusOf(await forge(REALM, { scope: 'support' }))).toBe(401);
    expect(await statusOf(await forge(REALM, { part: ALSO_HERE }))).toBe(401);
    realm.clock.advance(900_000);
    expect(await statusOf(accessToken)).toBe(401);
  });

  it('is known to everybody by public keys alone', async () => {
    const { body } = await here.send('GET', '/.well-known/jwks.json');
    expect(body.keys).toHaveLength(1);
    expect(body.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', kid: 'eu-1' });
    expect(body.keys[0].d).toBeUndefined();
  });
});
