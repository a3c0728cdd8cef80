import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '@commerce/engines/directory/dynamodb/local-dynamodb';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { statement } from '@commerce/engines/sql/sql';
import {
  createTestDatabase,
  type TestDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import type { PartMessage } from '@commerce/service/part';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCells } from './testing-control-plane.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const PRODUCTS = 250;

let folder: string;
let database: TestDatabase;
let dynamo: LocalDynamoDb;
let environment: Record<string, string>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'control-plane-'));
  database = await createTestDatabase();
  dynamo = await startLocalDynamoDb();
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const files = {
    'key.jwk': JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'control-plane-one' }),
    'service.key': randomBytes(32).toString('hex'),
    'cells.json': JSON.stringify(describeCells(['eu-de-1', 'eu-fr-1', 'us-east-1'])),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  environment = {
    PORT: '0',
    DATABASE_URL: database.url,
    DIRECTORY_ENDPOINT: dynamo.endpoint,
    CELLS_FILE: path.join(folder, 'cells.json'),
    DATA_DIR: folder,
    DEMO_PRODUCTS: String(PRODUCTS),
    LOG_LEVEL: 'error',
    CONTROL_PLANE_SIGNING_KEY_FILE: path.join(folder, 'key.jwk'),
    SERVICE_KEY_FILE: path.join(folder, 'service.key'),
  };
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await dynamo.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function start(change: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...environment, ...change },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  children.push(child);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const told = (wanted: (message: PartMessage) => boolean) =>
    new Promise<PartMessage>((resolve, reject) => {
      child.on('message', (message: PartMessage) => {
        if (wanted(message)) resolve(message);
      });
      void exit.then((code) => reject(new Error(`it exited with ${code}: ${said}`)));
    });
  return { child, exit, told, said: () => said };
}

const countRows = statement<Record<string, bigint>>(
  'tests.count_rows',
  `SELECT
     (SELECT count(*) FROM products) AS products,
     (SELECT count(*) FROM vendors WHERE slug_claimed) AS vendors,
     (SELECT count(*) FROM variants
      WHERE id NOT IN (SELECT variant_id FROM stock_levels)) AS unstocked,
     (SELECT count(*) FROM stock_levels AS l WHERE on_hand <> unallotted + COALESCE((
        SELECT sum(granted_total - returned_total) FROM stock_allotments AS a
        WHERE a.variant_id = l.variant_id), 0)) AS unbalanced,
     (SELECT seq FROM catalog_head) - (SELECT count(*) FROM catalog_changes) AS repeated`,
);

async function readCounts() {
  const sql = openPostgres({ connectionString: database.url, applicationName: 'tests' });
  const [counts] = await sql.query(countRows);
  await sql.close();
  return counts;
}

/** Times that the process has looked for the head of the feed, by its own metrics. */
async function looksAt(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const match = /^sql_statements_total\{statement="catalog\.read_head"\} (\d+)/m.exec(text);
  return Number(match?.[1] ?? 0);
}

async function signIn(address: string, email: string, password: string): Promise<string> {
  const answer = await fetch(`${address}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { accessToken: string }).accessToken;
}

describe('the control plane as a process', () => {
  test('killed while it loads the demo goes on where it stopped', async () => {
    const killed = start();
    await killed.told((message) => message.type === 'progress' && message.text.includes('100 of'));
    killed.child.kill('SIGKILL');
    await killed.exit;

    const resumed = start();
    const ready = await resumed.told(({ type }) => type === 'ready');
    expect(ready).toMatchObject({
      details: {
        demoSignIns: expect.arrayContaining([
          expect.objectContaining({ role: 'operator' }),
        ]) as unknown,
      },
    });
    const counts = await readCounts();
    expect(counts).toMatchObject({
      products: BigInt(PRODUCTS),
      vendors: 12n,
      unstocked: 0n,
      unbalanced: 0n,
    });
    // Categories were written by both starts; nothing else was written twice.
    expect(Number(counts?.['repeated'])).toBe(20);

    const { address } = ready as { address: string };
    expect(await (await fetch(`${address}/health/ready`)).json()).toMatchObject({
      status: 'ready',
    });
    await signIn(address, 'ada@nordlicht.example', 'demo-password-nordlicht');
  });

  test('stops at once although a cell waits for changes', async () => {
    const part = start();
    const { address } = (await part.told(({ type }) => type === 'ready')) as { address: string };
    const token = await signIn(address, 'operator@platform.example', 'demo-password-operator');
    const { seq } = (await (await fetch(`${address}/v1/catalog/head`)).json()) as { seq: number };
    const polling = fetch(`${address}/v1/catalog/changes?after=${seq}&waitMs=25000`, {
      headers: { authorization: `Bearer ${token}` },
    });
    // The metrics look once themselves; a second look in between is the one that waits.
    const deadline = Date.now() + 10_000;
    for (let seen = await looksAt(address); Date.now() < deadline; ) {
      const now = await looksAt(address);
      if (now - seen > 1) break;
      seen = now;
      await sleep(50);
    }
    const stoppedAt = performance.now();
    part.child.kill('SIGTERM');
    expect((await polling).status).toBe(200);
    expect(await part.exit).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  });

  test.each([
    [
      'no database',
      { DATABASE_URL: 'postgres://postgres@127.0.0.1:9/none' },
      /nothing answers at 127\.0\.0\.1:9/,
    ],
    [
      'no cells file',
      { CELLS_FILE: '/nowhere.json' },
      /file of cells .* can not be read \(ENOENT\)/,
    ],
    [
      'no signing key',
      { CONTROL_PLANE_SIGNING_KEY_FILE: '' },
      /CONTROL_PLANE_SIGNING_KEY_FILE is missing/,
    ],
  ])('with %s says so in one line', async (_what, change, text) => {
    const part = start(change);
    expect(await part.exit).toBe(78);
    expect(part.said()).toMatch(text);
    expect(part.said().trim().split('\n')).toHaveLength(1);
  });
});
