import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

const open = (url: string, headers: Record<string, string> = {}) =>
  cell.app.inject({ method: 'GET', url, headers: { accept: 'text/html', ...headers } });

const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  cell.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'shop.test', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });

/** The cookie and the token that a page gives to its forms. */
async function formOf(url: string): Promise<{ cookie: string; token: string }> {
  const page = await open(url);
  const cookie = page.cookies.find(({ name }) => name === 'shop_form');
  const token = /name="_token" value="([\w-]+)"/.exec(page.body)?.[1];
  return { cookie: `shop_form=${cookie?.value}`, token: token ?? '' };
}

test('the address without a language leads to the one that the browser asks for', async () => {
  const first = await open('/', { 'accept-language': 'de-AT,en;q=0.5' });
  expect([first.statusCode, first.headers.location]).toEqual([302, '/de/']);
  expect(first.headers['vary']).toContain('accept-language');
  const kept = await open('/', { 'accept-language': 'de', cookie: 'shop_language=ar' });
  expect(kept.headers.location).toBe('/ar/');
  const bare = await open('/fr?utm_source=x');
  expect([bare.statusCode, bare.headers.location]).toEqual([301, '/fr/?utm_source=x']);
});

test('a client that asks for no page gets the index of the API', async () => {
  const { statusCode, body } = await cell.app.inject({ method: 'GET', url: '/' });
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ name: 'Shop API', cell: 'eu-de-1' });
});

test('a page is HTML with no inline script or style, and a policy that allows none', async () => {
  const page = await open('/en/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  expect(page.headers['cache-control']).toBe('private, no-cache');
  expect(page.body).toMatch(/^<!doctype html><html lang="en" dir="ltr">/);
  expect(page.body).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  const scripts = [...page.body.matchAll(/<script([^>]*)>/g)].map((match) => match[1]);
  expect(
    scripts.filter((attributes) => !/src=|application\/(ld\+)?json/.test(attributes ?? '')),
  ).toEqual([]);
});

test('Arabic is written from the right', async () => {
  expect((await open('/ar/')).body).toMatch(/<html lang="ar" dir="rtl">/);
});

test('what is not there is told by a page, and by a problem to clients of the API', async () => {
  const page = await open('/en/nothing/here');
  expect([page.statusCode, page.headers['content-type']]).toEqual([
    404,
    'text/html; charset=utf-8',
  ]);
  expect(page.body).toContain('noindex');
  const problem = await open('/v1/nothing');
  expect(problem.headers['content-type']).toContain('application/problem+json');
  expect((await open('/xx/')).statusCode).toBe(404);
});

test('a built file is compressed and may be kept for ever', async () => {
  const page = await open('/en/');
  const script = /<script type="module" src="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const file = await open(script, { 'accept-encoding': 'gzip, br' });
  expect(file.statusCode).toBe(200);
  expect(file.headers['content-encoding']).toBe('br');
  expect(file.headers['cache-control']).toContain('immutable');
  expect((await open('/assets/none.js')).statusCode).toBe(404);
});

test('a choice of language and currency is kept in cookies that no script can read', async () => {
  const { cookie, token } = await formOf('/en/preferences');
  const fields = { _token: token, language: 'fr', currency: 'GBP', return: '/search?q=lamp' };
  const answer = await post('/en/preferences', fields, { cookie });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/fr/search?q=lamp']);
  expect(answer.cookies).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        name: 'shop_language',
        value: 'fr',
        httpOnly: true,
        sameSite: 'Lax',
      }),
      expect.objectContaining({ name: 'shop_currency', value: 'GBP', httpOnly: true }),
    ]),
  );
});

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nset-cookie: b'])(
  'a form never leads to another site: %j',
  async (back) => {
    const { cookie, token } = await formOf('/en/preferences');
    const answer = await post('/en/preferences', { _token: token, return: back }, { cookie });
    expect(answer.headers.location).toBe('/en/');
  },
);

test('a form that is not from a page of ours is refused', async () => {
  const { cookie, token } = await formOf('/en/preferences');
  const statusOf = async (fields: Record<string, string>, headers: Record<string, string>) =>
    (await post('/en/preferences', fields, headers)).statusCode;
  const right = { _token: token };
  expect(await statusOf(right, { cookie })).toBe(303);
  expect(await statusOf(right, { cookie, origin: 'http://shop.test' })).toBe(303);
  expect(await statusOf({}, { cookie })).toBe(403);
  expect(await statusOf({ _token: [...token].toReversed().join('') }, { cookie })).toBe(403);
  expect(await statusOf(right, {})).toBe(403);
  expect(await statusOf(right, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await statusOf(right, { cookie, origin: 'http://evil.test' })).toBe(403);
});

test('the API takes no forms and no cookies', async () => {
  const { cookie } = await formOf('/en/preferences');
  const answer = await post('/v1/carts', { currency: 'EUR', country: 'DE' }, { cookie });
  expect(answer.statusCode).toBe(415);
});

test('a category, a search, a maker and a product are pages with data for search engines', async () => {
  const [product] = cell.products;
  const shown = await open(`/en/products/${product.handle}`);
  expect(shown.statusCode).toBe(200);
  expect(shown.body).toContain(
    `<link rel="canonical" href="http://localhost:80/en/products/${product.handle}">`,
  );
  expect(shown.body).toContain('hreflang="de"');
  const documents = [...shown.body.matchAll(/application\/ld\+json">(.*?)<\/script>/g)].map(
    (match) => JSON.parse(match[1] ?? '') as { '@type': string; offers?: { price: string }[] },
  );
  expect(documents.map((document) => document['@type'])).toEqual(['Product', 'BreadcrumbList']);
  expect(documents[0]?.offers?.[0]?.price).toMatch(/^\d+\.\d\d$/);
  const category = product.categories[0] ?? '';
  expect((await open(`/en/categories/${category}`)).statusCode).toBe(200);
  expect((await open('/en/categories/nothing')).statusCode).toBe(404);
  expect((await open('/en/products/nothing')).statusCode).toBe(404);
  expect((await open(`/en/vendors/${cell.vendors[0].slug}`)).statusCode).toBe(200);
  const search = await open(
    '/en/search?q=lamp&f.x=%C3%84&f.%22=1&min=abc&max=2,50&sort=no&cursor=',
  );
  expect(search.statusCode).toBe(200);
  expect((await open('/en/search?cursor=damaged')).statusCode).toBe(400);
});

test('what a shopper typed stays text wherever it is shown', async () => {
  const page = await open(
    `/en/search?q=${encodeURIComponent('</script><img src=x onerror=alert(1)>')}`,
  );
  expect(page.statusCode).toBe(200);
  expect(page.body).not.toContain('<img src=x');
});

test('search engines are told of every page in every language that has texts', async () => {
  const index = await open('/sitemap.xml');
  expect(index.headers['content-type']).toContain('xml');
  const files = [...index.body.matchAll(/<loc>([^<]+)<\/loc>/g)].map((match) => match[1] ?? '');
  expect(files.some((file) => file.includes('/sitemap-products-de.xml'))).toBe(true);
  const products = await open(
    files.find((file) => file.includes('products-de'))?.replace(/^http:\/\/[^/]+/, '') ?? '',
  );
  for (const { handle } of cell.products)
    expect(products.body).toContain(`/de/products/${handle}<`);
  const pages = await open('/sitemap-pages-de.xml');
  expect(pages.body).toContain('/de/</loc>');
  expect((await open('/sitemap-pages-xx.xml')).statusCode).toBe(404);
  expect((await open('/robots.txt')).body).toContain('Sitemap: http://');
});

test('the page for no network says nothing of anybody, and a worker at the root keeps it', async () => {
  const page = await open('/de/offline');
  expect(page.body).not.toContain('eu-de-1');
  expect(page.body).not.toContain('data-cart-count');
  const worker = await open('/service-worker.js');
  expect(worker.headers['content-type']).toContain('javascript');
  expect(worker.headers['cache-control']).toBe('no-cache');
});
