import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Realm } from '@commerce/contracts/ids';
import { expect, it } from 'vitest';
import { describeDirectory } from '../directory.contract.ts';
import { createDynamoDirectory } from './dynamo-directory.ts';
import { startLocalDynamoDb } from './local-dynamodb.ts';

describeDirectory('dynalite', {
  async start() {
    const local = await startLocalDynamoDb();
    // Nothing listens on the discard port of the loopback interface.
    const nowhere = 'http://127.0.0.1:9';
    return {
      connect: () => createDynamoDirectory({ endpoint: local.endpoint }),
      connectToNothing: () => createDynamoDirectory({ endpoint: nowhere, attemptsMax: 1 }),
      stop: local.stop,
    };
  },
});

it('gives up on a directory that accepts connections and never answers', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const directory = createDynamoDirectory({
    endpoint: `http://127.0.0.1:${port}`,
    requestTimeoutMs: 100,
    attemptsMax: 1,
  });
  const startedAtMs = Date.now();
  await expect(directory.readPlacements('eu' as Realm)).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(Date.now() - startedAtMs).toBeLessThan(3_000);
  directory.close();
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});

it('knows its own write again when the answer to it was lost', async () => {
  const local = await startLocalDynamoDb();
  let lost = 0;
  // Passes requests on, and drops the connection instead of the first answer to a put.
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await fetch(local.endpoint, {
      method: 'POST',
      headers: Object.entries(request.headers)
        .filter(([name]) => name !== 'connection' && name !== 'content-length')
        .map(([name, value]): [string, string] => [name, String(value)]),
      body: Buffer.concat(chunks),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (String(request.headers['x-amz-target']).endsWith('PutItem') && lost++ === 0) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(body);
  };
  const lossy = createServer((request, response) => {
    passOn(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => lossy.listen(0, '127.0.0.1', resolve));
  const { port } = lossy.address() as AddressInfo;
  const directory = createDynamoDirectory({
    endpoint: `http://127.0.0.1:${port}`,
  });
  await directory.ensureTables();
  const cell = {
    id: 'eu-de-1',
    jurisdiction: 'eu',
    realm: 'eu',
    country: 'DE',
    location: 'Frankfurt',
    latitude: 50.11,
    longitude: 8.68,
    url: 'http://127.0.0.1:1',
    state: 'accepting',
    weight: 100,
  } as Parameters<typeof directory.putCell>[0];
  expect(await directory.putCell(cell, undefined)).toBe('written');
  expect(lost).toBe(2);
  expect(await directory.putCell(cell, undefined)).toBe('conflict');
  directory.close();
  lossy.closeAllConnections();
  await new Promise((resolve) => lossy.close(resolve));
  await local.stop();
});

/** A DynamoDB that refuses the first requests for the rate, and passes the others on to a real one. */
async function startThrottled(refusals: number) {
  const local = await startLocalDynamoDb();
  let refused = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (refused < refusals) {
      refused += 1;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      response.end(JSON.stringify({ __type: type, message: 'too fast' }));
      return;
    }
    const passed = await fetch(local.endpoint, {
      method: 'POST',
      headers: Object.entries(request.headers)
        .filter(([name]) => name !== 'connection' && name !== 'content-length')
        .map(([name, value]): [string, string] => [name, String(value)]),
      body: Buffer.concat(chunks),
    });
    response.writeHead(passed.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(Buffer.from(await passed.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await local.stop();
    },
  };
}

it('tries again after a refusal for the rate, and says that it is unavailable where they go on', async () => {
  const briefly = await startThrottled(2);
  const patient = createDynamoDirectory({ endpoint: briefly.endpoint, attemptsMax: 4 });
  await patient.ensureTables();
  expect(briefly.refused()).toBe(2);
  expect(await patient.readPlacements('eu' as Realm)).toBeUndefined();
  patient.close();
  await briefly.stop();

  const always = await startThrottled(Number.POSITIVE_INFINITY);
  const directory = createDynamoDirectory({ endpoint: always.endpoint });
  await expect(directory.readPlacements('eu' as Realm)).rejects.toMatchObject({
    code: 'unavailable',
    cause: { name: 'ProvisionedThroughputExceededException' },
  });
  expect(always.refused()).toBe(2);
  directory.close();
  await always.stop();
});
