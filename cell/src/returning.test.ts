import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import type { DivergenceList, PartitionPoint } from '@commerce/contracts/partition-control';
import { statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from 'undici';
import { type CellPair, startCellPair, TARGET } from './testing/cell-pair.ts';

/** A cell that was lost comes back after its standby took over, and finds what has become of it. */

let pair: CellPair;
let variantId: string;
let isolated: { id: string; partition: Partition };
let intact: { id: string; partition: Partition };
/** What the source answered to shoppers after its standby had its last record. */
let lostGroup: string;

const stateOf = statement<{ role: string; epoch: bigint; version: bigint; chain: string }>(
  'test.returning-state',
  'SELECT role, epoch, version, chain FROM partitions WHERE partition = $1',
);
const readState = async (cell: CellPair['source'], partition: Partition) =>
  (await cell.sql.query(stateOf, [partition]))[0];

const setEmail = (id: string, email: string) => ({
  method: 'PUT',
  path: `/v1/carts/${id}/email`,
  body: { email },
});
const checkOut = (id: string) => ({
  method: 'POST',
  path: `/v1/carts/${id}/checkout`,
  body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
  headers: { 'idempotency-key': `buy-${id}` },
});

async function newCart(quantity: number): Promise<{ id: string; partition: Partition }> {
  const id = await pair.source.readyCart([{ variantId, quantity }]);
  return { id, partition: partitionOfId(id) as Partition };
}

/** Where the target's copy of a partition is: what an emergency is cut at. */
async function pointAtTarget(partition: Partition): Promise<PartitionPoint> {
  const state = await readState(pair.target, partition);
  return { partition, epoch: 1, version: String(state?.version), chain: String(state?.chain) };
}

const books = async (cell: CellPair['source']) => {
  const report = (await cell.inventory.pendingReports(100)).find(
    (entry) => entry.variantId === variantId,
  );
  if (report === undefined) throw new Error('nothing is reported');
  return report;
};

beforeAll(async () => {
  pair = await startCellPair();
  variantId = pair.source.products[0].variants[0]?.id ?? '';
  await pair.source.stock(variantId, 100);
  await pair.target.stock(variantId, 100);
  isolated = await newCart(5);
  intact = await newCart(2);
  // Both buy; the standby has both orders. Then the source goes on, and nobody hears of it.
  for (const cart of [isolated, intact]) {
    const bought = await pair.route(pair.source, cart.partition, 1, checkOut(cart.id));
    expect(bought.status).toBe(201);
  }
  await pair.replicate([isolated.partition, intact.partition]);
  let second = await newCart(4);
  while (second.partition !== isolated.partition) {
    const created = await pair.route(pair.source, isolated.partition, 1, {
      method: 'POST',
      path: '/v1/carts',
      body: { currency: 'EUR', country: 'DE' },
    });
    second = { id: created.body.id as string, partition: isolated.partition };
  }
  await makeReady(second.id);
  await pair.replicate([isolated.partition]);
  const late = await pair.route(pair.source, isolated.partition, 1, checkOut(second.id));
  expect(late.status).toBe(201);
  lostGroup = late.body.id as string;
}, 120_000);
afterAll(() => pair.stop());

async function makeReady(cartId: string): Promise<void> {
  const send = (method: string, path: string, body?: unknown) =>
    pair.route(pair.source, isolated.partition, 1, {
      method,
      path: `/v1/carts/${cartId}${path}`,
      ...(body !== undefined && { body }),
    });
  await send('POST', '/lines', { variantId, quantity: 4 });
  await send('PUT', '/email', { email: 'late@example.com' });
  await send('PUT', '/shipping-address', {
    name: 'Ada Lovelace',
    line1: 'Friedrichstr. 1',
    postalCode: '10117',
    city: 'Berlin',
    country: 'DE',
  });
  const shipping = await send('GET', '/shipping-options');
  await send(
    'PUT',
    '/shipping-options',
    (shipping.body as { vendorId: string; options: { id: string }[] }[]).map((vendor) => ({
      vendorId: vendor.vendorId,
      optionId: vendor.options[0]?.id,
    })),
  );
}

test('an emergency makes the standby primary with what it has', async () => {
  const cuts = await Promise.all([isolated, intact].map((cart) => pointAtTarget(cart.partition)));
  await pair.flip(cuts, TARGET, 'emergency');
  const { promoted } = await pair.refresh(pair.target);
  expect(promoted.toSorted()).toEqual([isolated.partition, intact.partition].toSorted());
  const answer = await pair.route(pair.target, intact.partition, 2, {
    method: 'GET',
    path: `/v1/carts/${intact.id}`,
  });
  expect(answer.status).toBe(200);
  // Shoppers go on there before the lost cell is back.
  const cart = await pair.route(pair.target, isolated.partition, 2, {
    method: 'POST',
    path: '/v1/carts',
    body: { currency: 'EUR', country: 'DE' },
  });
  expect(cart.status).toBe(201);
});

test('I1: what the lost cell wrote on is written out with its money, before its copy is made anew', async () => {
  pair.target.startJobs();
  pair.source.startJobs();
  for (const { partition } of [isolated, intact]) {
    await expect
      .poll(() => readState(pair.source, partition), { timeout: 30_000, interval: 100 })
      .toEqual({ ...(await readState(pair.target, partition)), role: 'standby' });
  }
  const answer = await request(`${pair.source.url}/internal/v1/partitions/divergences`, {
    headers: {
      authorization: signServiceCall(new Uint8Array(32).fill(3), {
        caller: 'cellctl',
        audience: pair.source.id,
        clock: pair.clock,
      }),
    },
  });
  const { divergences } = (await answer.body.json()) as DivergenceList;
  expect(divergences).toHaveLength(1);
  const [divergence] = divergences;
  expect(divergence).toMatchObject({
    partition: isolated.partition,
    epoch: 1,
    newPrimary: TARGET,
    newEpoch: 2,
    payments: 1,
  });
  const paid = (await pair.gateway.payments()).filter(
    ({ reference }) => partitionOfId(reference) === isolated.partition,
  );
  expect(paid).toHaveLength(2);
  const lines: { kind: string; orderGroupId?: string; capturedMinor?: string }[] = [];
  for (const file of divergence?.files ?? []) {
    const bytes = await pair.source.blobs.get(file);
    for (const line of (bytes?.toString() ?? '').trim().split('\n')) {
      lines.push(JSON.parse(line) as (typeof lines)[number]);
    }
  }
  expect(lines.filter((line) => line.kind === 'record')).toHaveLength(divergence?.records ?? -1);
  const [payment] = lines.filter((line) => line.kind === 'payment');
  expect(payment?.orderGroupId).toBe(lostGroup);
  expect(divergence?.captured).toEqual({ EUR: payment?.capturedMinor });
  expect(paid.map(({ capturedMinor }) => String(capturedMinor))).toContain(payment?.capturedMinor);
});

test('a lost cell that wrote nothing more follows from where it was', async () => {
  await pair.route(pair.target, intact.partition, 2, setEmail(intact.id, 'late@example.com'));
  const cart = { method: 'POST', path: '/v1/carts', body: { currency: 'EUR', country: 'DE' } };
  expect((await pair.route(pair.target, intact.partition, 2, cart)).status).toBe(201);
  await expect
    .poll(() => readState(pair.source, intact.partition), { timeout: 30_000, interval: 100 })
    .toEqual({ ...(await readState(pair.target, intact.partition)), role: 'standby' });
});

test('I3: the units of orders that nobody else knows are free again, and none is counted twice', async () => {
  const [source, target] = [await books(pair.source), await books(pair.target)];
  expect(source.movedOutTotal).toBe(7);
  expect(target.movedInTotal).toBe(7);
  expect(target).toMatchObject({ committed: 7, available: 100 });
  expect(source).toMatchObject({ committed: 0, reserved: 0, available: 93 });
});
