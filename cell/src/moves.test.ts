import { newPartitionId, type Partition, partitionOfId } from '@commerce/contracts/ids';
import { statement } from '@commerce/engines/sql/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLAN, type CellPair, SOURCE, startCellPair, TARGET } from './testing/cell-pair.ts';

/** Partitions that move between two whole cells while shoppers use them. */

let pair: CellPair;
let variantId: string;
/** Called before each action of a checkout at the source. */
let observe: (step: string) => void | Promise<void> = () => undefined;

beforeAll(async () => {
  pair = await startCellPair({ observeCheckout: (step) => observe(step) });
  variantId = pair.source.products[0].variants[0]?.id ?? '';
  await pair.source.stock(variantId, 1_000);
  await pair.target.stock(variantId, 1_000);
});
afterAll(() => pair.stop());

const stateOf = statement<{ role: string; epoch: bigint; version: bigint; chain: string }>(
  'test.moves-state',
  'SELECT role, epoch, version, chain FROM partitions WHERE partition = $1',
);
const readState = async (cell: CellPair['source'], partition: Partition) =>
  (await cell.sql.query(stateOf, [partition]))[0];

/** A cart at the source that is ready to be checked out, and its partition. */
async function newCart(quantity = 1): Promise<{ id: string; partition: Partition }> {
  const id = await pair.source.readyCart([{ variantId, quantity }]);
  return { id, partition: partitionOfId(id) as Partition };
}

const readCart = (id: string) => ({ method: 'GET', path: `/v1/carts/${id}` });
const setEmail = (id: string, email: string) => ({
  method: 'PUT',
  path: `/v1/carts/${id}/email`,
  body: { email },
});
const checkOut = (id: string, key: string, token = 'tok_visa') => ({
  method: 'POST',
  path: `/v1/carts/${id}/checkout`,
  body: { payment: { gateway: 'sandbox', token } },
  headers: { 'idempotency-key': key },
});

describe('a planned move', () => {
  test('gives the partition and all that is in it to the new primary', async () => {
    const { id, partition } = await newCart();
    await pair.move([partition]);
    const before = await readState(pair.source, partition);
    expect(before).toMatchObject({ role: 'standby', epoch: 2n });
    expect(await readState(pair.target, partition)).toEqual({ ...before, role: 'primary' });
    const answer = await pair.route(pair.target, partition, 2, setEmail(id, 'new@example.com'));
    expect(answer).toMatchObject({ status: 200, body: { email: 'new@example.com' } });
    expect(answer.headers['x-partition-position']).toMatch(/^2\./);
  });

  test('lets a router that has not heard of it go on: the old primary hands its requests on', async () => {
    const { id, partition } = await newCart();
    await pair.move([partition]);
    const read = await pair.route(pair.source, partition, 1, readCart(id));
    expect(read).toMatchObject({ status: 200, body: { id } });
    expect(read.headers['x-cell']).toBe(TARGET);
    expect(read.headers['x-cell-epoch']).toBe('2');
    const body = { variantId, quantity: 3 };
    const path = `/v1/carts/${id}/lines`;
    const key = { 'idempotency-key': 'line-1' };
    const write = { method: 'POST', path, body, headers: key };
    const first = await pair.route(pair.source, partition, 1, write);
    expect(first.status).toBe(200);
    expect(first.headers['x-partition-position']).toMatch(/^2\./);
    const again = await pair.route(pair.source, partition, 1, write);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('tells a router that is late by more than a minute where the partition is', async () => {
    const { id, partition } = await newCart();
    await pair.move([partition]);
    expect((await pair.route(pair.source, partition, 1, readCart(id))).status).toBe(200);
    pair.clock.advance(61_000);
    expect(await pair.route(pair.source, partition, 1, readCart(id))).toMatchObject({
      status: 421,
      body: { code: 'misdirected', partition, epoch: 2, primary: TARGET },
    });
    // Who came without a router can't look it up.
    const direct = await fetch(`${pair.source.url}/v1/carts/${id}`);
    expect(direct.status).toBe(200);
    expect(direct.headers.get('x-cell')).toBe(TARGET);
  });

  test('goes back the same way, with what was written meanwhile', async () => {
    const { id, partition } = await newCart();
    await pair.move([partition]);
    await pair.route(pair.target, partition, 2, setEmail(id, 'there@example.com'));
    await pair.move([partition], pair.target, pair.source);
    const answer = await pair.route(pair.source, partition, 3, readCart(id));
    expect(answer).toMatchObject({ status: 200, body: { email: 'there@example.com' } });
    expect(answer.headers['x-cell']).toBe(SOURCE);
    expect(await readState(pair.target, partition)).toMatchObject({ role: 'standby', epoch: 3n });
  });
});

describe('a fence', () => {
  test('gives the same cuts however often it is asked, and refuses another plan', async () => {
    const { partition } = await newCart();
    const first = await pair.fence(pair.source, [partition]);
    expect(first).toMatchObject({ cuts: [{ partition, epoch: 1 }], refused: [] });
    expect(await pair.fence(pair.source, [partition])).toEqual(first);
    expect(await pair.fence(pair.source, [partition], 'evac_other')).toEqual({
      cuts: [],
      refused: [{ partition, reason: `the plan ${PLAN} has fenced it` }],
    });
  });

  test('is set for no cell but those of the jurisdiction', async () => {
    const { partition } = await newCart();
    const call = (target: string) =>
      pair.call(pair.source, 'partitions/fence', { plan: PLAN, target, partitions: [partition] });
    await expect(call('us-east-1')).rejects.toThrow(/422.*"target"/);
    await expect(call(SOURCE)).rejects.toThrow(/422.*"target"/);
    expect(await readState(pair.source, partition)).toMatchObject({ role: 'primary' });
  });

  test('holds requests until the new primary answers them, and those of no other partition', async () => {
    const [moving, other] = [await newCart(), await newCart()];
    const { cuts } = await pair.fence(pair.source, [moving.partition]);
    const answered: string[] = [];
    const waiting = Promise.all(
      [readCart(moving.id), setEmail(moving.id, 'held@example.com')].map(async (request) => {
        const answer = await pair.route(pair.source, moving.partition, 1, request);
        answered.push('moving');
        return answer;
      }),
    );
    await expect.poll(() => waitingAt(pair.source)).toBe(2);
    const free = await pair.route(pair.source, other.partition, 1, readCart(other.id));
    expect(free.status).toBe(200);
    expect(answered).toEqual([]);
    await pair.replicate([moving.partition]);
    await pair.awaitCuts(pair.target, cuts);
    await pair.flip(cuts, TARGET);
    await pair.refresh(pair.target);
    await pair.refresh(pair.source);
    for (const answer of await waiting) {
      expect(answer.status).toBe(200);
      expect(answer.headers['x-cell']).toBe(TARGET);
    }
  });

  test('lets requests go on here where the directory burns an epoch for it', async () => {
    const { id, partition } = await newCart();
    const { cuts } = await pair.fence(pair.source, [partition]);
    const refused = await pair.call(pair.source, 'partitions/release', {
      plan: PLAN,
      partitions: [partition],
    });
    expect(refused).toMatchObject({ promoted: [], waiting: [{ partition }] });
    expect(await readState(pair.source, partition)).toMatchObject({ role: 'fenced' });
    const waiting = pair.route(pair.source, partition, 1, setEmail(id, 'kept@example.com'));
    await expect.poll(() => waitingAt(pair.source)).toBe(1);
    await pair.flip(cuts, SOURCE);
    await pair.call(pair.source, 'partitions/release', { plan: PLAN, partitions: [partition] });
    const answer = await waiting;
    expect(answer).toMatchObject({ status: 200, body: { email: 'kept@example.com' } });
    expect(answer.headers['x-cell']).toBe(SOURCE);
    expect(answer.headers['x-partition-position']).toMatch(/^2\./);
  });

  test('keeps a request for two seconds at most', async () => {
    const { id, partition } = await newCart();
    await pair.fence(pair.source, [partition]);
    const startedAtMs = performance.now();
    const answer = await pair.route(pair.source, partition, 1, readCart(id));
    expect(answer).toMatchObject({ status: 421, body: { partition, epoch: 1, primary: SOURCE } });
    const waitedMs = performance.now() - startedAtMs;
    expect(waitedMs).toBeGreaterThan(1_900);
    expect(waitedMs).toBeLessThan(4_000);
  });
});

describe('a new primary', () => {
  test('takes over by itself where a request comes before the news of the directory', async () => {
    const { id, partition } = await newCart();
    const { cuts } = await pair.fence(pair.source, [partition]);
    await pair.replicate([partition]);
    await pair.flip(cuts, TARGET);
    const answer = await pair.route(pair.target, partition, 2, setEmail(id, 'early@example.com'));
    expect(answer).toMatchObject({ status: 200, body: { email: 'early@example.com' } });
    expect(await readState(pair.target, partition)).toMatchObject({ role: 'primary', epoch: 2n });
  });

  test('is none before it has the whole history', async () => {
    const { id, partition } = await newCart();
    await pair.replicate([partition]);
    await pair.route(pair.source, partition, 1, setEmail(id, 'last@example.com'));
    const { cuts } = await pair.fence(pair.source, [partition]);
    expect((await pair.awaitCuts(pair.target, cuts)).behind).toMatchObject([{ partition }]);
    await pair.flip(cuts, TARGET);
    const early = await pair.refresh(pair.target);
    expect(early.waiting).toMatchObject([{ partition }]);
    expect(early.waiting[0]?.reason).toMatch(/the cut is at/);
    await pair.replicate([partition]);
    expect((await pair.refresh(pair.target)).promoted).toEqual([partition]);
    const answer = await pair.route(pair.target, partition, 2, readCart(id));
    expect(answer.body).toMatchObject({ email: 'last@example.com' });
  });

  test('is none with another history', async () => {
    const { partition } = await newCart();
    await pair.replicate([partition]);
    await pair.target.sql.execute(
      `UPDATE partitions SET chain = repeat('a', 64) WHERE partition = '${partition}'`,
    );
    const { cuts } = await pair.fence(pair.source, [partition]);
    expect((await pair.awaitCuts(pair.target, cuts)).diverged).toMatchObject([{ partition }]);
    await pair.flip(cuts, TARGET);
    const { waiting } = await pair.refresh(pair.target);
    expect(waiting).toMatchObject([{ partition }]);
    expect(waiting[0]?.reason).toMatch(/differs from the cut/);
    expect(await readState(pair.target, partition)).toMatchObject({ role: 'standby' });
  });
});

describe('a checkout that is under way when its partition is fenced', () => {
  test.each(['authorize-payment', 'place-orders', 'capture-payment'])(
    'before %s goes on in the new primary, and is paid once (I1, I2)',
    async (stopAt) => {
      const { id, partition } = await newCart(2);
      const reached = Promise.withResolvers<undefined>();
      const moved = Promise.withResolvers<undefined>();
      observe = async (step) => {
        if (step !== stopAt) return;
        reached.resolve(undefined);
        await moved.promise;
      };
      const key = `moving-${stopAt}`;
      const buying = pair.route(pair.source, partition, 1, checkOut(id, key));
      await reached.promise;
      observe = () => undefined;
      await pair.move([partition]);
      moved.resolve(undefined);
      const answer = await buying;
      expect(answer.status).toBe(201);
      expect(answer.headers['x-cell']).toBe(TARGET);
      const { payment } = answer.body;
      expect(payment).toMatchObject({ state: 'captured', capturedMinor: answer.body.totalMinor });
      const again = await pair.route(pair.target, partition, 2, checkOut(id, key));
      expect(again.body).toEqual(answer.body);
      const paid = (await pair.gateway.payments()).filter(
        ({ reference }) => partitionOfId(reference) === partition,
      );
      expect(paid).toHaveLength(1);
      expect(paid[0]?.capturedMinor).toBe(answer.body.totalMinor);
    },
  );

  test('is found by the webhook of its gateway, whichever cell that comes to', async () => {
    const { id, partition } = await newCart();
    const begun = await pair.route(pair.source, partition, 1, checkOut(id, 'chal', 'tok_3ds'));
    expect(begun.status).toBe(202);
    await pair.move([partition]);
    const attempt = newPartitionId('att', partition);
    const stray = await fetch(`${pair.source.url}/v1/webhooks/sandbox/${attempt}`, {
      method: 'POST',
      body: '{}',
    });
    // The signature is wrong, which only the cell that has the attempt comes to say.
    expect(stray.headers.get('x-cell')).toBe(TARGET);
    expect(stray.status).toBe(401);
  });
});

describe('the units that a partition holds (I3)', () => {
  const books = async (cell: CellPair['source']) => {
    const [report] = (await cell.inventory.pendingReports(100)).filter(
      (entry) => entry.variantId === variantId,
    );
    if (report === undefined) throw new Error('nothing is reported');
    return report;
  };
  const balance = (report: Awaited<ReturnType<typeof books>>): number =>
    report.receivedTotal +
    report.movedInTotal -
    report.returnedTotal -
    report.movedOutTotal -
    report.available -
    report.reserved -
    report.committed;

  test('are counted out of one cell and into the other, once', async () => {
    const { id, partition } = await newCart(7);
    const bought = await pair.route(pair.source, partition, 1, checkOut(id, 'units'));
    expect(bought.status).toBe(201);
    const [from, to] = [await books(pair.source), await books(pair.target)];
    const { cuts } = await pair.fence(pair.source, [partition]);
    expect(await books(pair.source)).toMatchObject({ committed: from.committed });
    await pair.replicate([partition]);
    await pair.flip(cuts, TARGET);
    for (const cell of [pair.target, pair.target, pair.source, pair.source]) {
      await pair.refresh(cell);
    }
    const [left, gained] = [await books(pair.source), await books(pair.target)];
    expect(left.movedOutTotal - from.movedOutTotal).toBe(7);
    expect(left.committed).toBe(from.committed - 7);
    expect(gained.movedInTotal - to.movedInTotal).toBe(7);
    expect(gained.committed).toBe(to.committed + 7);
    for (const report of [from, to, left, gained]) expect(balance(report)).toBe(0);
  });
});

async function waitingAt(cell: CellPair['source']): Promise<number> {
  const text = await (await fetch(`${cell.url}/metrics`)).text();
  return Number(/requests_of_moved_partitions\{outcome="waiting"\} (\d+)/.exec(text)?.[1]);
}
