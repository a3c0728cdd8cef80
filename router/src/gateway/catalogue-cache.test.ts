import { brotliDecompressSync } from 'node:zlib';
import { PURGE_FEED_PATH, type CatalogPurges } from '@commerce/contracts/catalog-purges';
import type { CellId } from '@commerce/contracts/ids';
import { verifyRouterCall } from '@commerce/contracts/routed-auth';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CellBehaviour,
  ROUTED_AUTH_KEY,
  startTestFleet,
  type TestCell,
  type TestFleet,
  until,
} from '../testing-fleet.ts';
import { cacheKeyOf, createCatalogueCache } from './catalogue-cache.ts';

const CELL = 'eu-de-1' as CellId;
const MARKED = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'public, no-cache',
  vary: 'accept-language, x-client-country',
  etag: '"one"',
  'surrogate-control': 'max-age=60',
  'surrogate-key': 'prd_1',
};
const BODY = JSON.stringify({ text: 'a page of the catalogue '.repeat(200) });

describe('what is kept', () => {
  const keeps = (status: number, headers: Record<string, string | string[]>): boolean => {
    const cache = createCatalogueCache();
    cache.noteHeard(CELL, 1_000);
    cache.begin(CELL, 'k', { status, headers }, 0)?.finish(0);
    return cache.find(CELL, 'k', 1) !== undefined;
  };

  it('is what the cell has marked, and nothing that is one shopper’s', () => {
    expect(keeps(200, MARKED)).toBe(true);
    for (const [name, value] of [
      ['set-cookie', ['a=b']],
      ['cache-control', 'private, no-cache'],
      ['cache-control', 'public, no-store'],
      ['cache-control', ''],
      ['surrogate-control', 'no-store'],
      ['vary', 'accept-language, cookie'],
      ['vary', '*'],
      ['content-encoding', 'br'],
      ['x-partition-position', '1.2'],
      ['x-routed-partition', 'eu-001'],
    ] as const) {
      expect(keeps(200, { ...MARKED, [name]: value as string }), `${name}: ${value}`).toBe(false);
    }
    const { 'surrogate-control': _, ...unmarked } = MARKED;
    expect(keeps(200, unmarked)).toBe(false);
    for (const status of [201, 206, 304, 404, 500]) expect(keeps(status, MARKED)).toBe(false);
  });

  it('is found by cell, address, country and languages, and by nobody who has signed in', () => {
    const read = {
      method: 'GET',
      path: '/v1/products/x',
      url: '/v1/products/x?currency=EUR',
      isAnonymous: true,
      acceptLanguage: 'de',
      country: 'DE',
    };
    const keys = [
      read,
      { ...read, url: '/v1/products/x?currency=USD' },
      { ...read, url: '/v1/products/x?language=fr' },
      { ...read, country: 'FR' },
      { ...read, acceptLanguage: 'fr' },
    ].map(cacheKeyOf);
    expect(new Set(keys).size).toBe(keys.length);
    for (const other of [
      { method: 'POST' },
      { method: 'HEAD' },
      { isAnonymous: false },
      { path: '/v1/search' },
      { path: '/v1/carts/x' },
      { path: '/v1/productsx' },
      { acceptLanguage: 'x'.repeat(200) },
    ]) {
      expect(cacheKeyOf({ ...read, ...other })).toBeUndefined();
    }
  });

  it('goes by time, by name, as a whole, and when it does not fit any more', () => {
    const cache = createCatalogueCache(10_000);
    cache.noteHeard(CELL, 1_000_000);
    const put = (key: string, name: string): void => {
      const headers = { ...MARKED, 'surrogate-key': name };
      const recording = cache.begin(CELL, key, { status: 200, headers }, 0);
      recording?.add(Buffer.alloc(1_500));
      recording?.finish(cache.generationOf(CELL));
    };
    put('a', 'prd_1');
    put('b', 'prd_2');
    cache.purge(CELL, ['prd_1', 'prd_9']);
    expect([cache.find(CELL, 'a', 1), cache.find(CELL, 'b', 1)?.body.length]).toEqual([
      undefined,
      1_500,
    ]);
    expect(cache.find(CELL, 'b', 60_000)).toBeUndefined();
    for (const key of ['c', 'd', 'e', 'f', 'g']) put(key, 'prd_3');
    expect(cache.counts()).toMatchObject({ entries: 4, bytes: 10_000 });
    expect(cache.find(CELL, 'c', 1)).toBeUndefined();
    cache.clear(CELL);
    expect(cache.counts()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('is not what was on its way while something was purged', () => {
    const cache = createCatalogueCache();
    cache.noteHeard(CELL, 1_000);
    const before = cache.generationOf(CELL);
    const recording = cache.begin(CELL, 'k', { status: 200, headers: MARKED }, 0);
    cache.purge(CELL, ['prd_2']);
    recording?.finish(before);
    expect(cache.find(CELL, 'k', 1)).toBeUndefined();
  });
});

describe('a router that hears the feed of a cell', () => {
  let fleet: TestFleet;
  let cell: TestCell;
  let feed: Feed;

  beforeAll(async () => {
    fleet = await startTestFleet();
    cell = fleet.cell('eu-de-1');
    feed = createFeed();
    cell.answerInternal = feed.answer;
    // The first request tells the router of its cells.
    await get('/v1/markets');
    await until(() => feed.asked > 0);
  });
  afterAll(async () => {
    feed.close();
    await fleet.stop();
  });
  beforeEach(() => {
    cell.behave = page;
    feed.push('all');
  });

  const page: CellBehaviour = (_received, response) => {
    response.writeHead(200, { ...MARKED, 'x-cell': 'eu-de-1', 'x-cell-epoch': '1' });
    response.end(BODY);
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    request(`${fleet.url}${path}`, { headers: { 'x-client-country': 'DE', ...headers } });
  const isHit = async (path: string, headers: Record<string, string> = {}): Promise<boolean> => {
    const answer = await get(path, headers);
    await answer.body.dump();
    return answer.headers['cache-status'] === 'router; hit';
  };
  const warm = (path: string, headers: Record<string, string> = {}) =>
    until(() => isHit(path, headers));

  it('answers from what it keeps, as the cell did, and asks it no more', async () => {
    await warm('/v1/products/a');
    const asked = cell.received.length;
    const answer = await get('/v1/products/a');
    expect(await answer.body.text()).toBe(BODY);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      etag: '"one"',
      'x-cell': 'eu-de-1',
      'x-cell-epoch': '1',
      age: '0',
      // A new shopper is pinned all the same, and that answer is theirs alone.
      'cache-control': 'private, no-cache',
      'set-cookie': expect.stringContaining('cell_pin='),
    });
    expect(answer.headers['surrogate-key']).toBeUndefined();
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    const known = await get('/v1/products/a', { 'if-none-match': 'W/"one"' });
    expect(known.statusCode).toBe(304);
    expect(cell.received).toHaveLength(asked);
  });

  it('forgets a product within moments of its change, and nothing else', async () => {
    await warm('/v1/products/a');
    cell.behave = (_received, response) => {
      response.writeHead(200, { ...MARKED, 'surrogate-key': 'prd_2' });
      response.end(BODY);
    };
    await warm('/v1/products/b');
    feed.push(['prd_1']);
    await until(async () => !(await isHit('/v1/products/a')));
    expect(await isHit('/v1/products/b')).toBe(true);
  });

  it('asks the cell for whoever has signed in', async () => {
    await warm('/v1/products/a');
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `Bearer ${part({ alg: 'ES256' })}.${part({ exp: 4e9 })}.${'A'.repeat(86)}`;
    expect(await isHit('/v1/products/a', { authorization: token })).toBe(false);
  });

  it('sends what it keeps compressed, with a weak tag', async () => {
    const headers = { 'accept-encoding': 'gzip;q=0.5, br' };
    await warm('/v1/products/a', headers);
    await until(async () => {
      const answer = await get('/v1/products/a', headers);
      await answer.body.dump();
      return answer.headers['content-encoding'] === 'br';
    });
    const answer = await get('/v1/products/a', headers);
    expect(brotliDecompressSync(Buffer.from(await answer.body.arrayBuffer())).toString()).toBe(
      BODY,
    );
    expect(answer.headers).toMatchObject({ etag: 'W/"one"', 'cache-status': 'router; hit' });
    expect(answer.headers['vary']).toContain('accept-encoding');
  });

  it('gives nothing out while the cell is not heard', async () => {
    await warm('/v1/products/a');
    feed.close();
    await until(async () => !(await isHit('/v1/products/a')));
    expect(await isHit('/v1/products/a')).toBe(false);
    feed = createFeed();
    cell.answerInternal = feed.answer;
    await warm('/v1/products/a');
  });
});

interface Feed {
  readonly asked: number;
  readonly answer: NonNullable<TestCell['answerInternal']>;
  push(keys: CatalogPurges['keys']): void;
  /** Breaks all connections, and answers no more. */
  close(): void;
}

/** A cell's side of the feed, told by the test what has changed. */
function createFeed(): Feed {
  const source = `run ${Math.random()}`.replace(/[ .]/g, '-');
  const said: CatalogPurges['keys'][] = [];
  const held = new Set<{ after: number; end(answer: CatalogPurges): void; destroy(): void }>();
  let closed = false;
  let asked = 0;
  const since = (after: number): CatalogPurges => {
    const news = said.slice(after);
    const keys = news.includes('all') ? 'all' : (news.flat() as string[]);
    return { source, seq: said.length, keys };
  };
  return {
    get asked() {
      return asked;
    },
    answer(incoming, response) {
      const url = new URL(incoming.url as string, 'http://cell');
      const proof = String(incoming.headers.authorization).replace(/^Router /, '');
      const isSigned = verifyRouterCall(
        proof,
        CELL,
        ROUTED_AUTH_KEY,
        Math.floor(Date.now() / 1000),
      );
      if (closed || url.pathname !== PURGE_FEED_PATH || !isSigned) {
        response.destroy();
        return;
      }
      asked += 1;
      const after = Number(url.searchParams.get('after') ?? -1);
      const end = (answer: CatalogPurges): void => {
        response.end(JSON.stringify(answer));
      };
      if (after < 0) end({ source, seq: said.length, keys: 'all' });
      else if (after < said.length) end(since(after));
      else held.add({ after, end, destroy: () => response.destroy() });
    },
    push(keys) {
      said.push(keys);
      for (const one of held) one.end(since(one.after));
      held.clear();
    },
    close() {
      closed = true;
      for (const one of held) one.destroy();
      held.clear();
    },
  };
}
