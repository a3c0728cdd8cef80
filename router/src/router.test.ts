import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { HEADERS } from '@commerce/contracts/headers';
import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPinCookies, pinValueIn } from './pin-cookie.ts';
import { echo, PIN_KEY, pinSetBy, startTestFleet, type TestFleet } from './testing-fleet.ts';
import { createTrustedPeers } from './trusted-peers.ts';

let fleet: TestFleet;

beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.stop());
beforeEach(() => {
  for (const cell of fleet.cells.values()) {
    cell.received.length = 0;
    cell.behave = echo;
    cell.stream = undefined;
  }
});

function receivedCount(): number {
  return [...fleet.cells.values()].reduce((sum, cell) => sum + cell.received.length, 0);
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(fleet.url + path, { headers });
}

function pinOf(partition: string, country?: string): string {
  const header = createPinCookies(PIN_KEY).setHeader(
    { partition: partition as Partition, country },
    { secure: false, nowMs: Date.now() },
  );
  return `cell_pin=${pinValueIn(header.split(';')[0] as string)}`;
}

/** Sends bytes as they are and gives back all that is answered until the server ends. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(fleet.router.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    // Not ended from this side: a half-closed connection counts as one whose client went away.
    socket.write(text);
  });
}

describe('a new shopper', () => {
  it.each([
    ['DE', ['eu-de-1']],
    ['FR', ['eu-fr-1']],
    ['US', ['us-east-1', 'us-west-1']],
  ])(
    'from %s is pinned to the nearest cell and stays there when travelling',
    async (country, ids) => {
      const first = await get('/v1/products', { 'x-client-country': country });
      expect(first.status).toBe(200);
      const hosts = ids.filter((id) => fleet.cell(id).received.length > 0);
      expect(hosts).toHaveLength(1);
      const cell = fleet.cell(hosts[0] as string);
      const cookie = `cell_pin=${pinSetBy(first)}`;
      const second = await get('/v1/products', { cookie, 'x-client-country': 'JP' });
      expect(pinSetBy(second)).toBeUndefined();
      expect(cell.received.map((each) => each.partition)).toEqual([
        cell.received[0]?.partition,
        cell.received[0]?.partition,
      ]);
    },
  );

  it('with an idempotency key lands in the same partition when the answer was lost', async () => {
    const headers = { 'x-client-country': 'DE', 'idempotency-key': 'b1946ac9-2492' };
    await get('/v1/carts', headers);
    await get('/v1/carts', headers);
    const [first, second] = fleet.cell('eu-de-1').received;
    expect(second?.partition).toBe(first?.partition);
  });

  it('is not stored in any shared cache together with the pin', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(200, { 'cache-control': 'public, max-age=60' });
      response.end();
    };
    const first = await get('/v1/products', { 'x-client-country': 'DE' });
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const cookie = `cell_pin=${pinSetBy(first)}`;
    const second = await get('/v1/products', { cookie });
    expect(second.headers.get('cache-control')).toBe('public, max-age=60');
  });

  it('whose law allows none of our cells is told so', async () => {
    const answer = await get('/v1/products', { 'x-client-country': 'SA' });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'no-cell', status: 503 });
    expect(receivedCount()).toBe(0);
  });
});

describe('the country', () => {
  it('is not believed from a peer that is no trusted proxy', async () => {
    const router = await fleet.startRouter({
      trustedPeers: createTrustedPeers(['10.0.0.0/8']),
      defaultCountry: 'US',
    });
    const answer = await fetch(`http://127.0.0.1:${router.port}/v1/products`, {
      headers: { 'x-client-country': 'DE', 'x-forwarded-for': '1.2.3.4' },
    });
    expect(answer.status).toBe(200);
    const received = ['us-east-1', 'us-west-1'].flatMap((id) => fleet.cell(id).received)[0];
    expect(received?.headers['x-client-country']).toBe('US');
    expect(received?.headers['x-forwarded-for']).toBe('127.0.0.1');
    await router.stop();
  });

  it('when unknown leads to a default cell and to a visible switch', async () => {
    const first = await get('/v1/products');
    expect(first.headers.get('link')).toContain('</router/country>');
    expect(fleet.cell('eu-de-1').received[0]?.headers['x-client-country']).toBeUndefined();
    const cookie = `cell_pin=${pinSetBy(first)}`;
    const page = await get('/router/country', { cookie, accept: 'text/html' });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<option value="US">United States</option>');

    const chosen = await fetch(`${fleet.url}/router/country`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'country=US',
      redirect: 'manual',
    });
    expect(chosen.status).toBe(303);
    const pinned = `cell_pin=${pinSetBy(chosen)}`;
    const whoami = await (await get('/router/whoami', { cookie: pinned })).json();
    expect(whoami).toMatchObject({
      cell: expect.stringMatching(/^us-/),
      country: 'US',
      countrySource: 'chosen',
      dataIsIn: { jurisdiction: 'us' },
    });
  });

  it('may change within a jurisdiction without a move', async () => {
    const cookie = pinOf('eu-000');
    const answer = await fetch(`${fleet.url}/router/country`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: '{"country":"FR"}',
    });
    expect(await answer.json()).toMatchObject({ partition: 'eu-000', country: 'FR' });
    await get('/v1/products', { cookie: `cell_pin=${pinSetBy(answer)}`, 'x-client-country': 'DE' });
    expect(fleet.cell('eu-de-1').received[0]?.headers['x-client-country']).toBe('FR');
  });

  it.each([
    ['no JSON', '{', 'malformed-json', undefined],
    ['no country', '{}', 'invalid-request', 'country'],
    ['no such country', '{"country":"XX"}', 'invalid-request', 'country'],
    ['an unknown field', '{"country":"DE","x":1}', 'invalid-request', 'x'],
    ['too much', `{"country":"${'D'.repeat(5_000)}"}`, 'payload-too-large', undefined],
  ])('is refused by name of the field where there is %s', async (_what, body, code, field) => {
    const answer = await fetch(`${fleet.url}/router/country`, { method: 'POST', body });
    const problem = (await answer.json()) as { code: string; field?: string };
    expect(problem.code).toBe(code);
    expect(problem.field).toBe(field);
    expect(pinSetBy(answer)).toBeUndefined();
  });

  it('is not changed for one who is signed in, nor by another site', async () => {
    const body = '{"country":"US"}';
    const url = `${fleet.url}/router/country`;
    const signedIn = await fetch(url, {
      method: 'POST',
      body,
      headers: { authorization: 'Bearer x' },
    });
    expect(signedIn.status).toBe(409);
    const answer = await sendRaw(
      `POST /router/country HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\n` +
        `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    expect(answer).toContain('HTTP/1.1 403');
  });
});

describe('an id in the path', () => {
  it('goes before token and pin, and pins nobody', async () => {
    const cart = newPartitionId('cart', 'us-000' as Partition);
    const answer = await get(`/v1/carts/${cart}`, { cookie: pinOf('eu-000') });
    expect(answer.status).toBe(200);
    expect(pinSetBy(answer)).toBeUndefined();
    expect(fleet.cell('us-east-1').received[0]).toMatchObject({ partition: 'us-000', epoch: 1 });
    const stranger = await get(`/v1/carts/${cart}`);
    expect(pinSetBy(stranger)).toBeUndefined();
  });

  it('of a realm that we do not have is not found', async () => {
    const cart = newPartitionId('cart', 'zz-000' as Partition);
    const answer = await get(`/v1/carts/${cart}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not-found', field: 'path' });
    expect(receivedCount()).toBe(0);
  });

  it('routes a webhook, without a cookie', async () => {
    const attempt = newPartitionId('att', 'eu-001' as Partition);
    const answer = await fetch(`${fleet.url}/v1/webhooks/sandbox/${attempt}`, {
      method: 'POST',
      body: '{}',
    });
    expect(answer.status).toBe(200);
    expect(pinSetBy(answer)).toBeUndefined();
    expect(fleet.cell('eu-fr-1').received[0]?.partition).toBe('eu-001');
    expect((await fetch(`${fleet.url}/v1/webhooks/sandbox/none`, { method: 'POST' })).status).toBe(
      404,
    );
  });
});

describe('a pin cookie', () => {
  const foreign = createPinCookies(randomBytes(32));
  const foreignValue = pinValueIn(
    foreign.setHeader(
      { partition: 'eu-000' as Partition, country: undefined },
      { secure: false, nowMs: 0 },
    ),
  );

  it.each([
    ['foreign', String(foreignValue)],
    ['unsigned', 'eyJhbGciOiJub25lIn0.eyJwYXJ0IjoiZXUtMDAwIn0.'],
    ['garbled', '%%%'],
    ['empty', ''],
  ])('that is %s is refused by name, taken away, and has no effect', async (_what, value) => {
    const answer = await fetch(`${fleet.url}/v1/carts`, {
      method: 'POST',
      body: '{}',
      headers: { cookie: `theme=dark; cell_pin=${value}` },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid-cookie', field: 'cell_pin' });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^cell_pin=; .*Max-Age=0$/);
    expect(receivedCount()).toBe(0);
  });

  it('of a realm that is gone gives way to a new one', async () => {
    const answer = await get('/v1/products', {
      cookie: pinOf('gone-000'),
      'x-client-country': 'DE',
    });
    expect(answer.status).toBe(200);
    expect(pinSetBy(answer)).toBeDefined();
  });

  it('is the business of routers alone', async () => {
    await get('/v1/products', { cookie: `theme=dark; ${pinOf('eu-000')}` });
    expect(fleet.cell('eu-de-1').received[0]?.headers.cookie).toBe('theme=dark');
  });
});

describe('malformed requests', () => {
  const attempts: readonly (readonly [string, string, RegExp])[] = [
    [
      'both lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
      /^HTTP\/1.1 400/,
    ],
    [
      'an odd encoding',
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n0\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'an absolute address',
      'GET http://elsewhere.example/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    ['CONNECT', 'CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1.1 405/],
    ['TRACE', 'TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', /^HTTP\/1.1 405/],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1.1 400/],
    [
      'two hosts',
      'GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'a body on GET',
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc',
      /^HTTP\/1.1 400/,
    ],
    [
      'a climbing path',
      'GET /v1/../../etc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'an encoded slash',
      'GET /v1/a%2fb HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'too long an address',
      `GET /${'a'.repeat(5_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      /^HTTP\/1.1 414/,
    ],
    [
      'too many headers',
      `GET / HTTP/1.1\r\nhost: x\r\n${`x-a: ${'b'.repeat(1_000)}\r\n`.repeat(40)}\r\n`,
      /^HTTP\/1.1 431/,
    ],
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1.1 400/],
  ];

  it.each(attempts)('with %s are refused with a problem', async (_what, text, status) => {
    const answer = await sendRaw(text);
    expect(answer).toMatch(status);
    expect(answer).toContain('application/problem+json');
    expect(receivedCount()).toBe(0);
  });

  it('never lead to a fault of ours, whatever the path and the headers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.webUrl({ withQueryParameters: true, size: 'small' }),
        fc.string({ unit: 'binary-ascii', maxLength: 60 }),
        async (url, text) => {
          const value = text.replaceAll(/[\r\n\0]/g, '');
          const { pathname, search } = new URL(url);
          const answer = await sendRaw(
            `GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\nx-client-country: ${value}\r\n` +
              `authorization: ${value}\r\ntraceparent: ${value}\r\nx-request-id: ${value}\r\n` +
              `connection: close\r\n\r\n`,
          );
          expect(answer).toMatch(/^HTTP\/1.1 [24]/);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('operators', () => {
  it('see tables, cells, placements, positions and metrics', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(201, { [HEADERS.partitionPosition]: '1.42' });
      response.end();
    };
    await get('/v1/products', { cookie: pinOf('eu-000') });
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(201, { [HEADERS.partitionPosition]: '1.41' });
      response.end();
    };
    await get('/v1/products', { cookie: pinOf('eu-000') });
    const read = async (path: string): Promise<unknown> =>
      (await fetch(fleet.adminUrl + path)).json();
    expect(await read('/router/positions')).toMatchObject({ positions: { 'eu-000': '1.42' } });
    expect(await read('/router/table?partition=eu-001')).toMatchObject({
      primary: 'eu-fr-1',
      epoch: 1,
    });
    expect(await read('/router/table?partition=nonsense')).toMatchObject({ field: 'partition' });
    expect(await read('/router/status')).toMatchObject({
      table: { source: 'directory' },
      cells: [{ id: 'eu-de-1', circuit: 'closed' }, {}, {}, {}],
    });
    expect(await read('/health/ready')).toEqual({ status: 'ready' });
    expect(await (await fetch(`${fleet.adminUrl}/metrics`)).text()).toMatch(
      /router_cell_answers_total\{cell="eu-de-1",class="2xx"\} \d+/,
    );
  });

  it('make the router read the directory now, and learn which table it holds', async () => {
    const answer = await fetch(`${fleet.adminUrl}/router/refresh`, { method: 'POST' });
    expect(answer.status).toBe(200);
    const { realms } = (await answer.json()) as { realms: { realm: string; version: number }[] };
    expect(realms).toContainEqual({ realm: 'eu', version: expect.any(Number) as number });
    expect((await fetch(`${fleet.adminUrl}/router/status`, { method: 'POST' })).status).toBe(405);
  });

  it('reach no endpoint of theirs through the public port', async () => {
    expect((await get('/router/status')).status).toBe(404);
  });
});
