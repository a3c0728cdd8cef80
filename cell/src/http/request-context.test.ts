import { HEADERS } from '@commerce/contracts/headers';
import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { signRouted } from '@commerce/contracts/routed-auth';
import { createManualClock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ownership } from '../partitions/ownership.ts';
import {
  CELL,
  OTHER_CELL,
  partition,
  placements,
  readState,
  startPartitions,
  type TestPartitions,
} from '../partitions/partitions.fixture.ts';
import { refuseByRoutersStatus } from './refusal-status.ts';
import { createRequestContext } from './request-context.ts';

const KEY = new Uint8Array(32).fill(1);
const clock = createManualClock(1_800_000_000_000);
const [mine, standby] = [partition(0), partition(1)];

const TABLE = placements(1, { 1: { primary: OTHER_CELL, standby: CELL, epoch: 3 } });

let cell: TestPartitions;
let ownership: Ownership;
let app: HttpApp;
beforeAll(async () => {
  cell = await startPartitions(TABLE);
});
beforeEach(async () => {
  // Each test begins with the partitions as the directory has them.
  await cell.sql.execute(`UPDATE partitions SET role = 'primary', epoch = 1;
    UPDATE partitions SET role = 'standby', epoch = 3 WHERE partition = '${standby}'`);
  ownership = await cell.restart();
  await ownership.confirm(TABLE);
  app = await serve(ownership);
});
afterEach(() => app.close());
afterAll(() => cell.stop());

/** An app whose routes tell what the context makes of a request. */
async function serve(placed: Ownership): Promise<HttpApp> {
  const context = createRequestContext({
    cell: CELL,
    ownership: placed,
    routedAuthKey: KEY,
    clock,
  });
  const built = await buildHttpApp({
    title: 'test',
    description: 'test',
    log: createLogger('test', 'silent'),
    readiness: {},
    metrics: () => '',
    decorateReply: context.onRequest,
  });
  refuseByRoutersStatus(built);
  built.post('/carts', (request, reply) => {
    const answer = {
      status: 201,
      body: {
        partition: context.partitionForNew(request),
        routed: context.routedPartition(request) ?? null,
        key: context.idempotencyOf(request)?.keyHash ?? null,
        country: context.countryOf(request) ?? null,
      },
      replayed: request.headers['x-test-replayed'] !== undefined,
    };
    return context.sendAnswer(
      reply,
      answer,
      answer.replayed ? undefined : { epoch: 1n, version: 7n },
    );
  });
  const params = (request: { params: unknown }) => (request.params as { id: string }).id;
  built.get('/carts/:id', (request) => ({
    partition: context.readablePartition('cart', params(request)),
  }));
  built.put('/carts/:id', (request) => ({
    partition: context.writablePartition('cart', params(request)),
  }));
  return built;
}

type Headers = Record<string, string>;
/** Headers as a router of the fleet sends them. */
function routed(name: Partition, epoch: number, key = KEY, to = CELL, lifetimeS = 60): Headers {
  const expiresAtS = Math.floor(clock.nowMs() / 1000) + lifetimeS;
  return {
    [HEADERS.routedPartition]: name,
    [HEADERS.routedEpoch]: String(epoch),
    [HEADERS.routedAuth]: signRouted({ cell: to, partition: name, epoch, expiresAtS }, key),
  };
}
const post = (headers: Headers = {}) => app.inject({ method: 'POST', url: '/carts', headers });
const get = (id: string, headers: Headers = {}) => app.inject({ url: `/carts/${id}`, headers });
const put = (id: string) => app.inject({ method: 'PUT', url: `/carts/${id}` });

describe('a request that a router sent', () => {
  it('is for the partition of the router, and says who answers at which epoch', async () => {
    const answer = await post(routed(mine, 1));
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ partition: mine, routed: mine });
    expect(answer.headers).toMatchObject({ 'x-cell': CELL, 'x-cell-epoch': '1' });
  });

  it('is refused with the epoch that is known here where another cell is primary', async () => {
    const answer = await post(routed(standby, 3));
    expect(answer.statusCode).toBe(421);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'misdirected', partition: standby, epoch: 3 });
    expect((await get(newPartitionId('cart', standby))).statusCode).toBe(421);
    expect((await put(newPartitionId('cart', standby))).statusCode).toBe(421);
  });

  it('is refused by the status that its proxy sends again, where the router asks for it', async () => {
    const answer = await post({ ...routed(standby, 3), [HEADERS.routedRefusal]: '425' });
    expect(answer.statusCode).toBe(425);
    expect(answer.json()).toMatchObject({ code: 'misdirected', status: 421, epoch: 3 });
    // A stranger decides nothing.
    const strangers = await get(newPartitionId('cart', standby), {
      [HEADERS.routedRefusal]: '425',
    });
    expect(strangers.statusCode).toBe(421);
  });

  it('fences the partition at once where its epoch is higher', async () => {
    const answer = await post(routed(mine, 2));
    expect(answer.statusCode).toBe(421);
    expect(answer.json()).toMatchObject({ code: 'misdirected', epoch: 1 });
    expect((await get(newPartitionId('cart', mine))).statusCode).toBe(421);
    await expect
      .poll(async () => (await readState(cell.sql, mine)).role, { timeout: 5_000 })
      .toBe('fenced');
    expect(ownership.counts().fenced).toBe(1);
  });

  it('is served where its epoch is lower: the router has not heard of the move here', async () => {
    await cell.sql.execute(`UPDATE partitions SET epoch = 5 WHERE partition = '${mine}'`);
    await ownership.load();
    const answer = await post(routed(mine, 4));
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['x-cell-epoch']).toBe('5');
  });

  it('is believed until its proof expires', async () => {
    const headers = routed(mine, 1);
    expect((await post(headers)).json()).toMatchObject({ routed: mine });
    clock.advance(59_000);
    expect((await post(headers)).json()).toMatchObject({ routed: mine });
    clock.advance(3_000);
    expect((await post(headers)).json()).toMatchObject({ routed: null });
  });
});

describe('a proof that is not right', () => {
  const forged: readonly (readonly [string, () => Headers])[] = [
    ['is under another key', () => routed(mine, 9, new Uint8Array(32).fill(9))],
    ['is for another cell', () => routed(mine, 9, KEY, OTHER_CELL)],
    ['has expired', () => routed(mine, 9, KEY, CELL, -1)],
    ['is valid for longer than any router makes it', () => routed(mine, 9, KEY, CELL, 3_600)],
    ['is missing', () => ({ ...routed(mine, 9), [HEADERS.routedAuth]: '' })],
    ['is for a lower epoch', () => ({ ...routed(mine, 1), [HEADERS.routedEpoch]: '9' })],
    [
      'is for another partition',
      () => ({ ...routed(standby, 9), [HEADERS.routedPartition]: mine }),
    ],
    ['has no epoch', () => ({ ...routed(mine, 9), [HEADERS.routedEpoch]: 'nine' })],
    ['names no partition', () => ({ ...routed(mine, 9), [HEADERS.routedPartition]: 'eu-zzz' })],
  ];

  it.each(forged)('fences nothing and routes nothing where it %s', async (_name, headers) => {
    const answer = await post(headers());
    expect(answer.json()).toMatchObject({ routed: null });
    expect(answer.headers['x-cell']).toBe(CELL);
    expect(ownership.counts()).toMatchObject({ fenced: 0, primary: 1_023 });
    expect((await readState(cell.sql, mine)).role).toBe('primary');
  });
});

describe('a request without a router', () => {
  it('gets a partition that this cell is primary for, the same one for the same key', async () => {
    const chosen = new Set<string>();
    for (let index = 0; index < 30; index += 1) {
      const headers = { [HEADERS.idempotencyKey]: `key-${index}` };
      const first = (await post(headers)).json() as { partition: Partition; key: string };
      expect((await post(headers)).json()).toMatchObject(first);
      expect(ownership.of(first.partition)?.role).toBe('primary');
      chosen.add(first.partition);
    }
    expect(chosen.size).toBeGreaterThan(20);
  });

  it('is told that no cell can take it where this one is primary for nothing', async () => {
    await cell.sql.execute(`UPDATE partitions SET role = 'standby'`);
    await ownership.load();
    const answer = await post();
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'no-cell' });
    expect(answer.headers['retry-after']).toBe('2');
  });
});

describe('a cell whose placement is not confirmed yet', () => {
  it('serves reads, and says of writes that it is quarantined', async () => {
    await app.close();
    app = await serve(await cell.restart());
    const id = newPartitionId('cart', mine);
    expect((await get(id)).statusCode).toBe(200);
    for (const answer of [await put(id), await post(), await post(routed(mine, 1))]) {
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'quarantined' });
      expect(answer.headers['retry-after']).toBe('2');
    }
    expect((await get(newPartitionId('cart', standby))).statusCode).toBe(421);
  });
});

describe('what a request says', () => {
  it.each(['cart_nonsense', newPartitionId('ord', partition(0)), '%00', 'x'.repeat(150)])(
    'is refused where %j is no id of a cart',
    async (id) => {
      const answer = await get(id);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'invalid-id', field: 'id' });
      expect(answer.body.length).toBeLessThan(400);
    },
  );

  it('is for another cell where the id is of another realm', async () => {
    expect((await get(newPartitionId('cart', 'us-000' as Partition))).statusCode).toBe(421);
  });

  it.each(['', 'two words', 'é', 'x'.repeat(256)])('is refused with the key %j', async (key) => {
    const answer = await post({ [HEADERS.idempotencyKey]: key });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid-request', field: 'idempotency-key' });
  });

  it('gives the country in two capital letters, or none', async () => {
    const countryFor = async (country: string) =>
      ((await post({ [HEADERS.clientCountry]: country })).json() as { country: unknown }).country;
    expect(await countryFor('DE')).toBe('DE');
    for (const wrong of ['de', 'DEU', 'D', '']) expect(await countryFor(wrong)).toBeNull();
  });

  it('gives no country from a stranger, and the router’s to a cell behind it', async () => {
    const from = (remoteAddress: string, headers: Headers = {}) =>
      app.inject({
        method: 'POST',
        url: '/carts',
        remoteAddress,
        headers: { [HEADERS.clientCountry]: 'FR', ...headers },
      });
    expect((await from('203.0.113.9')).json()).toMatchObject({ country: null });
    expect((await from('203.0.113.9', routed(mine, 1))).json()).toMatchObject({ country: 'FR' });
    expect((await from('::1')).json()).toMatchObject({ country: 'FR' });
  });
});

describe('the answer of a write', () => {
  it('carries the position of its commit, or says that it was kept from before', async () => {
    const fresh = await post();
    expect(fresh.headers[HEADERS.partitionPosition]).toBe('1.7');
    expect(fresh.headers[HEADERS.idempotencyReplayed]).toBeUndefined();
    const kept = await post({ 'x-test-replayed': 'yes' });
    expect(kept.headers[HEADERS.partitionPosition]).toBeUndefined();
    expect(kept.headers[HEADERS.idempotencyReplayed]).toBe('true');
  });
});
