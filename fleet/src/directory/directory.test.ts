import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let folder: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'directory-test-'));
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<string> {
  running = spawn(process.execPath, [MAIN], {
    env: { PORT: '0', DATA_DIR: path.join(folder, 'tables') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [ready] = (await once(running, 'message')) as [{ readonly address: string }];
  return ready.address;
}

async function call(url: string, action: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20260101T000000Z',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

test('the directory keeps its items over a kill, and stops when its supervisor is gone', async () => {
  const first = await start();
  await call(first, 'CreateTable', {
    TableName: 'placements',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await call(first, 'PutItem', {
    TableName: 'placements',
    Item: { id: { S: 'eu' }, version: { N: '7' } },
  });
  const killed = once(running as ChildProcess, 'exit');
  running?.kill('SIGKILL');
  await killed;
  const second = await start();
  expect(
    await call(second, 'GetItem', { TableName: 'placements', Key: { id: { S: 'eu' } } }),
  ).toEqual({ Item: { id: { S: 'eu' }, version: { N: '7' } } });
  const stopped = once(running as ChildProcess, 'exit');
  running?.disconnect();
  expect(await stopped).toEqual([0, null]);
});
