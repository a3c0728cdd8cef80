import { orderStateChanged, paymentStateChanged } from '@commerce/contracts/events';
import { newGlobalId, newPartitionId } from '@commerce/contracts/ids';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { createManualClock } from '@commerce/service/clock';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEventRelay } from '../partitions/event-relay.ts';
import {
  CELL,
  OTHER_CELL,
  partition,
  REALM,
  startPartitions,
  type TestPartitions,
} from '../partitions/partitions.fixture.ts';
import { registerEventFeed } from './event-feed-routes.ts';

const KEY = new Uint8Array(32).fill(5);
const clock = createManualClock(1_800_000_000_000);
const SOME = partition(1);

let cell: TestPartitions;
let app: HttpApp;
beforeAll(async () => {
  cell = await startPartitions();
  app = await buildHttpApp({
    title: 'test',
    description: 'test',
    log: createLogger('test', 'silent'),
    readiness: {},
    metrics: () => '',
  });
  const relay = createEventRelay({ sql: cell.sql, cell: CELL, realm: REALM });
  registerEventFeed(app, { relay, cell: CELL, serviceKey: KEY, clock });
  const at = '2026-01-01T00:00:00.000Z';
  await cell.unitOfWork.run(SOME, 'test', async (work) => {
    const orderId = newPartitionId('ord', SOME);
    const vendorId = newGlobalId('ven');
    work.emit(orderStateChanged, 'order', { orderId, vendorId, from: 'placed', to: 'paid', at });
    work.emit(paymentStateChanged, 'payment', {
      paymentId: newPartitionId('pay', SOME),
      orderGroupId: newPartitionId('grp', SOME),
      from: 'authorized',
      to: 'captured',
      amountMinor: 100,
      currency: 'EUR',
      at,
    });
  });
});
afterAll(async () => {
  await app.close();
  await cell.stop();
});

const tokenOf = (caller: string, audience: string = CELL) =>
  signServiceCall(KEY, { caller, audience, clock });
const pull = (body: object, authorization: string | undefined = tokenOf('control-plane')) =>
  app.inject({
    method: 'POST',
    url: '/internal/v1/events/pull',
    headers: { ...(authorization !== '' && { authorization }) },
    payload: { consumer: 'control-plane', streams: ['order'], ack: null, ...body },
  });

it('gives a service the events of streams that may leave, and takes its acknowledgement', async () => {
  const batch = (await pull({})).json() as { events: { subject: string }[]; ack: string };
  expect(batch.events.map((event) => event.subject)).toEqual(['order']);
  expect(batch).toMatchObject({ more: false });
  expect((await pull({ ack: batch.ack })).json()).toEqual({ events: [], ack: null, more: false });
});

it.each(['payment', 'user', 'audit', 'analytics', 'nothing-of-ours'])(
  'lets the stream "%s" out to nobody, nor beside another (I5)',
  async (stream) => {
    for (const streams of [[stream], ['order', stream]]) {
      const answer = await pull({ streams });
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'forbidden', field: 'streams' });
      expect(answer.body).not.toContain('"events"');
    }
  },
);

it('is closed to strangers, to tokens for another cell, and to who pulls as somebody else', async () => {
  expect((await pull({}, '')).json()).toMatchObject({ code: 'unauthenticated', status: 401 });
  expect((await pull({}, tokenOf('control-plane', OTHER_CELL))).statusCode).toBe(401);
  const disguised = await pull({}, tokenOf('reports'));
  expect(disguised.json()).toMatchObject({ code: 'forbidden', field: 'consumer' });
});

it.each([
  [{ consumer: 'Control Plane' }, 'consumer'],
  [{ streams: [] }, 'streams'],
  [{ limit: 0 }, 'limit'],
  [{ limit: 1_001 }, 'limit'],
  [{ waitMs: 60_000 }, 'waitMs'],
  [{ ack: 'not ours' }, 'ack'],
  [{ cursor: 1 }, 'cursor'],
])('refuses %j by the name of the field', async (body, field) => {
  const answer = await pull(body);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'invalid-request', field });
});
