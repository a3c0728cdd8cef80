import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { sendJson } from './shopper.ts';
import { signInVendors, type VendorAccount } from './vendors.ts';

let fleet: FleetUnderTest;
let vendor: VendorAccount;

beforeAll(async () => {
  fleet = await startFleetUnderTest({ cells: ['eu-de-1'], flags: ['--products', '40'] });
  [vendor] = (await signInVendors(fleet)) as [VendorAccount];
}, 180_000);
afterAll(() => fleet.stop());

const read = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(fleet.url + path, { headers: { 'x-client-country': 'DE', ...headers } });

describe('the shared cache of the catalogue', () => {
  test('answers for the cell, and forgets a product when its vendor changes it', async () => {
    const { token } = vendor;
    const list = await sendJson(`${fleet.controlPlane}/v1/catalog/products?limit=1`, 'GET', {
      token,
    });
    const [product] = list.body.items as { id: string; handle: string; titles: object }[];
    const path = `/v1/products/${product?.handle}?language=en`;
    await eventually(async () => {
      const answer = await read(path);
      await answer.arrayBuffer();
      return answer.headers.get('cache-status') === 'router; hit' ? answer : undefined;
    });
    const title = `Changed ${Date.now()}`;
    const changed = await fetch(`${fleet.controlPlane}/v1/catalog/products/${product?.id}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify({ titles: { ...product?.titles, en: title } }),
    });
    expect(changed.status).toBe(200);
    await eventually(async () => {
      const text = await (await read(path)).text();
      return text.includes(title) ? text : undefined;
    }, 10_000);
  }, 60_000);
});

describe('limits of rate', () => {
  test('stop one address that asks too much, and nobody else', async () => {
    const from = (address: string) => read('/router/whoami', { 'x-forwarded-for': address });
    let refused: Response | undefined;
    // The standard limit is 3,000 in a minute; they flow back while these are sent.
    for (let batch = 0; batch < 200 && refused === undefined; batch++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => from('203.0.113.9')));
      refused = answers.find(({ status }) => status === 429);
      await Promise.all(answers.map((answer) => answer.arrayBuffer().catch(() => undefined)));
    }
    expect(refused?.headers.get('ratelimit-policy')).toBe('"ip";q=3000;w=60');
    expect(refused?.headers.get('ratelimit')).toMatch(/^"ip";r=0;t=\d+$/);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('203.0.113.10')).status).toBe(200);
    expect((await read('/router/whoami')).status).toBe(200);
  }, 120_000);
});
