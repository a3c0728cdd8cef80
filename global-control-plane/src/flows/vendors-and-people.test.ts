import { statement } from '@commerce/engines/sql/sql';
import { createManualClock } from '@commerce/service/clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVendorCreation } from './create-vendor.ts';
import {
  sampleProduct,
  startTestControlPlane,
  type TestControlPlane,
} from '../testing-control-plane.ts';

const clock = createManualClock(Date.parse('2026-03-01T12:00:00Z'));
let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ clock });
});
afterAll(() => plane.close());

type Headers = Record<string, string>;
const post = (url: string, payload: object, headers: Headers = {}) =>
  plane.app.inject({ method: 'POST', url, payload, headers });
const get = (url: string, headers: Headers = {}) => plane.app.inject({ url, headers });
const signUp = (slug: string, change: object = {}, headers: Headers = {}) =>
  post(
    '/v1/vendors',
    {
      name: slug,
      slug,
      country: 'FR',
      owner: { email: `o@${slug}.example`, password: 'correct horse battery', name: 'O' },
      ...change,
    },
    headers,
  );

describe('a vendor', () => {
  test('signs up, ships everywhere, and is in the feed', async () => {
    const vendor = await plane.signUpVendor('maison');
    const read = await get(`/v1/vendors/${vendor.id}`, vendor.headers);
    const rates = (read.json() as { shippingRates: { market: string; currency: string }[] })
      .shippingRates;
    expect(read.json()).toMatchObject({ slug: 'maison', status: 'active' });
    expect(new Set(rates.map(({ market }) => market)).size).toBeGreaterThan(10);
    const feed = await get('/v1/catalog/changes?after=0', plane.asCell('eu-de-1'));
    const { changes } = feed.json() as { changes: { id: string; document: unknown }[] };
    expect(changes.find(({ id }) => id === vendor.id)?.document).toEqual(read.json());
    expect((await get('/v1/vendors', vendor.headers)).json()).toMatchObject({
      items: [{ id: vendor.id }],
      nextCursor: null,
    });
  });

  test('can not take a slug or an email in use, nor a country that is none', async () => {
    await plane.signUpVendor('unique');
    const slug = await signUp('unique', {
      owner: { email: 'x@y.example', password: 'long enough', name: 'X' },
    });
    expect(slug.json()).toMatchObject({ status: 409, code: 'slug-taken', field: 'slug' });
    const owner = { email: 'OWNER@unique.example', password: 'long enough', name: 'X' };
    const email = await signUp('unused', { owner });
    expect(email.json()).toMatchObject({ status: 409, code: 'email-taken', field: 'owner/email' });
    // The refused sign-up let go of its slug.
    expect((await signUp('unused', { country: 'XX' })).json()).toMatchObject({
      status: 422,
      field: 'country',
    });
    expect((await signUp('unused')).statusCode).toBe(201);
  });

  test('has one winner where many want the slug at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        signUp('wanted', {
          owner: { email: `${index}@w.example`, password: 'long enough', name: 'X' },
        }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409, 409, 409,
    ]);
  });

  test('whose slug was not confirmed before a crash has it confirmed later', async () => {
    await signUpWithoutConfirmation('crashed');
    expect((await plane.vendors.listUnclaimed()).map(({ slug }) => slug)).toEqual(['crashed']);
    await plane.creation.confirmSlugs();
    expect(await plane.vendors.listUnclaimed()).toEqual([]);
  });

  test('is edited by its owner, at the version read; its status by operators, along the table', async () => {
    const vendor = await plane.signUpVendor('edited');
    const operator = await plane.signInOperator();
    const url = `/v1/vendors/${vendor.id}`;
    const patch = (payload: object, headers: Headers) =>
      plane.app.inject({ method: 'PATCH', url, payload, headers });
    const renamed = await patch({ name: 'New' }, { ...vendor.headers, 'if-match': '"1"' });
    expect(renamed.json()).toMatchObject({ name: 'New' });
    const stale = await patch({ name: 'Old' }, { ...vendor.headers, 'if-match': '"1"' });
    expect(stale.json()).toMatchObject({ status: 412, code: 'precondition-failed' });
    const self = await patch({ status: 'suspended' }, { ...vendor.headers, 'if-match': '*' });
    expect(self.statusCode).toBe(403);
    const suspended = await patch({ status: 'suspended' }, { ...operator, 'if-match': '*' });
    expect(suspended.json()).toMatchObject({ status: 'suspended' });
    const back = await patch({ status: 'pending' }, { ...operator, 'if-match': '*' });
    expect(back.json()).toMatchObject({ status: 409, field: 'status' });
  });

  test('sets its own shipping rates, whose ids stay', async () => {
    const vendor = await plane.signUpVendor('shipper');
    const put = (payload: object[]) =>
      plane.app.inject({
        method: 'PUT',
        url: `/v1/vendors/${vendor.id}/shipping-rates`,
        headers: { ...vendor.headers, 'if-match': '*' },
        payload,
      });
    const rate = {
      code: 'post',
      market: 'eu',
      currency: 'EUR',
      amountMinor: 300,
      names: { en: 'Post' },
      minDays: 1,
      maxDays: 2,
    };
    const ids = async (payload: object[]) =>
      ((await put(payload)).json() as { shippingRates: { id: string }[] }).shippingRates.map(
        ({ id }) => id,
      );
    const [id] = await ids([rate]);
    expect(await ids([{ ...rate, amountMinor: 500 }])).toEqual([id]);
    expect((await put([{ ...rate, currency: 'JPY' }])).json()).toMatchObject({
      field: '0/currency',
    });
    expect((await put([rate, rate])).json()).toMatchObject({ status: 422, field: '1' });
  });

  test('gives its staff roles, which say what they may do', async () => {
    const vendor = await plane.signUpVendor('staffed');
    const add = (role: string, headers: Headers) =>
      post(
        `/v1/vendors/${vendor.id}/staff`,
        { email: `${role}@staffed.example`, password: 'correct horse battery', name: role, role },
        headers,
      );
    expect((await add('viewer', vendor.headers)).statusCode).toBe(201);
    const viewer = await plane.signIn('viewer@staffed.example');
    const headers = { authorization: `Bearer ${viewer.accessToken}` };
    expect((await get(`/v1/vendors/${vendor.id}`, headers)).statusCode).toBe(200);
    expect((await add('editor', headers)).statusCode).toBe(403);
    expect((await post('/v1/catalog/products', sampleProduct(), headers)).statusCode).toBe(403);
  });
});

/** Leaves a vendor whose slug is not confirmed: the directory is away between the two writes. */
async function signUpWithoutConfirmation(slug: string): Promise<void> {
  const { directory, sql } = plane.deps;
  const creation = createVendorCreation({
    sql,
    clock,
    identity: plane.identity,
    vendors: plane.vendors,
    defaultRates: () => [],
    directory: {
      ...directory,
      confirmClaim: () => Promise.reject(new Error('the process died here')),
    },
  });
  const owner = { email: `o@${slug}.example`, password: 'long enough', name: 'O' };
  await creation.createVendor({ name: 'C', slug, country: 'FR', owner }, { status: 'active' });
}

describe('signing in', () => {
  test('gives a token that says who one is', async () => {
    const vendor = await plane.signUpVendor('me');
    expect((await get('/v1/me', vendor.headers)).json()).toMatchObject({
      email: 'owner@me.example',
      roles: ['owner'],
      vendorId: vendor.id,
    });
    const { keys } = (await get('/.well-known/jwks.json')).json() as { keys: object[] };
    expect(keys).toEqual([expect.not.objectContaining({ d: expect.anything() as unknown })]);
  });

  test('exchanges a refresh token once; a second use ends the session', async () => {
    const { owner } = await plane.signUpVendor('refresher');
    const first = await plane.signIn(owner.email);
    const refresh = (refreshToken: string, headers: Headers = {}) =>
      post('/v1/sessions/refresh', { refreshToken }, headers);
    const second = (await refresh(first.refreshToken)).json() as { refreshToken: string };
    expect((await refresh(first.refreshToken)).json()).toMatchObject({ code: 'invalid-token' });
    expect((await refresh(second.refreshToken)).statusCode).toBe(401);
  });

  test('may be retried with its key: the refresh whose answer was lost gives the same answer', async () => {
    const { owner } = await plane.signUpVendor('retrier');
    const { refreshToken } = await plane.signIn(owner.email);
    const key = { 'idempotency-key': 'refresh-1' };
    const first = await post('/v1/sessions/refresh', { refreshToken }, key);
    const again = await post('/v1/sessions/refresh', { refreshToken }, key);
    expect(again.json()).toEqual(first.json());
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('ends with signing out', async () => {
    const { owner } = await plane.signUpVendor('leaver');
    const { accessToken, refreshToken } = await plane.signIn(owner.email);
    const headers = { authorization: `Bearer ${accessToken}` };
    const out = await plane.app.inject({ method: 'DELETE', url: '/v1/sessions/current', headers });
    expect(out.statusCode).toBe(204);
    expect((await post('/v1/sessions/refresh', { refreshToken })).statusCode).toBe(401);
  });

  test.each(['owner@locked.example', 'nobody@unknown.example'])(
    'as %s is locked after ten failures, for longer each time, even with the right password',
    async (email) => {
      if (email.startsWith('owner')) await plane.signUpVendor('locked');
      const attempt = (password: string) => post('/v1/sessions', { email, password });
      const failures = await Promise.all(Array.from({ length: 10 }, () => attempt('wrong')));
      expect(failures.map(({ json }) => (json() as { code: string }).code)).toEqual(
        Array(10).fill('invalid-credentials'),
      );
      const locked = await attempt('correct horse battery');
      expect(locked.json()).toMatchObject({ status: 429, code: 'account-locked' });
      expect(locked.headers['retry-after']).toBe('30');
      clock.advance(31_000);
      expect((await attempt('wrong')).statusCode).toBe(401);
      expect((await attempt('wrong')).headers['retry-after']).toBe('60');
      clock.advance(61_000);
      const right = await attempt('correct horse battery');
      expect(right.statusCode).toBe(email.startsWith('owner') ? 201 : 401);
    },
  );
});

const keptAnswers = statement<{ answer: Buffer | null }>(
  'tests.kept_answers',
  'SELECT answer FROM idempotent_answers',
);

describe('an Idempotency-Key', () => {
  test('gives the same answer with one effect, and refuses another request', async () => {
    const key = { 'idempotency-key': 'sign-up-1' };
    const first = await signUp('keyed', {}, key);
    const again = await signUp('keyed', {}, key);
    expect(first.statusCode).toBe(201);
    expect(again.statusCode).toBe(201);
    expect(again.json()).toEqual(first.json());
    expect(again.headers['etag']).toBe(first.headers['etag']);
    const other = await signUp('keyed-other', {}, key);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  test('has one effect under twenty requests at once', async () => {
    const key = { 'idempotency-key': 'sign-up-2' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => signUp('at-once', {}, key)));
    // Those that came while the first was under way waited for its answer.
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map((answer) => (answer.json() as { id: string }).id)).size).toBe(1);
  });

  test('is forgotten after a day', async () => {
    const key = { 'idempotency-key': 'sign-up-3' };
    await signUp('yesterday', {}, key);
    clock.advance(25 * 3_600_000);
    expect((await signUp('today', {}, key)).statusCode).toBe(201);
  });

  test('keeps no answer readable in the database', async () => {
    const { owner } = await plane.signUpVendor('secretive');
    const key = { 'idempotency-key': 'sign-in-1' };
    const session = await post(
      '/v1/sessions',
      { email: owner.email, password: owner.password },
      key,
    );
    const { refreshToken } = session.json() as { refreshToken: string };
    const rows = await plane.deps.sql.query(keptAnswers);
    const bytes = Buffer.concat(rows.map(({ answer }) => answer ?? Buffer.of()));
    expect(bytes.length).toBeGreaterThan(100);
    expect(bytes.includes(refreshToken)).toBe(false);
  });
});

test.each([
  ['malformed JSON', '{', 400, 'malformed-json'],
  ['an unknown field', '{"email":"a","password":"b","x":1}', 400, 'invalid-request'],
  ['a body of the wrong type', '[]', 400, 'invalid-request'],
  [
    'a body that is too large',
    JSON.stringify({ email: 'a', password: 'b'.repeat(2_000_000) }),
    413,
    'payload-too-large',
  ],
])('%s is a problem that tells, without a stack trace', async (_what, payload, status, code) => {
  const answer = await plane.app.inject({
    method: 'POST',
    url: '/v1/sessions',
    headers: { 'content-type': 'application/json' },
    payload,
  });
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.headers['content-type']).toMatch('application/problem+json');
  expect(answer.body).not.toMatch(/at .*\.ts/);
});
