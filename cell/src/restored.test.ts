import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import type { PartitionStates } from '@commerce/contracts/partition-control';
import { createTestDatabase } from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { statement } from '@commerce/engines/sql/sql';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseMark, Remembered } from './partitions/roles/database-mark.ts';
import { type CellPair, type PairedCell, startCellPair } from './testing/cell-pair.ts';

/** A cell sells on after its backup was taken, is killed, and comes back on that backup. */

let pair: CellPair;
let source: PairedCell;
let variantId: string;
/** What the source keeps beside its database, whatever is done to that. */
let remembered: Remembered | undefined;
const mark: DatabaseMark = {
  read: async () => remembered,
  write: async (next) => {
    remembered = next;
  },
};
const orders: { before: Order; after: Order; elsewhere: Order } = {} as never;
interface Order {
  readonly id: string;
  readonly cartId: string;
  readonly partition: Partition;
}
/** Dropped by the run's own end. */
let backup: { name: string; url: string; drop: () => Promise<void> };

const stateOf = statement<{ role: string; epoch: bigint; version: bigint; chain: string }>(
  'test.restored-state',
  'SELECT role, epoch, version, chain FROM partitions WHERE partition = $1',
);
const groupsOf = statement<{ id: string }>(
  'test.restored-groups',
  'SELECT id FROM order_groups WHERE partition = $1 ORDER BY id',
);
const stateIn = async (cell: PairedCell, partition: Partition) =>
  (await cell.sql.query(stateOf, [partition]))[0];
const groupsIn = async (cell: PairedCell, partition: Partition) =>
  (await cell.sql.query(groupsOf, [partition])).map(({ id }) => id);

/** Buys one unit at the source, in the given partition where one is given. */
async function buy(epoch: number, partition?: Partition): Promise<Order> {
  const cart = await newCart(epoch, partition);
  const answer = await pair.route(source, cart.partition, epoch, {
    method: 'POST',
    path: `/v1/carts/${cart.id}/checkout`,
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    headers: { 'idempotency-key': `buy-${cart.id}` },
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.headers['x-durability']).toBe('full');
  return { id: answer.body.id as string, cartId: cart.id, partition: cart.partition };
}

async function newCart(epoch: number, partition?: Partition): Promise<Omit<Order, 'cartId'>> {
  if (partition === undefined) {
    const id = await source.readyCart([{ variantId, quantity: 1 }]);
    return { id, partition: partitionOfId(id) as Partition };
  }
  const send = async (method: string, path: string, body?: unknown) => {
    const ask = { method, path, ...(body !== undefined && { body }) };
    return (await pair.route(source, partition, epoch, ask)).body;
  };
  const { id } = await send('POST', '/v1/carts', { currency: 'EUR', country: 'DE' });
  await send('POST', `/v1/carts/${id}/lines`, { variantId, quantity: 1 });
  await send('PUT', `/v1/carts/${id}/email`, { email: 'late@example.com' });
  await send('PUT', `/v1/carts/${id}/shipping-address`, {
    name: 'Ada Lovelace',
    line1: 'Friedrichstr. 1',
    postalCode: '10117',
    city: 'Berlin',
    country: 'DE',
  });
  const shipping: { vendorId: string; options: { id: string }[] }[] = await send(
    'GET',
    `/v1/carts/${id}/shipping-options`,
  );
  await send(
    'PUT',
    `/v1/carts/${id}/shipping-options`,
    shipping.map(({ vendorId, options }) => ({ vendorId, optionId: options[0]?.id })),
  );
  return { id, partition };
}

async function statesOf(cell: PairedCell): Promise<PartitionStates> {
  const answer = await request(`${cell.url}/internal/v1/partitions?role=primary`, {
    headers: {
      authorization: signServiceCall(new Uint8Array(32).fill(3), {
        caller: 'cellctl',
        audience: cell.id,
        clock: pair.clock,
      }),
    },
  });
  return (await answer.body.json()) as PartitionStates;
}

const newCartAt = (epoch: number, partition: Partition) =>
  pair.route(source, partition, epoch, {
    method: 'POST',
    path: '/v1/carts',
    body: { currency: 'EUR', country: 'DE' },
  });

const isAdmitted = { timeout: 30_000, interval: 50 };

beforeAll(async () => {
  pair = await startCellPair();
  ({ source } = pair);
  variantId = source.products[0].variants[0]?.id ?? '';
  await source.stock(variantId, 100);
  pair.target.startJobs();
  source.startJobs();
}, 120_000);
afterAll(async () => {
  await pair.stop();
  await backup.drop();
});

test('a cell that starts again is admitted by what its standby has, at its old epoch', async () => {
  orders.before = await buy(1);
  const { databaseUrl } = source;
  await source.shutDown();
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  backup = await createTestDatabase({ template: name });
  source = await pair.startAgain(source, { databaseUrl, mark });
  expect((await newCartAt(1, orders.before.partition)).body.code).toBe('quarantined');
  source.startJobs();
  await expect.poll(() => source.ownership.isConfirmed(), isAdmitted).toBe(true);
  expect(await stateIn(source, orders.before.partition)).toMatchObject({
    role: 'primary',
    epoch: 1n,
  });
  expect((await statesOf(source)).quarantine).toBeNull();
  await expect.poll(() => remembered?.beats ?? 0n, isAdmitted).toBeGreaterThan(0n);
  orders.after = await buy(1, orders.before.partition);
  orders.elsewhere = await buy(1);
}, 90_000);

test('one whose database was restored writes nothing while its standby is away', async () => {
  await source.shutDown();
  const { target } = pair;
  await target.shutDown();
  source = await pair.startAgain(source, { databaseUrl: backup.url, mark });
  source.startJobs();
  await expect
    .poll(async () => (await statesOf(source)).quarantine, isAdmitted)
    .toMatchObject({
      reason: `its standby ${target.id} does not answer`,
      cause: expect.stringContaining('signs of life behind'),
    });
  const answer = await newCartAt(1, orders.before.partition);
  expect(answer).toMatchObject({ status: 503, body: { code: 'quarantined' } });
  const old = await pair.route(source, orders.before.partition, 1, {
    method: 'GET',
    path: `/v1/carts/${orders.before.cartId}`,
  });
  expect(old.status).toBe(200);
  await expect(
    source.unitOfWork.run(orders.before.partition, 'test', async () => undefined),
  ).rejects.toMatchObject({ code: 'quarantined' });
}, 90_000);

test('I1: catches up with its standby and goes on at a new epoch, with every order once', async () => {
  const before = await stateIn(source, orders.before.partition);
  const again = await pair.startAgain(pair.target, { databaseUrl: pair.target.databaseUrl });
  again.startJobs();
  const there = await stateIn(again, orders.before.partition);
  expect(there?.version).toBeGreaterThan(before?.version ?? 0n);
  await expect.poll(() => source.ownership.isConfirmed(), isAdmitted).toBe(true);
  for (const order of [orders.after, orders.elsewhere]) {
    const { partition } = order;
    const [here, copy] = [await stateIn(source, partition), await stateIn(again, partition)];
    expect(here).toMatchObject({ role: 'primary', epoch: 2n });
    expect(here).toMatchObject({ version: copy?.version, chain: copy?.chain });
    expect(await groupsIn(source, partition)).toEqual(await groupsIn(again, partition));
  }
  expect(await groupsIn(source, orders.before.partition)).toEqual(
    expect.arrayContaining([orders.before.id, orders.after.id]),
  );
  const { incarnation, quarantine } = await statesOf(source);
  expect(quarantine).toBeNull();
  expect(remembered?.incarnation).toBe(incarnation);
  expect((await pair.directory.readCell(source.id))?.cell.incarnation).toBe(incarnation);
}, 90_000);

test('I3: begins its books with what its partitions hold, and sells what it is granted from there on', async () => {
  const [report] = (await source.inventory.pendingReports(100)).filter(
    (entry) => entry.variantId === variantId,
  );
  expect(report).toMatchObject({ available: 0, openingTotal: 3, committed: 3, reserved: 0 });
  expect(report?.movedInTotal).toBe(0);
  const { generation = 0 } = report ?? {};
  expect(generation).toBeGreaterThan(1);
  await source.inventory.applyGrants(
    [{ variantId, grantedTotal: 10, recalledTotal: 0, generation, seq: 1 }],
    1,
  );
  const next = await buy(2, orders.after.partition);
  expect(await groupsIn(source, next.partition)).toContain(next.id);
}, 90_000);
