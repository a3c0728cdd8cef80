import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type PageVisitor, visitPages } from '../testing/page-visitor.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let shopper: PageVisitor;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  for (const { variants } of cell.products) {
    for (const { id } of variants) await cell.stock(id, 100);
  }
  shopper = visitPages(cell.app);
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

/** A guest's order of two lamps, as the page of its link shows it. */
async function buy() {
  const variantId = cell.products[0].variants[0]?.id as string;
  const cartId = await cell.readyCart([{ variantId, quantity: 2 }]);
  const { body } = await cell.send('POST', `/v1/carts/${cartId}/checkout`, {
    body: { payment: { gateway: 'sandbox', token: 'tok_visa' } },
    key: `key-${Math.random()}`,
  });
  const link = await cell.send('POST', `/v1/order-groups/${body.id}/tracking-token`, {
    body: { cartId },
  });
  const lineId = body.orders[0].lines[0].id as string;
  return {
    lineId,
    order: `/en/orders/${body.id}?token=${link.body.token}`,
    cancel: `/en/orders/${body.id}/cancel?token=${link.body.token}`,
  };
}

const hidden = (body: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '';

test('a shopper sees the money first, then cancels, and the order tells what happened', async () => {
  const { lineId, order, cancel } = await buy();
  expect((await shopper.open(order)).body).toContain(cancel.replace('&', '&amp;'));
  expect((await shopper.open(cancel)).body).toContain('Desk lamp');
  const units = { [`units.${lineId}`]: '1' };
  const preview = await shopper.post(cancel, units);
  expect(preview.statusCode).toBe(200);
  expect(preview.body).toContain('You get €119.00 back');
  const fields = { expected: hidden(preview.body, 'expected'), key: hidden(preview.body, 'key') };
  const canceled = await shopper.post(cancel, { ...units, ...fields });
  expect(canceled).toMatchObject({ statusCode: 303, headers: { location: order } });
  // The button pressed twice.
  expect((await shopper.post(cancel, { ...units, ...fields })).statusCode).toBe(303);

  const { body } = await shopper.open(order);
  expect(body).toContain('You canceled: 1 × Desk lamp');
  expect(body).toContain('€119.00 went back to you.');
  expect(body).toContain('Given back');
});

test('an order that has changed meanwhile is shown anew, and nothing is canceled', async () => {
  const { lineId, cancel } = await buy();
  const units = { [`units.${lineId}`]: '1' };
  const stale = await shopper.post(cancel, { ...units, expected: '1', key: 'k' });
  expect(stale.statusCode).toBe(409);
  expect(stale.body).toContain('has changed in the meantime');
  expect((await shopper.post(cancel, {})).body).toContain('Choose at least one.');
});

test('an order of which nothing is left says so, and its page offers no canceling', async () => {
  const { lineId, order, cancel } = await buy();
  const units = { [`units.${lineId}`]: '2' };
  const preview = await shopper.post(cancel, units);
  const fields = { expected: hidden(preview.body, 'expected'), key: hidden(preview.body, 'key') };
  await shopper.post(cancel, { ...units, ...fields });
  const { body } = await shopper.open(order);
  expect(body).not.toContain('/cancel?');
  expect(body).toContain('Canceled');
  expect((await shopper.open(cancel)).body).toContain('can be canceled any more');
});
