import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accessibilityFaults,
  type BrowserUnderTest,
  describeInBrowser,
  overflowsSideways,
  startBrowser,
  VIEWPORTS,
} from './browser.ts';
import { addToCart, fillCheckout, listProducts, pressPay } from './buying-in-a-browser.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';

/** A browser on a machine that is busy takes its time. */
const TIMEOUT_MS = 180_000;
const PLACED = /\/orders\/grp_\w+\?token=[\w.-]+&placed=1$/;

describeInBrowser('a shopper who buys in a browser', { timeout: TIMEOUT_MS }, () => {
  let fleet: FleetUnderTest;
  let browser: BrowserUnderTest;
  let products: readonly string[];
  let buyers = 0;

  const newEmail = (): string => `ada${(buyers += 1)}@example.com`;
  const productAt = (index: number, language = 'en'): string =>
    `${fleet.url}/${language}/products/${products[index % products.length]}`;

  beforeAll(async () => {
    [fleet, browser] = await Promise.all([
      startFleetUnderTest({
        cells: ['eu-de-1', 'eu-fr-1'],
        flags: ['--products', '60', '--default-country', 'DE'],
      }),
      startBrowser(),
    ]);
    products = await listProducts(fleet);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await fleet.stop();
    await browser.close();
  });

  test('buys from two vendors with scripts, and axe has nothing against any page', async () => {
    const page = await browser.open();
    await addToCart(page, productAt(0));
    await addToCart(page, productAt(1));
    for (const path of ['/en/cart', '/en/checkout']) {
      await page.goto(`${fleet.url}${path}`);
      expect(await accessibilityFaults(page), path).toEqual([]);
    }
    await fillCheckout(page, newEmail());
    await pressPay(page);
    await page.waitForURL(PLACED);
    expect(await page.locator('.order__vendor').count()).toBe(2);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('buys without scripts', async () => {
    const page = await browser.open({ javaScriptEnabled: false });
    await addToCart(page, productAt(0));
    await page.goto(`${fleet.url}/en/checkout`);
    await fillCheckout(page, newEmail());
    await pressPay(page);
    await page.waitForURL(PLACED);
  });

  test.each(['de', 'ar'])('buys on a phone, in %s', async (language) => {
    const page = await browser.open({ viewport: VIEWPORTS.phone });
    await addToCart(page, productAt(2, language));
    for (const path of ['cart', 'checkout']) {
      await page.goto(`${fleet.url}/${language}/${path}`);
      expect(await overflowsSideways(page), path).toBe(false);
      expect(await accessibilityFaults(page), path).toEqual([]);
    }
    await fillCheckout(page, newEmail());
    await pressPay(page);
    await page.waitForURL(PLACED);
    expect(await overflowsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('is told what is wrong where the focus is, and why a card was declined', async () => {
    const page = await browser.open();
    await addToCart(page, productAt(0));
    await page.goto(`${fleet.url}/en/checkout`);
    await pressPay(page);
    await page.locator('#faults').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('faults');
    expect(await accessibilityFaults(page)).toEqual([]);
    await fillCheckout(page, newEmail(), 'tok_insufficient_funds');
    await pressPay(page);
    await page.getByText('There is not enough money on that card.').first().waitFor();
    await page.locator('input[value="tok_mastercard"]').check();
    await pressPay(page);
    await page.waitForURL(PLACED);
  });

  test('approves at the bank, and comes back to the order; another browser follows it', async () => {
    const page = await browser.open();
    await addToCart(page, productAt(0));
    await page.goto(`${fleet.url}/en/checkout`);
    await fillCheckout(page, newEmail(), 'tok_3ds');
    await pressPay(page);
    await page.waitForURL(/\/challenges\//);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('button[value=approve]').click();
    await page.waitForURL(PLACED);
    const friend = await browser.open({ viewport: VIEWPORTS.phone });
    await friend.goto(page.url().replace('&placed=1', ''));
    expect(await friend.locator('.timeline').count()).toBe(1);
    await friend.goto(page.url().replace(/\?.*/, ''));
    expect(await friend.locator('.timeline').count()).toBe(0);
  });

  test('declines at the bank, and finds the cart as it was', async () => {
    const page = await browser.open();
    await addToCart(page, productAt(0));
    await page.goto(`${fleet.url}/en/checkout`);
    await fillCheckout(page, newEmail(), 'tok_3ds');
    await pressPay(page);
    await page.waitForURL(/\/challenges\//);
    await page.locator('button[value=decline]').click();
    await page.getByText('Your payment was declined').waitFor();
    await page.goto(`${fleet.url}/en/cart`);
    expect(await page.locator('.cart-line').count()).toBe(1);
  });

  test('I1: presses twice, and gets one order', async () => {
    const page = await browser.open({ javaScriptEnabled: false });
    await addToCart(page, productAt(1));
    await page.goto(`${fleet.url}/en/checkout`);
    await fillCheckout(page, newEmail());
    await page.locator('.checkout__pay button').dblclick();
    await page.waitForURL(PLACED);
    const first = page.url();
    await page.goBack();
    await page.goto(`${fleet.url}/en/checkout`);
    await page.waitForURL(/\/en\/cart$/);
    await page.goto(first);
    expect(await page.locator('.order__vendor').count()).toBe(1);
  });

  test('signs up, buys, signs out, and signs in from another cell with a cart', async () => {
    const page = await browser.open();
    const email = newEmail();
    await page.goto(`${fleet.url}/en/account`);
    await page.goto(`${fleet.url}/en/account/sign-up`);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('#email').fill(email);
    await page.locator('#password').fill('correct horse battery');
    await page.locator('.account-card form button').click();
    await page.waitForURL(/\/en\/account$/);
    await addToCart(page, productAt(0));
    await page.goto(`${fleet.url}/en/checkout`);
    await fillCheckout(page, email);
    await pressPay(page);
    await page.waitForURL(PLACED);
    await page.goto(`${fleet.url}/en/account`);
    expect(await page.locator('.order-card').count()).toBe(1);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('.account__actions form button').click();
    await page.waitForURL(/\/en\/$/);
    await page.goto(`${fleet.url}/en/account`);
    await page.waitForURL(/sign-in/);

    const guest = await browser.open({ extraHTTPHeaders: { 'x-client-country': 'FR' } });
    await addToCart(guest, productAt(1));
    expect(await guest.locator('.footer__home').innerText()).toContain('eu-fr-1');
    await guest.goto(`${fleet.url}/en/account/sign-in?return=/cart`);
    await guest.locator('#email').fill(email);
    await guest.locator('#password').fill('wrong battery staple');
    await guest.locator('.account-card form button').click();
    await guest.getByText('Email and password do not fit together.').first().waitFor();
    await guest.locator('#password').fill('correct horse battery');
    await guest.locator('.account-card form button').click();
    await guest.waitForURL(/\/en\/cart$/);
    expect(await guest.locator('.cart-line').count()).toBe(1);
    expect(await guest.locator('.footer__home').innerText()).toContain('eu-de-1');
  });
});
