import type { EventEnvelope } from '@commerce/contracts/events';
import { type Partition, partitionAt, type Realm } from '@commerce/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventSubscriber, RunningSubscription, SubscriptionProgress } from './event-bus.ts';

/** What an adapter brings to run the suite: a producer with a log, and consumers of it. */
export interface EventBusHarness {
  start(): Promise<{
    /** Commits one event of the stream on the partition; `subject` tells it from others. */
    publish(partition: Partition, subject: string, stream?: 'order' | 'payment'): Promise<void>;
    /** A client for one consumer, whose batches hold ten events at most. */
    connectAs(consumer: string): EventSubscriber;
    /** Takes the producer away from its consumers. */
    interrupt(): Promise<void>;
    resume(): Promise<void>;
    stop(): Promise<void>;
  }>;
}

type Engine = Awaited<ReturnType<EventBusHarness['start']>>;

const REALM = 'eu' as Realm;
let slotCount = 0;
/** Each test has partitions and consumers of its own, so none sees another's events first. */
const freshPartition = (): Partition => partitionAt(REALM, slotCount++);
let consumerCount = 0;
const freshConsumer = (): string => `consumer-${consumerCount++}`;

async function until(fulfilled: () => boolean): Promise<void> {
  const deadline = performance.now() + 8_000;
  while (!fulfilled()) {
    if (performance.now() > deadline) throw new Error('waited 8 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A consumer that remembers what it was given, of the partitions that its test looks at. */
function collect(
  subscriber: EventSubscriber,
  consumer: string,
  partitions: readonly Partition[],
  refuse: (events: readonly EventEnvelope[]) => boolean = () => false,
) {
  const taken: EventEnvelope[] = [];
  const refused: EventEnvelope[][] = [];
  const progress: SubscriptionProgress[] = [];
  const subscription: RunningSubscription = subscriber.subscribe({
    consumer,
    streams: ['order'],
    onBatch: async (batch) => {
      // A store takes its time; nothing may come meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      const own = batch.filter((event) => partitions.includes(event.partition as Partition));
      if (own.length > 0 && refuse(own)) {
        refused.push(own);
        throw new Error('the inbox is out of order');
      }
      taken.push(...own);
    },
    onProgress: (step) => {
      progress.push(step);
    },
  });
  const subjectsOf = (partition: Partition): string[] =>
    taken.filter((event) => event.partition === partition).map((event) => event.subject);
  return { taken, refused, progress, subjectsOf, stop: () => subscription.stop() };
}

/** Publishes numbered events on a partition, one commit each. @returns their subjects in order */
async function publishMany(
  engine: Engine,
  partition: Partition,
  count: number,
  from = 0,
): Promise<string[]> {
  const subjects = Array.from({ length: count }, (_, n) => `${partition}-${from + n}`);
  for (const subject of subjects) await engine.publish(partition, subject);
  return subjects;
}

/** The suite that every adapter of the event bus passes. */
export function describeEventBus(name: string, harness: EventBusHarness): void {
  describe(`event bus on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await harness.start();
    });
    afterAll(() => engine?.stop());

    describeDelivery(() => engine);
    describeRedelivery(() => engine);
  });
}

function describeDelivery(given: () => Engine): void {
  it('delivers all events, in order for each partition, once where each batch is taken', async () => {
    const engine = given();
    const partitions = [freshPartition(), freshPartition(), freshPartition()];
    const before = await Promise.all(partitions.map((each) => publishMany(engine, each, 25)));
    const consumer = freshConsumer();
    const inbox = collect(engine.connectAs(consumer), consumer, partitions);
    const after = await Promise.all(partitions.map((each) => publishMany(engine, each, 10, 25)));
    await until(() => inbox.taken.length >= 105);
    await inbox.stop();
    for (const [index, partition] of partitions.entries()) {
      const published = [...(before[index] ?? []), ...(after[index] ?? [])];
      expect(inbox.subjectsOf(partition)).toEqual(published);
    }
    expect(new Set(inbox.taken.map((event) => event.id)).size).toBe(105);
  });

  it('gives each event its envelope: type, source, time and position', async () => {
    const engine = given();
    const partition = freshPartition();
    await publishMany(engine, partition, 2);
    const consumer = freshConsumer();
    const inbox = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => inbox.taken.length === 2);
    await inbox.stop();
    const [first, second] = inbox.taken;
    expect(first).toMatchObject({
      specversion: '1.0',
      type: 'order.state-changed.v1',
      datacontenttype: 'application/json',
      partition,
      epoch: 1,
    });
    expect(first?.id).toBe(`${partition}/1.${first?.version}/0`);
    expect(second?.version).toBeGreaterThan(first?.version ?? 0);
    expect(Date.parse(first?.time ?? '')).toBeGreaterThan(0);
    expect(first?.data).toMatchObject({ from: 'placed' });
  });

  it('delivers an event soon after its commit to a consumer that waits', async () => {
    const engine = given();
    const partition = freshPartition();
    const consumer = freshConsumer();
    const inbox = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => inbox.progress.some((step) => step.kind === 'reached' && step.isCaughtUp));
    const startedAt = performance.now();
    await publishMany(engine, partition, 1);
    await until(() => inbox.taken.length === 1);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await inbox.stop();
  });

  it('keeps streams apart', async () => {
    const engine = given();
    const partition = freshPartition();
    await engine.publish(partition, 'paid', 'payment');
    const [order] = await publishMany(engine, partition, 1);
    await engine.publish(partition, 'paid again', 'payment');
    const [last] = await publishMany(engine, partition, 1, 1);
    const consumer = freshConsumer();
    const inbox = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => inbox.subjectsOf(partition).includes(last ?? ''));
    await inbox.stop();
    expect(inbox.subjectsOf(partition)).toEqual([order, last]);
  });

  it('gives every consumer all events, whatever the others have taken', async () => {
    const engine = given();
    const partition = freshPartition();
    const published = await publishMany(engine, partition, 12);
    const [early, late] = [freshConsumer(), freshConsumer()];
    const first = collect(engine.connectAs(early), early, [partition]);
    await until(() => first.taken.length === 12);
    const second = collect(engine.connectAs(late), late, [partition]);
    await until(() => second.taken.length === 12);
    await Promise.all([first.stop(), second.stop()]);
    expect(second.subjectsOf(partition)).toEqual(published);
    expect(first.subjectsOf(partition)).toEqual(published);
  });

  it('ends at once while it waits for events', async () => {
    const engine = given();
    const consumer = freshConsumer();
    const inbox = collect(engine.connectAs(consumer), consumer, []);
    await until(() => inbox.progress.some((step) => step.kind === 'reached' && step.isCaughtUp));
    const startedAt = performance.now();
    await Promise.all([inbox.stop(), inbox.stop()]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
}

function describeRedelivery(given: () => Engine): void {
  it('delivers a batch that was not taken again, and none after it before', async () => {
    const engine = given();
    const partition = freshPartition();
    const published = await publishMany(engine, partition, 30);
    const consumer = freshConsumer();
    let refusals = 0;
    const inbox = collect(engine.connectAs(consumer), consumer, [partition], (events) => {
      const isThere = events.some((event) => event.subject === published[15]);
      return isThere && refusals++ < 3;
    });
    await until(() => inbox.taken.length >= 30);
    await inbox.stop();
    expect(inbox.subjectsOf(partition)).toEqual(published);
    expect(inbox.refused).toHaveLength(3);
    // Each time the batch began with the same event: the first that was not taken yet.
    expect(new Set(inbox.refused.map(([first]) => first?.id)).size).toBe(1);
    expect(inbox.progress.filter((step) => step.kind === 'not-taken')).toHaveLength(3);
  });

  it('goes on after what was taken when it is stopped and started again', async () => {
    const engine = given();
    const partition = freshPartition();
    const consumer = freshConsumer();
    const published = await publishMany(engine, partition, 10);
    const first = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => first.taken.length === 10);
    await first.stop();
    const more = await publishMany(engine, partition, 10, 10);
    const second = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => second.taken.length >= 10);
    await second.stop();
    expect([first, second].flatMap((each) => each.subjectsOf(partition))).toEqual([
      ...published,
      ...more,
    ]);
  });

  it('delivers to the next run what the last one could not take', async () => {
    const engine = given();
    const partition = freshPartition();
    const consumer = freshConsumer();
    const published = await publishMany(engine, partition, 5);
    const failing = collect(engine.connectAs(consumer), consumer, [partition], () => true);
    await until(() => failing.refused.length > 0);
    await failing.stop();
    const second = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => second.taken.length === 5);
    await second.stop();
    expect(second.subjectsOf(partition)).toEqual(published);
  });

  it('waits for a producer that is away, with pauses, and goes on when it is back', async () => {
    const engine = given();
    const partition = freshPartition();
    const consumer = freshConsumer();
    const published = await publishMany(engine, partition, 3);
    const inbox = collect(engine.connectAs(consumer), consumer, [partition]);
    await until(() => inbox.taken.length === 3);
    await engine.interrupt();
    await until(() => inbox.progress.filter((step) => step.kind === 'unreachable').length >= 2);
    const meanwhile = await publishMany(engine, partition, 3, 3);
    await engine.resume();
    await until(() => inbox.taken.length >= 6);
    await inbox.stop();
    expect(inbox.subjectsOf(partition)).toEqual([...published, ...meanwhile]);
    // A pause that doubles leaves room for a few attempts only.
    expect(inbox.progress.filter((step) => step.kind !== 'reached').length).toBeLessThan(20);
  });

  it('ends while its producer is away', async () => {
    const engine = given();
    const consumer = freshConsumer();
    await engine.interrupt();
    const inbox = collect(engine.connectAs(consumer), consumer, []);
    await until(() => inbox.progress.some((step) => step.kind !== 'reached'));
    await inbox.stop();
    await engine.resume();
    expect(inbox.taken).toEqual([]);
  });
}
