import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createHttpPullSubscriber } from './http-pull.ts';

/** How the adapter takes a producer that is not as it should be; the suite runs against a cell. */

interface Call {
  readonly authorization: string | undefined;
  readonly ack: string | null;
}

/** A producer whose answers are scripted: status and body by the number of the call. */
async function startProducer(answer: (call: number) => readonly [status: number, body: string]) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const { ack } = JSON.parse(text) as { ack: string | null };
      const [status, body] = answer(
        calls.push({ authorization: request.headers.authorization, ack }),
      );
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url, calls, stop };
}

const batchOf = (id: string): string =>
  JSON.stringify({ events: [{ id }], ack: `ack-${id}`, more: true });

/** Takes batches of a producer until there are `count`, and tells of the failures between. */
async function take(producer: { readonly url: string }, count: number) {
  const taken: string[] = [];
  const failures: string[] = [];
  let tokens = 0;
  const subscriber = createHttpPullSubscriber({
    url: () => producer.url,
    authorize: () => `Bearer ${(tokens += 1)}`,
    waitMs: 0,
    backOffMsMax: 5,
  });
  await new Promise<void>((resolve) => {
    const running = subscriber.subscribe({
      consumer: 'reports',
      streams: ['order'],
      onBatch: async (events) => {
        taken.push(...events.map((event) => event.id));
        if (taken.length === count) void running.stop().then(resolve);
      },
      onProgress: (step) => {
        if (step.kind === 'unreachable') failures.push((step.error as Error).message);
      },
    });
  });
  return { taken, failures };
}

it('confirms each batch with the next call, and the last one when it stops', async () => {
  const producer = await startProducer((call) => [200, batchOf(String(call))]);
  expect((await take(producer, 3)).taken).toEqual(['1', '2', '3']);
  expect(producer.calls.map((call) => call.ack)).toEqual([null, 'ack-1', 'ack-2', 'ack-3']);
  await producer.stop();
});

it('asks for a new authorization with each call', async () => {
  const producer = await startProducer((call) => [200, batchOf(String(call))]);
  await take(producer, 2);
  expect(producer.calls.map((call) => call.authorization)).toEqual(
    ['1', '2', '3'].map((token) => `Bearer ${token}`),
  );
  await producer.stop();
});

it('tells of answers that are no batch, and goes on', async () => {
  const wrong = ['{"events":1}', 'no JSON', 'null', '{"events":[],"ack":null}'];
  const producer = await startProducer((call) =>
    call <= wrong.length ? [200, wrong[call - 1] ?? ''] : [200, batchOf('right')],
  );
  const { taken, failures } = await take(producer, 1);
  expect(taken).toEqual(['right']);
  expect(failures).toHaveLength(4);
  expect(new Set(failures)).toEqual(
    new Set([`${producer.url} answered something that is no batch of events`]),
  );
  await producer.stop();
});

it('sends a confirmation again that was not heard, and drops one that is refused', async () => {
  const answers = [
    [200, batchOf('a')],
    [503, ''],
    [400, '{}'],
    [200, batchOf('b')],
  ] as const;
  const producer = await startProducer((call) => answers[call - 1] ?? [200, batchOf('more')]);
  const { taken, failures } = await take(producer, 2);
  expect(taken).toEqual(['a', 'b']);
  expect(failures[0]).toMatch(/answered 503 to the pull/);
  expect(producer.calls.slice(0, 4).map((call) => call.ack)).toEqual([
    null,
    'ack-a',
    'ack-a',
    null,
  ]);
  await producer.stop();
});
