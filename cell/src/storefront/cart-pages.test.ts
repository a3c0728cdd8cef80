import { sampleChange } from '@commerce/contracts/samples/catalog-documents';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
    for (const { id } of variants) await cell.stock(id, 5);
  }
});

afterAll(async () => {
  await cell.shutDown();
  await gateway.stop();
});

const add = (visitor: PageVisitor, variant: string, quantity = 1) =>
  visitor.post('/en/cart', { intent: 'add', variant, quantity: String(quantity) });

test('an empty cart says so and leads on', async () => {
  shopper = visitPages(cell.app);
  const page = await shopper.open('/en/cart');
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('Your cart is empty');
  expect(page.headers['cache-control']).toBe('private, no-store');
  expect(page.body).toContain('noindex');
});

test('a form of a product page puts units into a cart, and leads to it', async () => {
  shopper = visitPages(cell.app);
  const added = await add(shopper, variantOf(0), 2);
  expect([added.statusCode, added.headers.location]).toEqual([303, '/en/cart']);
  await add(shopper, variantOf(1));
  const page = await shopper.open('/en/cart');
  expect(page.body).toMatch(/data-cart-count="3"/);
  expect(page.body).toContain('Sold and sent by Atelier Sud');
  expect(page.body).toContain('3 items');
});

test('a script gets what to show instead', async () => {
  shopper = visitPages(cell.app);
  const answer = await shopper.post(
    '/de/cart',
    { intent: 'add', variant: variantOf(0) },
    { accept: 'application/json' },
  );
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ count: 1, cart: { href: '/de/cart' } });
});

test('quantities are changed and lines are taken out', async () => {
  shopper = visitPages(cell.app);
  await add(shopper, variantOf(0));
  const line = /name="line" value="(lin_\w+)"/.exec((await shopper.open('/en/cart')).body)?.[1];
  await shopper.post('/en/cart', { intent: 'change', line: line ?? '', quantity: '4' });
  expect((await shopper.open('/en/cart')).body).toMatch(/data-cart-count="4"/);
  await shopper.post('/en/cart', { intent: 'remove', line: line ?? '' });
  expect((await shopper.open('/en/cart')).body).toContain('Your cart is empty');
});

test('more than there is can not be checked out, and the page says how many are left', async () => {
  shopper = visitPages(cell.app);
  await add(shopper, variantOf(0), 6);
  const page = await shopper.open('/en/cart');
  expect(page.body).toContain('Only 5 left');
  expect(page.body).toContain('be bought as it is');
  expect(page.body).not.toContain('href="/en/checkout"');
});

test('what is not for sale is refused in words, and adds nothing', async () => {
  shopper = visitPages(cell.app);
  const answer = await add(shopper, 'var_01jd8x3k5nf0v9m2q7r4t6w8ya');
  expect(answer.statusCode).toBe(303);
  expect((await shopper.open('/en/cart')).body).toContain('Your cart is empty');
});

test('a cart moves to another currency with all its lines, once', async () => {
  shopper = visitPages(cell.app);
  await add(shopper, variantOf(0), 2);
  await add(shopper, variantOf(1));
  await shopper.post('/en/preferences', { currency: 'GBP', return: '/cart' });
  expect((await shopper.open('/en/cart')).body).toContain('Move my cart to GBP');
  const begun = await shopper.post('/en/cart', { intent: 'renew' });
  const take = await shopper.open(String(begun.headers.location));
  const taken = await shopper.open(String(take.headers.location));
  expect([taken.statusCode, taken.headers.location]).toEqual([303, '/en/cart']);
  // The address was used: it adds nothing once more.
  await shopper.open(String(take.headers.location));
  const { body } = await shopper.open('/en/cart');
  expect(body).toMatch(/data-cart-count="3"/);
  expect(body).toContain('£');
  expect(body).not.toContain('Move my cart');
});

test('a price that has changed since is told, with what it was', async () => {
  shopper = visitPages(cell.app);
  await add(shopper, variantOf(1));
  const product = cell.products[1];
  const dearer = product.variants.map((variant) => ({
    ...variant,
    prices: variant.prices.map((price) => ({ ...price, amountMinor: price.amountMinor + 100 })),
  }));
  await cell.catalog.applyChanges(
    [sampleChange(6, 'product', { ...product, variants: dearer })],
    6,
    6,
  );
  expect((await shopper.open('/en/cart')).body).toMatch(/The price has changed .* It was €/);
});

test('an address that moves a cart does nothing for who did not get it from us', async () => {
  shopper = visitPages(cell.app);
  await add(shopper, variantOf(0));
  const from = shopper.cookie('shop_cart')?.split('.')[0] ?? '';
  const lines = `${variantOf(1).slice(4)}.5`;
  await shopper.open(`/en/cart/take?from=${from}&lines=${lines}&token=forged`);
  expect(shopper.cookie('shop_cart')).toBe(`${from}.1`);
});

test('a cookie that names no cart is as good as none', async () => {
  shopper = visitPages(cell.app);
  shopper.setCookie('shop_cart', 'cart_eu1f3_01jd8x3k5nf0v9m2q7r4t6w8ya.3');
  expect((await shopper.open('/en/cart')).body).toContain('Your cart is empty');
  expect(shopper.cookie('shop_cart')).toBeUndefined();
});
