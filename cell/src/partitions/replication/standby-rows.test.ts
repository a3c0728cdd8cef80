import { randomUUID } from 'node:crypto';
import { type Partition, partitionOfId, type Realm } from '@commerce/contracts/ids';
import type { DigestAnswer } from '@commerce/contracts/partition-control';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CellPair, type PairedCell, startCellPair } from '../../testing/cell-pair.ts';
import { createEventRelay } from '../event-relay.ts';

/**
 * Rows of a copy are in the same tables as the cell's own, and nothing there takes notice of them: no
 * job, no feed, no report. Two whole cells, one of which holds copies of everything.
 */

const REALM = 'eu' as Realm;
const DAY_MS = 24 * 3_600_000;
const soon = { timeout: 30_000, interval: 50 } as const;
const newEmail = (): string => `${randomUUID()}@shop.example`;

let pair: CellPair;
let variantId: string;
const touched = new Set<Partition>();

async function checkOut(token: string) {
  const cartId = await pair.source.readyCart([{ variantId, quantity: 2 }]);
  touched.add(partitionOfId(cartId) as Partition);
  return pair.source.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token } },
    key: randomUUID(),
  });
}

const digestsOf = async (cell: PairedCell) =>
  (await pair.call<DigestAnswer>(cell, 'partitions/digest', { partitions: [...touched] })).digests;
/** How jobs find what is due. */
const LISTS = [
  'orders.list-due',
  'order-changes.list-due',
  'fulfilment.list-due',
  'retention.list-expired',
  'retention.list-trimmable',
  'identity.list-ended-sessions',
  'identity.list-pending-claims',
] as const;
const findOrder = statement<{ id: string }>(
  'test.find-order',
  'SELECT id FROM orders WHERE id = $1',
);

beforeAll(async () => {
  pair = await startCellPair();
  variantId = pair.source.products[0].variants[0]?.id ?? '';
  await pair.source.stock(variantId, 1_000);
  const signedUp = await pair.source.send('POST', '/v1/customers', {
    body: { email: newEmail(), password: 'correct horse battery' },
    key: randomUUID(),
  });
  expect(signedUp.status).toBe(201);
  touched.add(partitionOfId(signedUp.body.customer.id) as Partition);
  for (const token of ['tok_visa', 'tok_declined', 'tok_3ds', 'tok_visa']) await checkOut(token);
}, 60_000);
afterAll(() => pair.stop());

/** Runs of a statement so far. */
const runsOf = (cell: PairedCell, name: string): number =>
  cell.sql.statistics().get(name)?.count ?? 0;

describe('a cell that holds copies of everything', () => {
  it('does nothing with their rows, though every job has run and all of it is long due', async () => {
    await pair.replicate([...touched]);
    const before = await digestsOf(pair.target);
    expect(before).toEqual(await digestsOf(pair.source));
    pair.clock.advance(60 * DAY_MS);
    pair.target.startJobs();
    for (const name of LISTS) {
      await expect.poll(() => runsOf(pair.target, name), soon).toBeGreaterThan(0);
    }
    // Time enough for what a list had named to be done as well: the next write would come after it.
    await pair.target.stock(variantId, 1);
    expect(await digestsOf(pair.target)).toEqual(before);
  });

  it('tells nobody of them', async () => {
    const relay = createEventRelay({ sql: pair.target.sql, cell: pair.target.id, realm: REALM });
    const pull = { consumer: 'control-plane', streams: ['order', 'inventory'] as const };
    const batch = await relay.pull({ ...pull, limit: 100, waitMs: 0, ack: null });
    expect(batch.events).toEqual([]);
    const reports = await pair.target.inventory.pendingReports(100);
    expect(reports.map(({ reserved, committed }) => [reserved, committed])).toEqual([[0, 0]]);
  });

  it('I1: has an order before its shopper hears of it', async () => {
    await expect
      .poll(async () => (await checkOut('tok_visa')).headers['x-durability'], soon)
      .toBe('full');
    const answer = await checkOut('tok_visa');
    expect(answer).toMatchObject({ status: 201, headers: { 'x-durability': 'full' } });
    for (const order of answer.body.orders as { id: string }[]) {
      expect(await pair.target.sql.query(findOrder, [order.id])).toHaveLength(1);
    }
  });
});
