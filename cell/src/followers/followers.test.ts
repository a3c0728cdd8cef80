import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CatalogChange } from '@commerce/contracts/catalog';
import { sampleChange, sampleVendor } from '@commerce/contracts/samples/catalog-documents';
import type { StockGrant, StockReport } from '@commerce/contracts/stock';
import { verifyServiceCall } from '@commerce/service/auth/service-token';
import { systemClock } from '@commerce/service/clock';
import { createLogger } from '@commerce/service/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Followers, startFollowers } from './index.ts';

const serviceKey = new Uint8Array(32).fill(7);
const log = createLogger('followers test', 'silent');

/** The control plane's end of the wire: feeds kept in lists, served over HTTP like the real one. */
function createFeedServer(): {
  readonly changes: CatalogChange[];
  readonly grants: StockGrant[];
  readonly reports: StockReport[];
  readonly asked: string[];
  broken: boolean;
  answer: ((path: string) => unknown) | undefined;
  listen(port: number): Promise<number>;
  close(): Promise<void>;
} {
  let server: Server;
  const feed = {
    changes: [] as CatalogChange[],
    grants: [] as StockGrant[],
    reports: [] as StockReport[],
    asked: [] as string[],
    broken: false,
    answer: undefined as ((path: string) => unknown) | undefined,
    async listen(port: number) {
      const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const url = new URL(request.url ?? '', 'http://feed');
        feed.asked.push(`${request.method} ${request.url}`);
        const expected = { audience: 'control-plane', clock: systemClock };
        const caller = verifyServiceCall(serviceKey, request.headers.authorization, expected);
        if (feed.broken || caller !== 'eu-de-1') {
          response.writeHead(503).end('{}');
          return;
        }
        if (request.method === 'POST') {
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          feed.reports.push(...JSON.parse(Buffer.concat(chunks).toString()).reports);
          response.end('{}');
          return;
        }
        const after = Number(url.searchParams.get('after'));
        const limit = Number(url.searchParams.get('limit'));
        const name = url.pathname === '/v1/catalog/changes' ? 'changes' : 'grants';
        const all: readonly { seq: number }[] = feed[name];
        if (all.every(({ seq }) => seq <= after)) await delay(20);
        const items = all.filter(({ seq }) => seq > after).slice(0, limit);
        const page = {
          [name]: items,
          headSeq: all.at(-1)?.seq ?? 0,
          nextAfter: items.at(-1)?.seq ?? after,
        };
        response.end(JSON.stringify(feed.answer?.(url.pathname) ?? page));
      };
      server = createServer((request, response) => void answer(request, response));
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return feed;
}

let feed: ReturnType<typeof createFeedServer>;
let port: number;
let followers: Followers | undefined;
let applied: number[];
let heads: number[];
let taken: StockGrant[];
let pending: StockReport[];
let changedListener: (variantIds: readonly string[]) => void;

function start(appliedSeq = 0): void {
  let cursor = appliedSeq;
  let grantCursor = 0;
  followers = startFollowers({
    controlPlaneUrl: `http://127.0.0.1:${port}`,
    serviceKey,
    cellId: 'eu-de-1',
    clock: systemClock,
    log,
    markets: ['eu', 'uk'],
    waitMs: 40,
    catalog: {
      applyChanges: async (changes, _head, next) => {
        applied.push(...changes.map(({ seq }) => seq));
        cursor = next;
      },
      confirm: (head) => void heads.push(head),
      replicationState: () => ({ appliedSeq: cursor }),
    },
    stock: {
      grantCursor: async () => grantCursor,
      applyGrants: async (grants, next) => {
        taken.push(...grants);
        grantCursor = next;
      },
      pendingReports: async (limit) => pending.slice(0, limit),
      ackReports: (reports) => {
        pending = pending.filter((report) => !reports.includes(report));
      },
      onChanged: (listener) => {
        changedListener = listener;
      },
    },
  });
}

const changesUpTo = (count: number): CatalogChange[] =>
  Array.from({ length: count }, (_, index) => sampleChange(index + 1, 'vendor', sampleVendor()));
const grant = (seq: number): StockGrant => ({
  variantId: `var_${seq}`,
  grantedTotal: 5,
  recalledTotal: 0,
  generation: 1,
  seq,
});

const until = (condition: () => void): Promise<void> =>
  expect
    .poll(
      async () => {
        condition();
        return true;
      },
      { timeout: 8_000, interval: 10 },
    )
    .toBe(true);

beforeEach(async () => {
  feed = createFeedServer();
  port = await feed.listen(0);
  applied = [];
  heads = [];
  taken = [];
  pending = [];
});

afterEach(async () => {
  await followers?.stop();
  followers = undefined;
  await feed.close();
});

describe('the follower of the catalogue', () => {
  it('applies every change once and in order, page by page, from its stored cursor', async () => {
    feed.changes.push(...changesUpTo(1_203));
    start(2);
    await until(() => expect(applied).toHaveLength(1_201));
    expect(applied).toEqual(Array.from({ length: 1_201 }, (_, index) => index + 3));
    expect(feed.asked.find((line) => line.includes('catalog'))).toBe(
      'GET /v1/catalog/changes?after=2&limit=100&waitMs=40&markets=eu%2Cuk',
    );
    await until(() => expect(heads).toContain(1_203));
  });

  it('takes an edit in within two seconds while it polls', async () => {
    start();
    await until(() => expect(heads.length).toBeGreaterThan(1));
    const editedAtMs = performance.now();
    feed.changes.push(...changesUpTo(1));
    await until(() => expect(applied).toEqual([1]));
    expect(performance.now() - editedAtMs).toBeLessThan(2_000);
  });

  it('refuses a page that does not continue where the cell stands, and goes on after it', async () => {
    feed.changes.push(...changesUpTo(6));
    const stale = { changes: feed.changes.slice(2, 5), headSeq: 6, nextAfter: 5 };
    const disordered = { changes: feed.changes.slice(4).toReversed(), headSeq: 6, nextAfter: 6 };
    const answers: unknown[] = [
      stale,
      disordered,
      { changes: 'none' },
      { ...stale, changes: [], nextAfter: 1 },
    ];
    feed.answer = (path) => (path === '/v1/catalog/changes' ? answers.shift() : undefined);
    start(4);
    await until(() => expect(applied).toEqual([5, 6]));
    expect(answers).toEqual([]);
  });

  it('survives a control plane that breaks, dies and comes back', async () => {
    feed.broken = true;
    feed.changes.push(...changesUpTo(1));
    start();
    await until(() => expect(feed.asked.length).toBeGreaterThan(2));
    await feed.close();
    feed.broken = false;
    await feed.listen(port);
    await until(() => expect(applied).toEqual([1]));
  });

  it('stops at once in the middle of a long poll', async () => {
    start();
    await until(() => expect(heads.length).toBeGreaterThan(0));
    const stoppedAtMs = performance.now();
    await followers?.stop();
    expect(performance.now() - stoppedAtMs).toBeLessThan(1_000);
  });
});

describe('the follower of the stock', () => {
  it('takes grants in and says how far it is', async () => {
    feed.grants.push(grant(1), grant(2));
    start();
    await until(() => expect(taken).toEqual(feed.grants));
    await until(() => {
      expect(followers?.stockState()).toMatchObject({ appliedSeq: 2, sourceSeq: 2, lagMs: 0 });
    });
    expect(followers?.stockState().asOf).toBeInstanceOf(Date);
  });

  it('reports changes soon, and again until the control plane has them', async () => {
    start();
    await until(() => expect(feed.asked.length).toBeGreaterThan(1));
    feed.broken = true;
    const report = {
      variantId: 'var_1',
      receivedTotal: 5,
      returnedTotal: 0,
      openingTotal: 0,
      movedInTotal: 0,
      movedOutTotal: 0,
      available: 4,
      reserved: 1,
      committed: 0,
      version: 1,
      generation: 1,
    };
    pending = [report];
    changedListener(['var_1']);
    await until(() => expect(feed.asked.some((line) => line.startsWith('POST'))).toBe(true));
    expect(pending).toEqual([report]);
    feed.broken = false;
    await until(() => expect(feed.reports).toEqual([report]));
    await until(() => expect(pending).toEqual([]));
  });
});
