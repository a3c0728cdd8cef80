import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PaymentAnswer } from './schemas.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const API_KEY = 'key-of-the-test';

let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gateway-crash-'));
  running = [];
  await writeFile(path.join(folder, 'api.key'), `${API_KEY}\n`);
  await writeFile(path.join(folder, 'webhook.key'), '07'.repeat(32));
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function startProcess(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PORT: '0',
      DATA_DIR: path.join(folder, 'data'),
      GATEWAY_API_KEY_FILE: path.join(folder, 'api.key'),
      GATEWAY_WEBHOOK_KEY_FILE: path.join(folder, 'webhook.key'),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.push(child);
  const [ready] = (await once(child, 'message')) as [{ readonly address: string }];
  return { child, url: ready.address };
}

async function post(url: string, key: string, body: unknown): Promise<PaymentAnswer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
  return (await answer.json()) as PaymentAnswer;
}

function paymentOf(buyer: number, round: number): Record<string, unknown> {
  return {
    amountMinor: 100 + round,
    currency: 'EUR',
    token: 'tok_visa',
    capture: round % 2 === 0 ? 'automatic' : 'manual',
    reference: `group-${buyer}-${round}`,
    partition: 'eu-1f3',
  };
}

test('kill -9 in the middle of writes loses and doubles no answered payment', async () => {
  const answered = new Map<string, PaymentAnswer>();
  for (let crash = 0; crash < 3; crash += 1) {
    const { child, url } = await startProcess();
    const buyers = Array.from({ length: 8 }, async (_, buyer) => {
      for (let round = crash * 1_000; ; round += 1) {
        const key = `${buyer}-${round}`;
        const answer = await post(`${url}/v1/payments`, key, paymentOf(buyer, round)).catch(
          () => undefined,
        );
        if (answer === undefined) return;
        answered.set(key, answer);
        // While the other buyers' writes are under way.
        if (answered.size >= (crash + 1) * 60) child.kill('SIGKILL');
      }
    });
    await Promise.all(buyers);
  }
  const { url } = await startProcess();
  const booked = new Map<string, number>();
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = (await (
      await fetch(`${url}/v1/ledger?after=${after}`, {
        headers: { authorization: `Bearer ${API_KEY}` },
      })
    ).json()) as { entries: { type: string; payment: PaymentAnswer }[]; next?: number };
    for (const { type, payment } of page.entries) {
      if (type !== 'payment.authorized') continue;
      booked.set(payment.reference, (booked.get(payment.reference) ?? 0) + 1);
    }
    after = page.next;
  }
  expect(answered.size).toBeGreaterThanOrEqual(180);
  expect(Math.max(...booked.values())).toBe(1);
  for (const [key, answer] of answered) {
    expect(booked.get(answer.reference)).toBe(1);
    const [buyer, round] = key.split('-').map(Number) as [number, number];
    expect(await post(`${url}/v1/payments`, key, paymentOf(buyer, round))).toEqual(answer);
  }
});

test('a missing key file is one line with its cure', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { DATA_DIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(78);
  expect(said).toBe(
    'sandbox-gateway: GATEWAY_WEBHOOK_KEY_FILE is not set. Set it in the environment of the gateway.\n',
  );
});
