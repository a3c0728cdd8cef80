import { HEADERS } from '@commerce/contracts/headers';
import type { Partition } from '@commerce/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPinCookies, pinValueIn } from './pin-cookie.ts';
import { echo, PIN_KEY, pinSetBy, startTestFleet, type TestFleet } from './testing-fleet.ts';

/** What the router does for browsers: pages, their files, and the way back from the country switch. */

let fleet: TestFleet;

beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.stop());
beforeEach(() => {
  for (const cell of fleet.cells.values()) cell.behave = echo;
});

const PAGE = { accept: 'text/html,*/*;q=0.8', 'x-client-country': 'FR' };

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(fleet.url + path, { headers });
}

function switchCountry(fields: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${fleet.url}/router/country`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
}

function pinOf(partition: string): string {
  const header = createPinCookies(PIN_KEY).setHeader(
    { partition: partition as Partition, country: undefined },
    { secure: false, nowMs: Date.now() },
  );
  return `cell_pin=${pinValueIn(header.split(';')[0] as string)}`;
}

describe('the files of pages', () => {
  it.each(['/assets/entry-a1.js', '/v1/media/abc', '/favicon.svg', '/robots.txt', '/sitemap.xml'])(
    'pin nobody, so that shared caches may keep them: %s',
    async (path) => {
      fleet.cell('eu-fr-1').behave = (_received, response) => {
        response.writeHead(200, { 'cache-control': 'public, max-age=31536000, immutable' });
        response.end();
      };
      const answer = await get(path, PAGE);
      expect(answer.status).toBe(200);
      expect(pinSetBy(answer)).toBeUndefined();
      expect(answer.headers.get('cache-control')).toContain('immutable');
    },
  );

  it('differ in that from pages', async () => {
    const answer = await get('/en/', PAGE);
    expect(pinSetBy(answer)).toBeDefined();
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
  });
});

describe('the country switch', () => {
  it('comes back to the page that the shopper was on', async () => {
    const answer = await switchCountry({ country: 'DE', return: '/de/search?q=lamp' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/de/search?q=lamp');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '',
    '/a\nb',
    'javascript:0',
  ])('leads to no other site: %j', async (target) => {
    const answer = await switchCountry({ country: 'DE', return: target });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid-request', field: 'return' });
    expect(pinSetBy(answer)).toBeUndefined();
  });

  it.each(['shop_access', '__Host-shop_access'])(
    'leaves a shopper who is signed in by the cookie %s where the account is',
    async (name) => {
      const answer = await switchCountry({ country: 'US' }, { cookie: `a=b; ${name}=x` });
      expect(answer.status).toBe(409);
      const other = await switchCountry({ country: 'US' }, { cookie: `${name}=; my${name}=x` });
      expect(other.status).toBe(303);
    },
  );
});

describe('a form of the account', () => {
  it('moves the shopper to the partition that the cell names', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(303, { location: '/de/account', [HEADERS.routedPartition]: 'eu-00c' });
      response.end();
    };
    const answer = await fetch(`${fleet.url}/de/account/sign-in`, {
      method: 'POST',
      headers: { cookie: pinOf('eu-000') },
      redirect: 'manual',
    });
    expect(pinSetBy(answer)).toBeDefined();
  });
});

describe('where no cell answers', () => {
  it('a browser gets a page in its language, and a client a problem', async () => {
    const other = await startTestFleet();
    try {
      await other.cell('eu-fr-1').kill();
      const page = await fetch(`${other.url}/fr/search?q="><b>script`, { headers: PAGE });
      expect(page.status).toBe(503);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('retry-after')).toBe('1');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await page.text();
      expect(text).toContain('<html lang="fr" dir="ltr">');
      expect(text).toContain('Nous revenons tout de suite');
      expect(text).not.toContain('<b>script');
      const arabic = await fetch(`${other.url}/v1/x`, {
        headers: { ...PAGE, 'accept-language': 'ar' },
      });
      expect(await arabic.text()).toContain('<html lang="ar" dir="rtl">');
      const client = await fetch(`${other.url}/fr/search`, {
        headers: { 'x-client-country': 'FR', accept: 'application/json' },
      });
      expect(await client.json()).toMatchObject({ code: 'unavailable' });
    } finally {
      await other.stop();
    }
  });
});
