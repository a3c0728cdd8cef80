import { createManualClock } from '@commerce/service/clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../testing-control-plane.ts';

const HOUR_MS = 3_600_000;
const HOST = 'console.example';
const clock = createManualClock(Date.parse('2026-03-01T12:00:00Z'));
let plane: TestControlPlane;
let vendor: Awaited<ReturnType<TestControlPlane['signUpVendor']>>;

beforeAll(async () => {
  plane = await startTestControlPlane({ clock });
  vendor = await plane.signUpVendor('nordlicht');
});
afterAll(() => plane.close());

type Headers = Record<string, string>;
const OWN_PAGE = { host: HOST, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };

const signInAt = (on: TestControlPlane, headers: Headers, password = vendor.owner.password) =>
  on.app.inject({
    method: 'PUT',
    url: '/v1/browser-session',
    headers,
    payload: { email: vendor.owner.email, password },
  });

/** Signs a browser in; gives what its next request carries. */
async function signIn() {
  const answer = await signInAt(plane, OWN_PAGE);
  const [cookie] = answer.cookies;
  const { csrfToken } = answer.json() as { csrfToken: string };
  return { cookie: `${cookie?.name}=${cookie?.value}`, csrfToken };
}

const rename = (headers: Headers) =>
  plane.app.inject({
    method: 'PATCH',
    url: `/v1/vendors/${vendor.id}`,
    headers: { 'if-match': '*', ...OWN_PAGE, ...headers },
    payload: { name: 'Nordlicht' },
  });
const stateOf = async (headers: Headers) =>
  (await plane.app.inject({ url: '/v1/browser-session', headers })).json() as {
    session: { user: { email: string; vendorId: string } } | null;
    hints: unknown[];
  };

describe('a session of a browser', () => {
  test('is in a cookie that no script and no other site can use, and acts as its user', async () => {
    const answer = await signInAt(plane, OWN_PAGE);
    expect(answer.statusCode).toBe(200);
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({
      name: 'console_session',
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    });
    const headers = { cookie: `console_session=${cookie?.value}` };
    expect(await stateOf(headers)).toMatchObject({ session: { user: { vendorId: vendor.id } } });
    const own = await plane.app.inject({ url: `/v1/vendors/${vendor.id}/orders`, headers });
    expect(own.statusCode).toBe(200);
  });

  test('is for https alone where browsers reach the console by https', async () => {
    const secure = await startTestControlPlane({ publicUrl: 'https://console.example' });
    const { owner } = await secure.signUpVendor('nordlicht');
    const origin = 'https://console.example';
    const answer = await signInAt(secure, { ...OWN_PAGE, origin }, owner.password);
    expect(answer.cookies[0]).toMatchObject({ name: '__Host-console_session', secure: true });
    expect((await signInAt(secure, OWN_PAGE)).json()).toMatchObject({ code: 'cross-site' });
    await secure.close();
  });

  test.each([
    ['without its token', {}, 'x-csrf-token'],
    ['with the token of another', { 'x-csrf-token': 'x'.repeat(43) }, 'x-csrf-token'],
    ['from a page of the same host at another port', { origin: `http://${HOST}:8080` }, 'origin'],
    ['from a page of another site', { 'sec-fetch-site': 'cross-site' }, 'sec-fetch-site'],
  ])('changes nothing %s', async (_name, wrong: Headers, field) => {
    const { cookie, csrfToken } = await signIn();
    const token: Headers = field === 'x-csrf-token' ? {} : { 'x-csrf-token': csrfToken };
    const refused = await rename({ cookie, ...token, ...wrong });
    expect(refused.json()).toMatchObject({ status: 403, code: 'cross-site', field });
    const done = await rename({ cookie, 'x-csrf-token': csrfToken });
    expect(done.statusCode).toBe(200);
  });

  test('ends at sign-out, and when another sign-in takes its place', async () => {
    const { cookie } = await signIn();
    const out = await plane.app.inject({
      method: 'DELETE',
      url: '/v1/browser-session',
      headers: { ...OWN_PAGE, cookie },
    });
    expect(out.statusCode).toBe(204);
    expect(await stateOf({ cookie })).toMatchObject({ session: null });
    const first = await signIn();
    await signInAt(plane, { ...OWN_PAGE, cookie: first.cookie });
    expect(await stateOf({ cookie: first.cookie })).toMatchObject({ session: null });
  });

  test('goes on while it is used, ends after half a day without use, and after a week', async () => {
    const { cookie } = await signIn();
    clock.advance(11 * HOUR_MS);
    expect((await stateOf({ cookie })).session).not.toBeNull();
    clock.advance(11 * HOUR_MS);
    expect((await stateOf({ cookie })).session).not.toBeNull();
    clock.advance(13 * HOUR_MS);
    expect((await stateOf({ cookie })).session).toBeNull();
    const used = await signIn();
    for (let hours = 0; hours < 7 * 24; hours += 10) {
      expect((await stateOf({ cookie: used.cookie })).session).not.toBeNull();
      clock.advance(10 * HOUR_MS);
    }
    expect((await stateOf({ cookie: used.cookie })).session).toBeNull();
  });

  test('is not there for a wrong password, a made-up cookie, or too many attempts', async () => {
    expect((await signInAt(plane, OWN_PAGE, 'wrong')).json()).toMatchObject({
      status: 401,
      code: 'invalid-credentials',
    });
    const made = { cookie: `console_session=${'A'.repeat(43)}` };
    expect((await stateOf(made)).session).toBeNull();
    const refused = await plane.app.inject({ url: '/v1/me', headers: made });
    expect(refused.json()).toMatchObject({ status: 401, code: 'unauthenticated' });
    const many = await Promise.all(
      Array.from({ length: 70 }, (_, index) =>
        plane.app.inject({
          method: 'PUT',
          url: '/v1/browser-session',
          headers: OWN_PAGE,
          payload: { email: `${index}@nobody.example`, password: 'wrong' },
        }),
      ),
    );
    const limited = many.find(({ statusCode }) => statusCode === 429);
    expect(limited?.json()).toMatchObject({ code: 'rate-limited' });
    expect(Number(limited?.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('shows sign-ins of the demo to those who are signed out, and only where there is a demo', async () => {
    expect((await stateOf({})).hints).toEqual([]);
    const hint = { role: 'operator', email: 'o@platform.example', password: 'demo' };
    plane.showSignIns([hint]);
    expect((await stateOf({})).hints).toEqual([hint]);
    plane.showSignIns([]);
  });
});

describe('an operator', () => {
  test('creates a product for the vendor that the header names, and for no other', async () => {
    const operator = await plane.signInOperator();
    const list = (headers: Headers) =>
      plane.app.inject({
        url: '/v1/catalog/products',
        headers: { ...operator, ...headers },
      });
    expect((await list({})).statusCode).toBe(403);
    expect((await list({ 'x-acting-vendor': vendor.id })).json()).toMatchObject({ items: [] });
    expect((await list({ 'x-acting-vendor': 'nobody' })).json()).toMatchObject({
      status: 400,
      field: 'x-acting-vendor',
    });
    const none = vendor.id.replace(/.{4}$/, '0000');
    expect((await list({ 'x-acting-vendor': none })).json()).toMatchObject({ status: 404 });
    const other = await plane.signUpVendor('maison');
    const own = await plane.app.inject({
      url: '/v1/catalog/products',
      headers: { ...other.headers, 'x-acting-vendor': vendor.id },
    });
    // Staff stay with their own vendor, whatever they say.
    expect(own.json()).toMatchObject({ items: [] });
  });
});
