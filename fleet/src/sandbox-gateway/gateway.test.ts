import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';
import type { PaymentAnswer } from './schemas.ts';
import { signWebhook } from './webhooks.ts';

const API_KEY = 'key-of-the-test';
const WEBHOOK_KEY = Buffer.alloc(32, 7);

interface Received {
  readonly signature: string;
  readonly text: string;
  readonly event: { readonly id: string; readonly type: string; readonly payment: PaymentAnswer };
}

let dataDir: string;
let gateway: Gateway;
let shop: Server;
let webhookUrl: string;
let received: Received[];
let shopStatus: number;

async function open(): Promise<void> {
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    apiKey: API_KEY,
    webhookKey: WEBHOOK_KEY,
    log: () => undefined,
    onWriteFault: (error) => {
      throw error;
    },
    webhookRetryPauseMs: 5,
  });
}

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'gateway-test-'));
  received = [];
  shopStatus = 204;
  shop = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const signature = String(request.headers['sandbox-signature']);
      received.push({ signature, text, event: JSON.parse(text) as Received['event'] });
      response.writeHead(shopStatus).end();
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  webhookUrl = `http://127.0.0.1:${(shop.address() as { port: number }).port}/hooks`;
  await open();
});

afterEach(async () => {
  await gateway.stop();
  shop.closeAllConnections();
  shop.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: PaymentAnswer & Record<string, unknown>;
  readonly headers: Headers;
}

async function call(
  method: string,
  target: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(new URL(target, gateway.url), {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status: answer.status,
    headers: answer.headers,
    body: (json ? JSON.parse(text) : { text }) as Answer['body'],
  };
}

let keys = 0;

function pay(token: string, more: Record<string, unknown> = {}, key?: string): Promise<Answer> {
  keys += 1;
  const body = {
    amountMinor: 1_999,
    currency: 'EUR',
    token,
    capture: 'manual',
    reference: 'grp_eu1f3_01',
    partition: 'eu-1f3',
    webhookUrl,
    ...more,
  };
  return call('POST', '/v1/payments', body, { 'idempotency-key': key ?? `attempt-${keys}` });
}

function change(id: string, what: string, amountMinor?: number, key?: string): Promise<Answer> {
  keys += 1;
  return call(
    'POST',
    `/v1/payments/${id}/${what}`,
    amountMinor === undefined ? undefined : { amountMinor },
    { 'idempotency-key': key ?? `${what}-${keys}` },
  );
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A stop between the shop's answer and this line sends the webhook once more: at least once. */
function isDeliveryNoted(): boolean {
  return readFileSync(path.join(dataDir, 'webhooks.jsonl'), 'utf8').includes('delivered');
}

describe('a payment', () => {
  test('is authorised, captured in parts, refunded in parts, and never beyond', async () => {
    const paid = await pay('tok_visa');
    expect(paid).toMatchObject({ status: 200, body: { status: 'authorized', capturedMinor: 0 } });
    const { id } = paid.body;
    expect((await change(id, 'refunds', 1)).status).toBe(409);
    expect((await change(id, 'capture', 2_000)).status).toBe(409);
    expect((await change(id, 'capture', 1_000)).body.capturedMinor).toBe(1_000);
    expect((await change(id, 'capture', 1_000)).status).toBe(409);
    expect((await change(id, 'capture', 999)).body.capturedMinor).toBe(1_999);
    expect((await change(id, 'cancel')).status).toBe(409);
    expect((await change(id, 'refunds', 1_500)).body.refundedMinor).toBe(1_500);
    expect((await change(id, 'refunds', 500)).status).toBe(409);
    expect((await call('GET', `/v1/payments/${id}`)).body).toMatchObject({
      status: 'captured',
      amountMinor: 1_999,
      capturedMinor: 1_999,
      refundedMinor: 1_500,
    });
  });

  test('with automatic capture is captured at once', async () => {
    const paid = await pay('tok_mastercard', { capture: 'automatic' });
    expect(paid.body).toMatchObject({ status: 'captured', capturedMinor: 1_999 });
  });

  test('that is canceled can not be captured', async () => {
    const { id } = (await pay('tok_visa')).body;
    expect((await change(id, 'cancel')).body.status).toBe('canceled');
    const refused = await change(id, 'capture', 1);
    expect(refused).toMatchObject({ status: 409, body: { code: 'not-possible' } });
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });

  test.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
    ['tok_expired_card', 'expired_card'],
    ['tok_incorrect_cvc', 'incorrect_cvc'],
    ['tok_fraudulent', 'fraudulent'],
  ])('with %s is declined: %s', async (token, declineCode) => {
    expect((await pay(token)).body).toMatchObject({ status: 'declined', declineCode });
  });

  test('is found by its reference and by its partition, page by page', async () => {
    const ids: string[] = [];
    for (const reference of ['a', 'b', 'a']) {
      ids.push((await pay('tok_visa', { reference })).body.id);
    }
    const byReference = await call('GET', '/v1/payments?reference=a');
    expect(byReference.body['payments']).toMatchObject([{ id: ids[0] }, { id: ids[2] }]);
    const first = await call('GET', '/v1/payments?partition=eu-1f3&limit=2');
    expect(first.body['next']).toBe(ids[1]);
    const rest = await call('GET', `/v1/payments?partition=eu-1f3&limit=2&after=${ids[1]}`);
    expect(rest.body).toEqual({ payments: [expect.objectContaining({ id: ids[2] })] });
    expect((await call('GET', '/v1/payments?partition=eu-000')).body['payments']).toEqual([]);
  });
});

describe('a request that comes twice', () => {
  test('has one effect and the same answer, also when both come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => pay('tok_visa', {}, 'same-key')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    const { id } = (answers[0] as Answer).body;
    const first = await change(id, 'capture', 500, 'capture-once');
    await change(id, 'capture', 100);
    expect((await change(id, 'capture', 500, 'capture-once')).body).toEqual(first.body);
    expect((await call('GET', `/v1/payments/${id}`)).body.capturedMinor).toBe(600);
    expect((await pay('tok_visa', {}, 'same-key')).body).toEqual((answers[0] as Answer).body);
  });

  test('with another body is refused', async () => {
    const { id } = (await pay('tok_visa', {}, 'once')).body;
    expect((await pay('tok_visa', { amountMinor: 1 }, 'once')).status).toBe(422);
    await change(id, 'capture', 10, 'part');
    expect((await change(id, 'capture', 11, 'part')).status).toBe(422);
  });
});

describe('bad input', () => {
  test.each([
    [{ amountMinor: -1 }, '/amountMinor'],
    [{ amountMinor: 1.5 }, '/amountMinor'],
    [{ amountMinor: '100' }, '/amountMinor'],
    [{ currency: 'euro' }, '/currency'],
    [{ webhookUrl: 'ftp://x' }, '/webhookUrl'],
  ])('%o is a 400 that names the field', async (wrong, field) => {
    expect(await pay('tok_visa', wrong)).toMatchObject({ status: 400, body: { field } });
  });

  test('an unknown field, an unknown token, no key, no payment, no API key', async () => {
    expect((await pay('tok_visa', { surprise: 1 })).status).toBe(400);
    expect(await pay('tok_unheard_of')).toMatchObject({ status: 422, body: { field: '/token' } });
    expect((await call('POST', '/v1/payments', {})).status).toBe(400);
    expect((await change('gwp_none', 'cancel')).status).toBe(404);
    const stranger = await call('GET', '/v1/ledger', undefined, { authorization: 'Bearer x' });
    expect(stranger).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect((await call('GET', '/v1/ledger')).body['entries']).toEqual([]);
  });
});

describe('a 3-D Secure challenge', () => {
  test('is approved on a page without scripts that then leads back to the shop', async () => {
    const returnUrl = 'http://shop.test/back?order=1';
    const paid = (await pay('tok_3ds', { returnUrl, reference: '<b>"1"</b>' })).body;
    expect(paid.status).toBe('requires_action');
    const page = await fetch(paid.actionUrl as string);
    const html = await page.text();
    expect(html).toContain('€19.99');
    expect(html).toContain('&lt;b&gt;&quot;1&quot;');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^ ]+'; form-action 'self' http:\/\/shop\.test;/,
    );
    expect((await change(paid.id, 'capture', 1)).status).toBe(409);
    const decided = await fetch(paid.actionUrl as string, {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'approve' }),
      redirect: 'manual',
    });
    expect(decided.status).toBe(303);
    expect(decided.headers.get('location')).toBe(returnUrl);
    const after = (await call('GET', `/v1/payments/${paid.id}`)).body;
    expect(after.status).toBe('authorized');
    expect(after).not.toHaveProperty('actionUrl');
    await until(() => received.some(({ event }) => event.type === 'payment.authorized'));
  });

  test.each([
    ['tok_3ds', 'decline', 'authentication_failed'],
    ['tok_3ds_declined_after', 'approve', 'card_declined'],
  ])('%s, %s: the payment is declined', async (token, outcome, declineCode) => {
    const { actionUrl } = (await pay(token)).body;
    const decided = await call('POST', actionUrl as string, { outcome });
    expect(decided).toMatchObject({ status: 200, body: { status: 'declined', declineCode } });
    expect((await call('POST', actionUrl as string, { outcome })).body).toEqual(decided.body);
    const other = outcome === 'approve' ? 'decline' : 'approve';
    expect((await call('POST', actionUrl as string, { outcome: other })).status).toBe(409);
  });

  test('captures at once where that was asked for', async () => {
    const { actionUrl } = (await pay('tok_3ds', { capture: 'automatic' })).body;
    const decided = await call('POST', actionUrl as string, { outcome: 'approve' });
    expect(decided.body).toMatchObject({ status: 'captured', capturedMinor: 1_999 });
  });

  test('that nobody knows shows a page, not a fault', async () => {
    expect((await call('GET', '/v1/challenges/unknown')).status).toBe(404);
    expect((await call('POST', '/v1/challenges/unknown', { outcome: 'approve' })).status).toBe(404);
  });
});

describe('webhooks', () => {
  test('are signed, and tell of every change', async () => {
    const { id } = (await pay('tok_visa')).body;
    await change(id, 'capture', 1_999);
    await change(id, 'refunds', 99);
    await until(() => received.length === 3);
    expect(received.map(({ event }) => event.type).toSorted()).toEqual([
      'payment.authorized',
      'payment.captured',
      'payment.refunded',
    ]);
    for (const { signature, text, event } of received) {
      const unixS = Number(/^t=(\d+),/.exec(signature)?.[1]);
      expect(signature).toBe(signWebhook(text, WEBHOOK_KEY, unixS));
      expect(event.payment.id).toBe(id);
    }
  });

  test('are sent again until they are accepted, over a restart too, and then no more', async () => {
    shopStatus = 500;
    await pay('tok_visa');
    await until(() => received.length >= 3);
    await gateway.stop();
    shopStatus = 204;
    const failed = received.length;
    await open();
    await until(() => received.length > failed && isDeliveryNoted());
    expect(new Set(received.map(({ event }) => event.id)).size).toBe(1);
    await gateway.stop();
    const settled = received.length;
    await open();
    await pay('tok_visa');
    await until(() => received.length > settled);
    expect(received.at(-1)?.event.id).not.toBe(received[0]?.event.id);
  });

  test('tok_webhook_first: it arrives before the answer', async () => {
    await pay('tok_webhook_first');
    expect(received).toHaveLength(1);
  });

  test('tok_webhook_twice: the same event arrives twice', async () => {
    await pay('tok_webhook_twice');
    await until(() => received.length === 2);
    expect(received[0]?.event.id).toBe(received[1]?.event.id);
  });
});

describe('a gateway that misbehaves', () => {
  test('tok_timeout: the payment is made although the answer does not come; the key finds it', async () => {
    const abort = AbortSignal.timeout(300);
    const body = { amountMinor: 5, currency: 'EUR', token: 'tok_timeout', capture: 'manual' };
    const request = { ...body, reference: 'late', partition: 'eu-1f3' };
    await expect(
      fetch(`${gateway.url}/v1/payments`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${API_KEY}`,
          'content-type': 'application/json',
          'idempotency-key': 'late-key',
        },
        body: JSON.stringify(request),
        signal: abort,
      }),
    ).rejects.toThrow();
    const found = (await call('GET', '/v1/payments?reference=late')).body['payments'];
    expect(found).toMatchObject([{ status: 'authorized' }]);
    const again = await call('POST', '/v1/payments', request, { 'idempotency-key': 'late-key' });
    expect(again).toMatchObject({ status: 200, body: { status: 'authorized' } });
  });

  test('tok_timeout_on_capture: the capture happens; asking tells', async () => {
    const { id } = (await pay('tok_timeout_on_capture')).body;
    void change(id, 'capture', 1_999).catch(() => undefined);
    await until(() => received.some(({ event }) => event.type === 'payment.captured'));
    expect((await call('GET', `/v1/payments/${id}`)).body.capturedMinor).toBe(1_999);
  });

  test('tok_unavailable_once: 503 without effect, then the payment', async () => {
    expect((await pay('tok_unavailable_once', {}, 'twice')).status).toBe(503);
    expect((await call('GET', '/v1/ledger')).body['entries']).toEqual([]);
    expect((await pay('tok_unavailable_once', {}, 'twice')).body.status).toBe('authorized');
  });

  test('every test token is described', async () => {
    const { tokens } = (await call('GET', '/v1/test-tokens')).body as unknown as {
      tokens: readonly { readonly token: string; readonly description: string }[];
    };
    expect(tokens.map(({ token }) => token)).toContain('tok_3ds_declined_after');
    expect(tokens.every(({ description }) => description.length > 0)).toBe(true);
  });
});

test('the ledger lists every entry in order, page by page', async () => {
  const { id } = (await pay('tok_visa')).body;
  await change(id, 'capture', 10, 'the-capture');
  await pay('tok_declined');
  const page = (await call('GET', '/v1/ledger?limit=2')).body as unknown as {
    entries: unknown[];
    next: number;
  };
  expect(page.entries).toMatchObject([
    { seq: 1, type: 'payment.authorized', amountMinor: 1_999, payment: { id, capturedMinor: 0 } },
    { seq: 2, type: 'payment.captured', amountMinor: 10, idempotencyKey: 'the-capture' },
  ]);
  const rest = (await call('GET', `/v1/ledger?after=${page.next}`)).body;
  expect(rest).toMatchObject({ entries: [{ seq: 3, type: 'payment.declined' }] });
});
