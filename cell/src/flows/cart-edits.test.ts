import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

/** As many as a household with a tab open on every device could never make at once. */
const EDITS = 200;

/** Sends as clients are told to: what was refused for want of time is sent again, with its key. */
async function insist(...request: Parameters<CommerceCell['send']>) {
  for (;;) {
    const answer = await cell.send(...request);
    if (answer.status !== 503) return answer;
    expect(answer.headers['retry-after']).toBeDefined();
  }
}

test('200 edits of one cart at the same moment are all in it, those sent twice once', async () => {
  const [red, blue] = cell.products[0].variants.map(({ id }) => id);
  const [other] = cell.products[1].variants.map(({ id }) => id);
  const cart = await cell.send('POST', '/v1/carts', { body: { currency: 'EUR', country: 'DE' } });
  const path = `/v1/carts/${cart.body.id}`;
  await cell.send('POST', `${path}/lines`, { body: { variantId: other, quantity: 1 } });

  const edits = Array.from({ length: EDITS }, (_, index) => {
    if (index % 10 === 9) {
      const email = `ada+${index}@example.com`;
      return insist('PUT', `${path}/email`, { body: { email } });
    }
    const variantId = index % 2 === 0 ? red : blue;
    const body = { variantId, quantity: 1 + (index % 3) };
    // Each fifth is sent twice, as a browser does that has lost the answer.
    const key = `edit-${index}`;
    const send = () => insist('POST', `${path}/lines`, { body, key });
    return index % 5 === 0 ? Promise.all([send(), send()]).then(([answer]) => answer) : send();
  });
  const answers = await Promise.all(edits);
  expect(answers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);

  const wanted = new Map([[other, 1]]);
  for (let index = 0; index < EDITS; index += 1) {
    if (index % 10 === 9) continue;
    const variantId = index % 2 === 0 ? red : blue;
    wanted.set(variantId, (wanted.get(variantId) ?? 0) + 1 + (index % 3));
  }
  const { body } = await cell.send('GET', path);
  const lines = body.lines as { variantId: string; quantity: number }[];
  expect(new Map(lines.map((line) => [line.variantId, line.quantity]))).toEqual(wanted);
  expect(body.email).toMatch(/^ada\+\d+@example.com$/);
});
