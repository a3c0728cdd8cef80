import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { HEADERS } from '@commerce/contracts/headers';
import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  echo,
  misdirect,
  pinSetBy,
  startTestCell,
  startTestFleet,
  tableOf,
  type TestFleet,
  descriptorOf,
  until,
} from './testing-fleet.ts';

let fleet: TestFleet;

beforeAll(async () => {
  fleet = await startTestFleet({
    upstreamLimits: { answerTimeoutMs: 300, failuresMax: 3, openMs: 100, inFlightMax: 20 },
  });
});
afterAll(() => fleet.stop());
beforeEach(() => {
  for (const cell of fleet.cells.values()) {
    cell.received.length = 0;
    cell.behave = echo;
    cell.stream = undefined;
  }
});

/** A cart in a partition whose primary is the cell: even slots are Frankfurt's, odd ones Paris'. */
const inFrankfurt = `/v1/carts/${newPartitionId('cart', 'eu-000' as Partition)}`;
const inParis = `/v1/carts/${newPartitionId('cart', 'eu-001' as Partition)}`;

function post(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(fleet.url + path, { method: 'POST', body, headers });
}

describe('forwarding', () => {
  it('keeps method, address, body and end-to-end headers, and says where it comes from', async () => {
    const answer = await fetch(`${fleet.url}${inFrankfurt}/lines?a=1&b=%20`, {
      method: 'PATCH',
      body: '{"quantity":2}',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
        'x-request-id': 'request-0001',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-client-country': 'FR',
      },
    });
    const [received] = fleet.cell('eu-de-1').received;
    expect(received).toMatchObject({
      method: 'PATCH',
      url: `${inFrankfurt}/lines?a=1&b=%20`,
      partition: 'eu-000',
      isProven: true,
      headers: {
        'content-type': 'application/json',
        'content-length': '14',
        'idempotency-key': 'key-1',
        'x-request-id': 'request-0001',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-client-country': 'FR',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      },
    });
    expect(received?.body.toString()).toBe('{"quantity":2}');
    expect(answer.headers.get('x-request-id')).toBe('request-0001');
    expect(answer.headers.get(HEADERS.cell)).toBe('set-by-cell');
  });

  it('drops what belongs to the hop, and what only a router may say', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(200, {
        connection: 'x-hop',
        'x-hop': '1',
        'x-kept': '2',
        [HEADERS.routedPartition]: 'eu-000',
      });
      response.end('ok');
    };
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(fleet.url + inFrankfurt, {
        headers: {
          connection: 'close, x-mine',
          'x-mine': '1',
          'x-other': '2',
          te: 'trailers',
          upgrade: 'websocket',
          'proxy-authorization': 'Basic x',
          forwarded: 'for=1.2.3.4',
          'x-routed-partition': 'us-000',
          'x-routed-epoch': '99',
          'x-routed-future': '1',
        },
      })
        .on('response', (response) => resolve(response.resume()))
        .end();
    });
    expect(answer.headers).toMatchObject({ 'x-kept': '2' });
    expect(answer.headers).not.toHaveProperty('x-hop');
    expect(answer.headers).not.toHaveProperty(HEADERS.routedPartition);
    const headers = fleet.cell('eu-de-1').received[0]?.headers ?? {};
    expect(headers).toMatchObject({ 'x-other': '2', 'x-routed-partition': 'eu-000' });
    for (const name of ['x-mine', 'te', 'upgrade', 'proxy-authorization', 'forwarded']) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers).not.toHaveProperty('x-routed-future');
    expect(headers[HEADERS.routedEpoch]).toBe('1');
  });

  it('passes statuses, several cookies and answers without a body', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(204, { 'set-cookie': ['a=1', 'b=2'] });
      response.end();
    };
    const answer = await fetch(fleet.url + inFrankfurt, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const head = await fetch(fleet.url + inParis, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  it('streams a large body up and down, byte for byte', async () => {
    const bytes = Buffer.alloc(1_048_576, 'abcdefghij');
    fleet.cell('eu-de-1').stream = (received, response, request) => {
      expect(received.headers['content-length']).toBe('1048576');
      response.writeHead(200);
      request.pipe(response);
    };
    const answer = await post(inFrankfurt, bytes);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('holds a cell back while its client does not read', async () => {
    const offeredMax = 64 * 1_048_576;
    let offered = 0;
    let isHeldBack = false;
    fleet.cell('eu-de-1').behave = (_received, response) => {
      const chunk = Buffer.alloc(65_536);
      const offer = (): void => {
        isHeldBack = false;
        while (offered < offeredMax) {
          offered += chunk.length;
          if (response.write(chunk)) continue;
          isHeldBack = true;
          response.once('drain', offer);
          return;
        }
        response.end();
      };
      offer();
    };
    const socket = connect(fleet.router.port, '127.0.0.1');
    socket.pause();
    socket.write(`GET ${inFrankfurt} HTTP/1.1\r\nhost: x\r\n\r\n`);
    let before = -1;
    // It is held back when nothing more is taken for a while, far from the end.
    await until(async () => {
      before = offered;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return isHeldBack && offered === before && offered > 0;
    });
    expect(offered).toBeLessThan(offeredMax / 2);
    socket.resume();
    await until(() => offered === offeredMax);
    socket.destroy();
  });

  it('ends the request to the cell when the client goes away', async () => {
    let isClosed = false;
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.on('close', () => {
        isClosed = true;
      });
    };
    const socket = connect(fleet.router.port, '127.0.0.1');
    socket.write(`GET ${inFrankfurt} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(() => fleet.cell('eu-de-1').received.length === 1);
    socket.destroy();
    await until(() => isClosed);
    const status = await (await fetch(`${fleet.adminUrl}/router/status`)).json();
    expect(status).toMatchObject({
      cells: [{ id: 'eu-de-1', inFlight: 0, circuit: 'closed' }, {}, {}, {}],
    });
  });

  it('gives the client an answer that the cell gives before it has read the body', async () => {
    fleet.cell('eu-de-1').stream = (_received, response) => {
      response.writeHead(401, { 'content-type': 'text/plain' });
      response.end('no');
    };
    for (let i = 0; i < 10; i++) {
      const answer = await post(inFrankfurt, Buffer.alloc(1_048_576));
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe('no');
    }
  });

  it('asks for a body on behalf of a client that waits to be asked, unless it is too large', async () => {
    const ask = (length: number): Promise<readonly string[]> =>
      new Promise((resolve) => {
        const seen: string[] = [];
        const asking = httpRequest(fleet.url + inFrankfurt, {
          method: 'POST',
          headers: { expect: '100-continue', 'content-length': length },
        });
        asking.on('continue', () => {
          seen.push('continue');
          asking.end(Buffer.alloc(length));
        });
        asking.on('response', (response) => {
          seen.push(String(response.statusCode));
          asking.destroy();
          resolve(seen);
        });
        asking.on('error', () => undefined);
        asking.flushHeaders();
      });
    expect(await ask(100)).toEqual(['continue', '200']);
    expect(await ask(2 * 1_048_576)).toEqual(['413']);
  });

  it.each([
    ['announced', (size: number) => Buffer.alloc(size)],
    [
      'of unknown length',
      (size: number) =>
        new ReadableStream({
          start(controller) {
            for (let sent = 0; sent < size; sent += 65_536)
              controller.enqueue(Buffer.alloc(65_536));
            controller.close();
          },
        }),
    ],
  ])('refuses a body of 2 MiB that is %s', async (_what, makeBody) => {
    const answer = await fetch(fleet.url + inFrankfurt, {
      method: 'POST',
      body: makeBody(2 * 1_048_576),
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'payload-too-large' });
    expect(fleet.cell('eu-de-1').received).toHaveLength(0);
  });
});

describe('a request that a cell does not hold', () => {
  it('is sent once more, with its body, to the partition that the cell names', async () => {
    fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
    fleet.cell('us-west-1').behave = (_received, response) => {
      response.writeHead(201, { [HEADERS.routedPartition]: 'us-003' });
      response.end('signed in');
    };
    const answer = await post('/v1/sessions', '{"email":"a"}', { 'x-client-country': 'DE' });
    expect(await answer.text()).toBe('signed in');
    const [received] = fleet.cell('us-west-1').received;
    expect(received).toMatchObject({ partition: 'us-001', isProven: true });
    expect(received?.body.toString()).toBe('{"email":"a"}');
    const cookie = `cell_pin=${pinSetBy(answer)}`;
    const whoami = await fetch(`${fleet.url}/router/whoami`, { headers: { cookie } });
    expect(await whoami.json()).toMatchObject({ partition: 'us-003', cell: 'us-west-1' });
  });

  it('is not sent a third time', async () => {
    fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
    fleet.cell('us-west-1').behave = misdirect({ partition: 'eu-000', epoch: 1 });
    // Not by fetch, which asks again on a 421 of its own accord.
    const answer = await request(fleet.url + inFrankfurt, { method: 'POST', body: '{}' });
    expect(answer.statusCode).toBe(421);
    expect(await answer.body.json()).toMatchObject({ code: 'misdirected', partition: 'eu-000' });
    expect(fleet.cell('eu-de-1').received).toHaveLength(1);
    expect(fleet.cell('us-west-1').received).toHaveLength(1);
  });

  it('is refused to the client when no better place is known, or the body is not held', async () => {
    fleet.cell('eu-de-1').behave = misdirect({ epoch: 1 });
    expect((await post(inFrankfurt, '{}')).status).toBe(421);
    fleet.cell('eu-de-1').behave = misdirect({ partition: 'us-001', epoch: 1 });
    const large = await post(inFrankfurt, Buffer.alloc(100_000));
    expect(large.status).toBe(421);
    expect(fleet.cell('us-west-1').received).toHaveLength(0);
  });

  it('follows the word of the cell while the directory does not know yet', async () => {
    fleet.cell('eu-de-1').behave = misdirect({ epoch: 2, primary: 'eu-fr-1' });
    expect((await post(inFrankfurt, '{}')).status).toBe(200);
    expect(fleet.cell('eu-fr-1').received[0]).toMatchObject({ partition: 'eu-000', epoch: 2 });
  });

  it('finds the new primary in the directory after a move, asked once for many', async () => {
    const moved = await startTestFleet();
    try {
      await moved.directory.replacePlacements(
        tableOf('eu', ['eu-fr-1'], { version: 2, epoch: 2 }),
        1,
      );
      moved.cell('eu-de-1').behave = misdirect({ epoch: 2 });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(moved.url + inFrankfurt, { method: 'POST', body: '{}' }),
        ),
      );
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
      expect(moved.cell('eu-fr-1').received.map(({ epoch }) => epoch)).toEqual(
        answers.map(() => 2),
      );
      await fetch(moved.url + inFrankfurt);
      expect(moved.cell('eu-de-1').received.length).toBeLessThanOrEqual(20);
    } finally {
      await moved.stop();
    }
  });

  it('pins a customer to their own partition after sign-up, but not after a refusal', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(201, { [HEADERS.routedPartition]: 'eu-00a' });
      response.end();
    };
    const signedUp = await post('/v1/customers', '{}', { 'x-client-country': 'DE' });
    const cookie = `cell_pin=${pinSetBy(signedUp)}`;
    const whoami = await fetch(`${fleet.url}/router/whoami`, { headers: { cookie } });
    expect(await whoami.json()).toMatchObject({ partition: 'eu-00a' });
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(401, { [HEADERS.routedPartition]: 'eu-00c' });
      response.end();
    };
    const refused = await post('/v1/sessions', '{}', { cookie });
    expect(pinSetBy(refused)).toBeUndefined();
  });
});

describe('a cell that fails', () => {
  it('is answered for with a problem, and troubles no other cell', async () => {
    const other = await startTestFleet({ upstreamLimits: { failuresMax: 3, openMs: 50 } });
    try {
      await other.cell('eu-fr-1').kill();
      const refused = await fetch(other.url + inParis);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ code: 'unavailable' });
      for (let i = 0; i < 5; i++) await fetch(other.url + inParis);
      const status = await (await fetch(`${other.adminUrl}/router/status`)).json();
      expect(status).toMatchObject({ cells: [{}, { id: 'eu-fr-1', circuit: 'open' }, {}, {}] });
      expect((await fetch(other.url + inFrankfurt)).status).toBe(200);
      const newcomer = await fetch(`${other.url}/v1/products`, {
        headers: { 'x-client-country': 'FR' },
      });
      expect(newcomer.status).toBe(200);

      // It comes back at another address, and serves again.
      const back = await startTestCell('eu-fr-1');
      await other.directory.putCell(descriptorOf('eu-fr-1', back.url), 1);
      await other.router.refresh();
      await until(async () => (await fetch(other.url + inParis)).status === 200);
      await back.kill();
    } finally {
      await other.stop();
    }
  });

  it('opens its circuit and closes it again with the first answer', async () => {
    const other = await startTestFleet({
      upstreamLimits: { answerTimeoutMs: 50, failuresMax: 2, openMs: 50 },
    });
    try {
      other.cell('eu-de-1').behave = (_received, response) => response.destroy();
      expect((await fetch(other.url + inFrankfurt, { method: 'POST' })).status).toBe(502);
      expect((await fetch(other.url + inFrankfurt, { method: 'POST' })).status).toBe(502);
      expect((await fetch(other.url + inFrankfurt, { method: 'POST' })).status).toBe(503);
      other.cell('eu-de-1').behave = echo;
      await until(async () => (await fetch(other.url + inFrankfurt)).status === 200);
    } finally {
      await other.stop();
    }
  });

  it('is asked once more for a read that it broke off, and never for a write', async () => {
    let count = 0;
    fleet.cell('eu-fr-1').behave = (received, response) => {
      if (count++ % 2 === 0) response.destroy();
      else echo(received, response, response.req);
    };
    expect((await fetch(fleet.url + inParis)).status).toBe(200);
    expect(count).toBe(2);
    expect((await fetch(fleet.url + inParis, { method: 'POST', body: '{}' })).status).toBe(502);
    expect(count).toBe(3);
  });

  it('is given up when it does not answer in time', async () => {
    fleet.cell('eu-fr-1').behave = () => undefined;
    const answer = await post(inParis, '{}');
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ code: 'gateway-timeout' });
  });

  it('that is full sheds the rest at once', async () => {
    const waiting: (() => void)[] = [];
    fleet.cell('us-east-1').behave = (received, response) => {
      waiting.push(() => echo(received, response, response.req));
    };
    const path = `/v1/carts/${newPartitionId('cart', 'us-000' as Partition)}`;
    const answers = Array.from({ length: 20 }, () => fetch(fleet.url + path));
    await until(() => waiting.length === 20);
    const shed = await fetch(fleet.url + path);
    expect(shed.status).toBe(503);
    expect(shed.headers.get('retry-after')).toBe('1');
    for (const release of waiting) release();
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
  });

  it('never has half an answer taken for a whole one', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(200);
      response.write('half');
      setImmediate(() => response.destroy());
    };
    const answer = await fetch(fleet.url + inFrankfurt).catch((error: unknown) => error);
    if (answer instanceof Response) await expect(answer.text()).rejects.toThrow();
    else expect(answer).toBeInstanceOf(TypeError);
  });
});
