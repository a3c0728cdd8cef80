import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayOptions, UNLIMITED_GATEWAY } from '../gateway/settings.ts';
import type { TestFleet } from '../testing-fleet.ts';
import { pinOf, type PlaneUnderTest, receivedBy, reset } from './planes.ts';

/** What the gateway does for a shopper with a pin, which is the one whom HAProxy forwards itself. */
export function testGateway(plane: PlaneUnderTest): void {
  const startWith = (gateway: Partial<GatewayOptions>): Promise<TestFleet> =>
    plane.start({ gateway: { ...UNLIMITED_GATEWAY, ...gateway } });
  const perMinute = (points: number) => ({ points, windowMs: 60_000 });
  const none = UNLIMITED_GATEWAY.limits;

  describe('limits of rate', () => {
    it('hold for an address, are told with each answer, and leave others alone', async () => {
      const fleet = await startWith({ limits: { ...none, ip: perMinute(3) } });
      try {
        const get = (address: string | undefined, init: RequestInit = {}): Promise<Response> =>
          fetch(`${fleet.url}/v1/x`, {
            ...init,
            headers: {
              cookie: pinOf('eu-000'),
              ...(address !== undefined && {
                'x-forwarded-for': `10.9.8.7, ${address}, 127.0.0.1`,
              }),
            },
          });
        for (const left of [2, 1, 0]) {
          const answer = await get('203.0.113.7');
          expect(answer.status).toBe(200);
          expect(answer.headers.get('ratelimit-policy')).toBe('"ip";q=3;w=60');
          expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"ip";r=${left};t=\\d+$`));
        }
        const refused = await get('203.0.113.7');
        expect(refused.status).toBe(429);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(refused.headers.get('ratelimit')).toMatch(/^"ip";r=0;t=\d+$/);
        expect(await refused.json()).toMatchObject({ code: 'rate-limited', limit: 'ip' });
        // The answer is seen by who is still writing as well.
        const body = Buffer.alloc(1_000_000);
        const large = await get('203.0.113.7', { method: 'POST', body });
        expect(large.status).toBe(429);
        expect(await large.json()).toMatchObject({ code: 'rate-limited', limit: 'ip' });
        expect(receivedBy(fleet)).toHaveLength(3);
        expect((await get('203.0.113.8')).status).toBe(200);
        // Our own machines are not counted.
        for (let i = 0; i < 5; i++) expect((await get(undefined)).status).toBe(200);
      } finally {
        await fleet.stop();
      }
    });

    it('hold for a token and for a partition', async () => {
      const limits = { ...none, key: perMinute(2), partition: perMinute(4) };
      const fleet = await startWith({ limits });
      try {
        const get = (partition: string, authorization?: string): Promise<Response> =>
          fetch(`${fleet.url}/v1/x`, {
            headers: { cookie: pinOf(partition), ...(authorization && { authorization }) },
          });
        const token = tokenOf('eu-001', 'A');
        for (let i = 0; i < 2; i++) expect((await get('eu-000', token)).status).toBe(200);
        const refused = await get('eu-000', token);
        expect(refused.status).toBe(429);
        expect(await refused.json()).toMatchObject({ limit: 'key' });
        expect((await get('eu-000', tokenOf('eu-003', 'B'))).status).toBe(200);
        for (let i = 0; i < 4; i++) expect((await get('eu-002')).status).toBe(200);
        const crowded = await get('eu-002');
        expect(crowded.status).toBe(429);
        expect(await crowded.json()).toMatchObject({ limit: 'partition' });
        expect((await get('eu-004')).status).toBe(200);
      } finally {
        await fleet.stop();
      }
    });
  });

  describe('a version of the API', () => {
    it('that is to end says so, and one that has ended or never was is refused', async () => {
      const fleet = await startWith({
        versions: [
          {
            prefix: '/v1',
            deprecatedAt: '2027-01-01T00:00:00Z',
            sunsetAt: '2099-12-31T00:00:00Z',
            successor: '/v3',
          },
          { prefix: '/v2', sunsetAt: '2020-01-01T00:00:00Z' },
          { prefix: '/v1/search', deprecatedAt: '2026-01-01T00:00:00Z' },
          { prefix: '/v3' },
        ],
      });
      try {
        const get = (path: string): Promise<Response> =>
          fetch(fleet.url + path, { headers: { cookie: pinOf('eu-000') } });
        const first = await get('/v1/products');
        expect(first.status).toBe(200);
        expect(first.headers.get('deprecation')).toBe('@1798761600');
        expect(first.headers.get('sunset')).toBe('Thu, 31 Dec 2099 00:00:00 GMT');
        expect(first.headers.get('link')).toBe('</v3>; rel="successor-version"');
        const search = await get('/v1/search');
        expect(search.headers.get('deprecation')).toBe('@1767225600');
        expect(search.headers.get('sunset')).toBeNull();
        expect((await get('/v3/products')).headers.get('deprecation')).toBeNull();
        expect((await get('/v2/products')).status).toBe(410);
        expect((await get('/v9/products')).status).toBe(404);
        expect(receivedBy(fleet)).toHaveLength(3);
      } finally {
        await fleet.stop();
      }
    });
  });

  describe('what is refused before a cell is touched', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await startWith({});
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(fleet.url + path, {
        ...init,
        headers: { cookie: pinOf('eu-000'), ...(init.headers as Record<string, string>) },
      });

    it.each([
      ['an address', '/v1/x?q=1%27%20OR%20%271%27=%271', {}],
      ['an address that is encoded twice', '/v1/x?q=%2527%2520or%25201=1', {}],
      ['blanks that are plusses', '/v1/x?q=union++all+select+(1)', {}],
      ['a path', '/wp-admin/install.php', {}],
      ['a name of a program', '/v1/x', { headers: { 'user-agent': 'sqlmap/1.7' } }],
      ['a referer', '/v1/x', { headers: { referer: 'https://a.example/?x=<script>' } }],
      [
        'a body',
        '/v1/x',
        {
          method: 'POST',
          body: JSON.stringify({ text: `$${'{jndi:ldap://a.example/b}'}` }),
          headers: { 'content-type': 'application/json' },
        },
      ],
    ])('by a rule of the firewall: %s', async (_what, path, init) => {
      const answer = await ask(path, init);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ code: 'refused-by-rules' });
      expect(receivedBy(fleet)).toHaveLength(0);
    });

    it('is not what people write and search for', async () => {
      for (const query of ['rock%20%27n%27%20roll', 'select+and+union', '100%25', "l'or%C3%A9al"])
        expect((await ask(`/v1/search?q=${query}`)).status).toBe(200);
      const body = JSON.stringify({ text: 'Don’t drop it; 5 < 6, "quoted" & 100%' });
      const headers = { 'content-type': 'application/json' };
      expect((await ask('/v1/reviews', { method: 'POST', body, headers })).status).toBe(200);
      expect(receivedBy(fleet)).toHaveLength(5);
    });

    it('what is for services alone, and what comes without a token that holds', async () => {
      for (const path of ['/internal/v1/catalog-purges', '/metrics'])
        expect((await ask(path)).status).toBe(404);
      expect((await ask('/v1/me/orders')).status).toBe(401);
      for (const authorization of [
        'Bearer nonsense',
        tokenOf('eu-000', 'A', { expiresAtS: 1_000 }),
        tokenOf('eu-000', 'A', { algorithm: 'HS256' }),
      ])
        expect((await ask('/v1/x', { headers: { authorization } })).status).toBe(401);
      expect(receivedBy(fleet)).toHaveLength(0);
    });
  });
}

/** A token of the platform's form; its signature is a cell's to check. */
function tokenOf(
  partition: string,
  mark: string,
  { expiresAtS = 4_000_000_000, algorithm = 'ES256' } = {},
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { sub: 'cus_1', part: partition, exp: expiresAtS };
  return `Bearer ${encode({ alg: algorithm })}.${encode(claims)}.${mark.repeat(86)}`;
}
