import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { openRaw } from './conformance/planes.ts';
import { close, listen, until } from './testing-fleet.ts';
import { answerAfterBody, leaveUnasked, type UnreadBodyLimits } from './unread-body.ts';

let server: Server | undefined;
afterEach(async () => {
  if (server !== undefined) await close(server);
});

const REFUSAL = 'too much of it';

/** A server that refuses everything, whatever comes with it. @returns its port */
async function startRefusing(limits: UnreadBodyLimits): Promise<number> {
  const refuse = (request: IncomingMessage, response: ServerResponse): void => {
    answerAfterBody(request, () => response.writeHead(413).end(REFUSAL), limits);
  };
  server = createServer(refuse);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    leaveUnasked(request);
    refuse(request, response);
  });
  return listen(server);
}

const head = (headers: string): string => `POST /x HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`;

it('lets a client that writes a large body see the refusal of it, each time', async () => {
  const port = await startRefusing({ bytesMax: 8_388_608, durationMsMax: 5_000, lingerMs: 1_000 });
  for (let i = 0; i < 20; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/x`, {
      method: 'POST',
      body: Buffer.alloc(3_000_000),
    });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toBe(REFUSAL);
  }
});

it('answers when the body has come, and takes the next request of the connection', async () => {
  const port = await startRefusing({ bytesMax: 1_000, durationMsMax: 60_000, lingerMs: 60_000 });
  const client = openRaw(port, `${head('content-length: 4')}ab`);
  client.socket.write(`cd${head('content-length: 0')}`);
  await until(() => client.text().split('HTTP/1.1 413').length === 3);
  client.socket.destroy();
});

it('answers at once who sends no body, or waits to be asked for it', async () => {
  const port = await startRefusing({ bytesMax: 1_000, durationMsMax: 60_000, lingerMs: 60_000 });
  const bodiless = openRaw(port, `GET /x HTTP/1.1\r\nhost: x\r\n\r\n`);
  await until(() => bodiless.text().includes(REFUSAL));
  const waiting = openRaw(port, head('content-length: 4\r\nexpect: 100-continue'));
  await until(() => waiting.text().includes(REFUSAL));
  expect(waiting.text()).not.toContain('100 Continue');
  bodiless.socket.destroy();
  waiting.socket.destroy();
});

it('answers a client that sends more than is read away, and ends the connection', async () => {
  const port = await startRefusing({ bytesMax: 1_000, durationMsMax: 60_000, lingerMs: 20 });
  const client = openRaw(port, `${head('content-length: 5000')}${'a'.repeat(2_000)}`);
  await until(() => client.text().includes(REFUSAL));
  expect(await client.ended).toContain(REFUSAL);
});

it('answers a client that sends too slowly, and ends the connection', async () => {
  const port = await startRefusing({ bytesMax: 1_000, durationMsMax: 20, lingerMs: 20 });
  const client = openRaw(port, `${head('transfer-encoding: chunked')}1\r\na\r\n`);
  expect(await client.ended).toContain(REFUSAL);
});
