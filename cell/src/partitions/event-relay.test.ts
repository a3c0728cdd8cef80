import { orderStateChanged, paymentStateChanged } from '@commerce/contracts/events';
import { newGlobalId, newPartitionId, type Partition } from '@commerce/contracts/ids';
import { openTcpGate } from '@commerce/engines/network/tcp-gate';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { statement } from '@commerce/engines/sql/sql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventRelay, type EventRelay } from './event-relay.ts';
import {
  CELL,
  partition,
  REALM,
  setRole,
  startPartitions,
  type TestPartitions,
  writeSomething,
} from './partitions.fixture.ts';

let cell: TestPartitions;
let relay: EventRelay;
beforeEach(async () => {
  cell = await startPartitions();
  relay = createEventRelay({ sql: cell.sql, cell: CELL, realm: REALM, gatherMs: 5 });
});
afterEach(async () => {
  relay.close();
  await cell.stop();
});

const [first, second] = [partition(1), partition(2)];
const AT = '2026-01-01T00:00:00.000Z';

/** Commits one record with an event for each subject. */
const publish = (name: Partition, ...subjects: string[]) =>
  cell.unitOfWork.run(name, 'test', async (work) => {
    for (const subject of subjects) {
      const orderId = newPartitionId('ord', name);
      const data = { orderId, vendorId: newGlobalId('ven'), from: 'placed', to: 'paid', at: AT };
      work.emit(orderStateChanged, subject, data);
    }
  });
const publishPayment = (name: Partition) =>
  cell.unitOfWork.run(name, 'test', async (work) =>
    work.emit(paymentStateChanged, 'paid', {
      paymentId: newPartitionId('pay', name),
      orderGroupId: newPartitionId('grp', name),
      from: 'authorized',
      to: 'captured',
      amountMinor: 100,
      currency: 'EUR',
      at: AT,
    }),
  );

type Request = Parameters<EventRelay['pull']>[0];
const pull = (changes: Partial<Request> = {}, from: EventRelay = relay) =>
  from.pull({
    consumer: 'reports',
    streams: ['order'],
    limit: 100,
    waitMs: 0,
    ack: null,
    ...changes,
  });
const subjects = (batch: Awaited<ReturnType<typeof pull>>): string[] =>
  batch.events.map((event) => event.subject);

const cursors = statement<{ partition: string; version: bigint }>(
  'test.cursors',
  'SELECT partition, version FROM feed_cursors WHERE consumer = $1 ORDER BY partition',
);
const cursorsOf = async (consumer = 'reports') =>
  (await cell.sql.query(cursors, [consumer])).map((row) => [row.partition, row.version]);

describe('the event relay', () => {
  it('gives the same batch again until it is acknowledged, then what comes after', async () => {
    await publish(first, 'a');
    await publish(first, 'b');
    const batch = await pull();
    expect(subjects(batch)).toEqual(['a', 'b']);
    expect((await pull()).events).toEqual(batch.events);
    await publish(first, 'c');
    const next = await pull({ ack: batch.ack });
    expect(subjects(next)).toEqual(['c']);
    expect(await pull({ ack: next.ack })).toEqual({ events: [], ack: null, more: false });
  });

  it('never moves back for an acknowledgement that comes late or twice', async () => {
    await publish(first, 'a');
    const early = await pull();
    await publish(first, 'b');
    const late = await pull();
    await pull({ ack: late.ack });
    expect((await pull({ ack: early.ack })).events).toEqual([]);
    expect((await pull({ ack: late.ack })).events).toEqual([]);
    expect(await cursorsOf()).toEqual([[first, 2n]]);
  });

  it('keeps the order of each partition over batches that cut through it', async () => {
    for (let index = 0; index < 10; index += 1) {
      await publish(first, `first-${index}`);
      await publish(second, `second-${index}a`, `second-${index}b`);
    }
    const seen: string[] = [];
    let ack: string | null = null;
    let more = true;
    while (more || ack !== null) {
      const batch = await pull({ limit: 3, ack });
      seen.push(...subjects(batch));
      ({ ack, more } = batch);
    }
    const numbers = Array.from({ length: 10 }, (_, index) => index);
    expect(seen.filter((subject) => subject.startsWith('first'))).toEqual(
      numbers.map((index) => `first-${index}`),
    );
    expect(seen.filter((subject) => subject.startsWith('second'))).toEqual(
      numbers.flatMap((index) => [`second-${index}a`, `second-${index}b`]),
    );
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('says whether there is more, and gives no partition twice the turn of another', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, slot) => publish(partition(slot * 30), 'e')));
    const batch = await pull({ limit: 10 });
    expect(batch.more).toBe(true);
    expect(new Set(batch.events.map((event) => event.partition)).size).toBe(10);
    expect((await pull({ limit: 31 })).more).toBe(false);
  });

  it('passes over records without an event for the consumer, and remembers that', async () => {
    await cell.unitOfWork.run(first, 'test', (work) => writeSomething(work));
    await publishPayment(first);
    expect(await pull()).toEqual({ events: [], ack: null, more: false });
    expect(await cursorsOf()).toEqual([[first, 2n]]);
    expect((await pull({ consumer: 'ledger', streams: ['payment'] })).events).toHaveLength(1);
    await publish(first, 'order');
    expect(subjects(await pull())).toEqual(['order']);
  });

  it('relays no copy that it holds for another cell, until that is its own', async () => {
    await publish(first, 'a');
    await publish(second, 'b');
    for (const role of ['standby', 'fenced', 'absent']) {
      await setRole(cell.sql, second, role);
      expect(subjects(await pull())).toEqual(['a']);
    }
    await setRole(cell.sql, second, 'primary');
    expect(subjects(await pull()).toSorted()).toEqual(['a', 'b']);
  });

  it.each(['!', 'bm8', Buffer.from('[["eu-001",1]]').toString('base64url'), ''])(
    'refuses the token %j',
    async (ack) => {
      await expect(pull({ ack })).rejects.toMatchObject({
        code: 'invalid-request',
        options: { field: 'ack' },
      });
    },
  );
});

describe('a pull that waits', () => {
  it('is answered by a commit, not by the end of its wait', async () => {
    const startedAt = performance.now();
    const waiting = pull({ waitMs: 20_000 });
    await publish(first, 'a');
    relay.notify();
    expect(subjects(await waiting)).toEqual(['a']);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('does not miss a commit that comes while it reads the log', async () => {
    const gate = await openTcpGate(Number(new URL(cell.url).port));
    const url = new URL(cell.url);
    url.port = String(gate.port);
    const sql = openPostgres({
      connectionString: url.href,
      connectionsMax: 1,
      applicationName: 'slow-relay',
      statementTimeoutMs: 5_000,
    });
    const slow = createEventRelay({ sql, cell: CELL, realm: REALM, gatherMs: 1 });
    await pull({}, slow);
    const finished = statement<{ at: Date }>(
      'test.finished',
      `SELECT state_change AS at FROM pg_stat_activity
       WHERE application_name = 'slow-relay' AND state = 'idle'`,
    );
    const lastAt = async () => (await cell.sql.query(finished))[0]?.at.getTime() ?? 0;
    const before = await lastAt();
    gate.holdAnswers();
    const waiting = pull({ waitMs: 20_000 }, slow);
    // The database has read an empty log; the relay has not heard of it yet.
    await expect.poll(lastAt, { timeout: 5_000, interval: 5 }).toBeGreaterThan(before);
    await publish(first, 'a');
    slow.notify();
    const startedAt = performance.now();
    gate.passAnswers();
    expect(subjects(await waiting)).toEqual(['a']);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await sql.close();
    await gate.close();
  });

  it('ends empty when its time is over, and when the cell stops', async () => {
    expect(await pull({ waitMs: 20 })).toEqual({ events: [], ack: null, more: false });
    const waiting = [pull({ waitMs: 20_000 }), pull({ waitMs: 20_000, consumer: 'others' })];
    relay.close();
    for (const each of waiting) expect((await each).events).toEqual([]);
  });
});
