import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CommerceCell, startCommerceCell } from '../testing/commerce-cell.ts';
import { type PageVisitor, visitPages } from '../testing/page-visitor.ts';
import { type SandboxProcess, startSandbox } from '../testing/sandbox-process.ts';

let gateway: SandboxProcess;
let cell: CommerceCell;
let shopper: PageVisitor;
const variantOf = (index: 0 | 1): string => cell.products[index].variants[0]?.id as string;

beforeAll(async () => {
  gateway = await startSandbox();
  cell = await startCommerceCell({ gateway });
  for (const { variants } of cell.products) {
    for (const { id } of variants) await cell.stock(id, 100);
  }
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

beforeEach(async () => {
  shopper = visitPages(cell.app);
  for (const index of [0, 1] as const) {
    await shopper.post('/en/cart', { intent: 'add', variant: variantOf(index), quantity: '1' });
  }
});

const ADDRESS = {
  email: 'ada@example.com',
  country: 'DE',
  name: 'Ada Lovelace',
  line1: 'Friedrichstr. 1',
  postalCode: '10117',
  city: 'Berlin',
};

/** The fields of the checkout as the page has filled them in. */
async function openCheckout(visitor = shopper): Promise<Record<string, string>> {
  const { body } = await visitor.open('/en/checkout');
  const attempt = /name="attempt" value="([^"]+)"/.exec(body)?.[1] ?? '';
  const radios = [...body.matchAll(/<input [^>]*type="radio"[^>]*>/g)].map(([tag]) => tag);
  const chosen = radios.filter((tag) => tag.includes('checked'));
  const fields = chosen.map((tag) => [
    /name="([^"]+)"/.exec(tag)?.[1] ?? '',
    /value="([^"]+)"/.exec(tag)?.[1] ?? '',
  ]);
  return { ...(Object.fromEntries(fields) as Record<string, string>), attempt };
}

const pay = async (fields: Readonly<Record<string, string>>, visitor = shopper) =>
  visitor.post('/en/checkout', { intent: 'pay', ...ADDRESS, ...fields });

const partitionIn = (id: string): Partition => partitionOfId(id) as Partition;

const chargesSoFar = async () =>
  (await gateway.payments()).filter(({ status }) => status === 'captured').length;

test('the checkout shows a total that can be paid, before anything is entered', async () => {
  const { body } = await shopper.open('/en/checkout');
  expect(body).toContain('Atelier Sud');
  expect(body).toContain('tok_visa');
  expect(body).toMatch(/Pay €/);
  expect(body).not.toContain('At checkout');
});

test('without a cart there is nothing to check out', async () => {
  const answer = await visitPages(cell.app).open('/en/checkout');
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/en/cart']);
});

test('everything that is wrong is told at once, beside its field and above the form', async () => {
  const fields = await openCheckout();
  const page = await pay({ ...fields, email: 'ada', postalCode: '1', name: '' });
  expect(page.statusCode).toBe(422);
  expect(page.body).toContain('3 things need your attention');
  for (const field of ['email', 'postalCode', 'name']) {
    expect(page.body).toContain(`href="#${field}"`);
    expect(page.body).toContain(`id="${field}-error"`);
  }
  expect(page.body).toContain('Such as ');
  expect(page.body).toContain('value="Friedrichstr. 1"');
});

test('another country is asked for its own fields, and keeps what was entered', async () => {
  const fields = await openCheckout();
  const page = await shopper.post('/en/checkout', {
    intent: 'update',
    ...fields,
    ...ADDRESS,
    country: 'ES',
  });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('name="region"');
  expect(page.body).toContain('value="ada@example.com"');
});

test('a guest buys with forms alone, and sees the order by its link', async () => {
  const paid = await pay(await openCheckout());
  expect(paid.statusCode).toBe(303);
  const to = String(paid.headers.location);
  expect(to).toMatch(/^\/en\/orders\/grp_\w+\?token=[\w.-]+&placed=1$/);
  const page = await shopper.open(to);
  expect(page.body).toContain('Thank you for your order');
  expect(page.body).toContain('a•••@example.com');
  expect(page.body).not.toContain('Friedrichstr');
  expect(page.body).toContain('Atelier Sud');
  expect((await shopper.open('/en/cart')).body).toContain('Your cart is empty');
  // The link is enough for another browser; the address without it is not.
  const friend = visitPages(cell.app);
  expect((await friend.open(to)).body).toContain('Berlin');
  const closed = await friend.open(to.split('?')[0] ?? '');
  expect(closed.statusCode).toBe(401);
  expect(closed.body).not.toContain('Berlin');
});

test('I1 I9: a form that is sent twice, at once or later, gives one order and one charge', async () => {
  const before = await chargesSoFar();
  const fields = await openCheckout();
  const [first, second] = await Promise.all([pay(fields), pay(fields)]);
  const later = await pay(fields);
  for (const answer of [first, second, later]) expect(answer.statusCode).toBe(303);
  const groups = [first, second, later].map(
    ({ headers }) => /grp_\w+/.exec(String(headers.location))?.[0],
  );
  expect(new Set(groups.filter(Boolean)).size).toBe(1);
  await expect.poll(chargesSoFar).toBe(before + 1);
});

test('a declined card is explained, and another one pays', async () => {
  const fields = await openCheckout();
  const declined = await pay({ ...fields, token: 'tok_insufficient_funds' });
  expect(declined.statusCode).toBe(402);
  expect(declined.body).toContain('There is not enough money on that card');
  const attempt = /name="attempt" value="([^"]+)"/.exec(declined.body)?.[1] ?? '';
  expect(attempt).not.toBe(fields['attempt']);
  const paid = await pay({ ...fields, attempt });
  expect(paid.headers.location).toContain('placed=1');
});

test('what has sold out meanwhile is told by name, and nothing is charged', async () => {
  const before = await chargesSoFar();
  const rare = cell.products[0].variants[1]?.id ?? variantOf(0);
  const others = visitPages(cell.app);
  await others.post('/en/cart', { intent: 'add', variant: rare, quantity: '100' });
  await shopper.post('/en/cart', { intent: 'add', variant: rare, quantity: '1' });
  expect((await pay(await openCheckout(others), others)).statusCode).toBe(303);
  const refused = await pay(await openCheckout());
  expect(refused.statusCode).toBe(409);
  expect(refused.body).toMatch(/only \d can be had/);
  expect(await chargesSoFar()).toBe(before + 1);
});

test('a challenge leads to the bank and back, and its approval to the order', async () => {
  const fields = await openCheckout();
  const sent = await pay({ ...fields, token: 'tok_3ds' });
  const bank = String(sent.headers.location);
  expect(bank.startsWith(gateway.url)).toBe(true);
  expect((await shopper.open('/en/checkout')).headers.location).toMatch(/\/payment$/);
  const decided = await fetch(bank, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'outcome=approve',
  });
  const back = new URL(decided.headers.get('location') ?? '');
  expect(back.origin).toBe('http://shop.test');
  // The gateway's webhook has no router to go through here: recovery takes the checkout up.
  const group = /grp_\w+/.exec(back.pathname)?.[0] ?? '';
  const waiting = await shopper.open(back.pathname + back.search);
  expect(waiting.body).toContain('http-equiv="refresh"');
  await cell.checkout.resume(partitionIn(group), group);
  const done = await shopper.open(back.pathname + back.search);
  expect(done.headers.location).toMatch(/\?token=[\w.-]+&placed=1$/);
});

test('a challenge that is declined leads back to the checkout, with the cart as it was', async () => {
  const sent = await pay({ ...(await openCheckout()), token: 'tok_3ds' });
  const decided = await fetch(String(sent.headers.location), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'outcome=decline',
  });
  const back = new URL(decided.headers.get('location') ?? '');
  const group = /grp_\w+/.exec(back.pathname)?.[0] ?? '';
  await cell.checkout.resume(partitionIn(group), group);
  const page = await shopper.open(back.pathname + back.search);
  expect(page.body).toContain('Your payment was declined');
  expect((await shopper.open('/en/checkout')).statusCode).toBe(200);
});

test('one who waits too long for a bank is told so, and asked', async () => {
  const sent = await pay({ ...(await openCheckout()), token: 'tok_3ds' });
  expect(sent.statusCode).toBe(303);
  const to = String((await shopper.open('/en/checkout')).headers.location);
  const page = await shopper.open(`${to}?back=1&look=12`);
  expect(page.body).toContain('This takes longer than usual');
  expect(page.body).not.toContain('http-equiv="refresh"');
  const again = await shopper.open('/en/checkout?again=1');
  expect(again.body).toContain('Friedrichstr. 1');
});
