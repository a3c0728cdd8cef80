import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditPage } from './audit-page.ts';
import {
  accessibilityFaults,
  type BrowserUnderTest,
  describeInBrowser,
  measureLoad,
  overflowsSideways,
  startBrowser,
  VIEWPORTS,
} from './browser.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';

/** A browser on a machine that is busy takes its time. */
const TIMEOUT_MS = 120_000;

describeInBrowser('a shopper who browses', { timeout: TIMEOUT_MS }, () => {
  let fleet: FleetUnderTest;
  let browser: BrowserUnderTest;

  beforeAll(async () => {
    [fleet, browser] = await Promise.all([
      startFleetUnderTest({
        cells: ['eu-de-1'],
        flags: ['--products', '60', '--default-country', 'DE'],
      }),
      startBrowser(),
    ]);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await fleet.stop();
    await browser.close();
  });

  /** The address of some product that has options. */
  async function findProduct(language: string): Promise<string> {
    const answer = await fetch(`${fleet.url}/v1/products?limit=30`, {
      headers: { 'x-client-country': 'DE' },
    });
    const { items } = (await answer.json()) as {
      items: { handle: string; variantCount: number; available: number }[];
    };
    const product = items.find(({ variantCount, available }) => variantCount > 3 && available > 50);
    return `/${language}/products/${product?.handle}`;
  }

  test.each([
    ['en', VIEWPORTS.desk],
    ['de', VIEWPORTS.phone],
    ['ar', VIEWPORTS.phone],
  ])('finds pages that axe has nothing against, in %s', async (language, viewport) => {
    const page = await browser.open({ viewport });
    const paths = [
      `/${language}/`,
      `/${language}/categories/home`,
      `/${language}/search?q=xyzzyx`,
      await findProduct(language),
      `/${language}/vendors/nordlicht`,
      `/${language}/preferences`,
      `/${language}/nothing`,
    ];
    for (const path of paths) {
      await page.goto(fleet.url + path);
      expect(await accessibilityFaults(page), path).toEqual([]);
      expect(await overflowsSideways(page), path).toBe(false);
    }
  });

  test('narrows a category, sees what is chosen, and takes it back', async () => {
    const page = await browser.open();
    await page.goto(`${fleet.url}/en/categories/home`);
    await page.locator('input[name="f.material"]').first().check();
    await page.waitForURL(/f\.material=/);
    expect(page.url()).not.toContain('min=');
    await page.locator('select[name="sort"]').selectOption('price');
    await page.waitForURL(/sort=price/);
    const chosen = page.locator('.chips a.chip').last();
    await chosen.click();
    await page.waitForURL((url) => !url.search.includes('f.material'));
    expect(page.url()).toContain('sort=price');
  });

  test('walks through suggestions by keyboard', async () => {
    const page = await browser.open();
    await page.goto(`${fleet.url}/en/`);
    const field = page.getByRole('search').locator('input');
    await field.focus();
    await page.locator('[role="combobox"]').waitFor();
    await field.pressSequentially('lam');
    const list = page.getByRole('listbox');
    await list.waitFor();
    await field.press('ArrowDown');
    const active = await field.getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).getAttribute('aria-selected')).toBe('true');
    expect(await accessibilityFaults(page)).toEqual([]);
    await field.press('Escape');
    expect(await list.isVisible()).toBe(false);
    await field.press('ArrowDown');
    await field.press('Enter');
    await page.waitForURL(/\/en\/(?:search|categories|products)/);
  });

  test('chooses a variant, and its address shows the same one without a script', async () => {
    const page = await browser.open();
    await page.goto(fleet.url + (await findProduct('en')));
    const option = page.locator('.option__value:not([aria-current])').first();
    await option.hover();
    await page.locator('[data-island="buy-box"][data-alive]').waitFor();
    const name = ((await option.textContent()) ?? '').replace(/ \(.*\)$/, '');
    await option.click();
    await page.waitForURL(/\?/);
    expect(await page.locator('.option__value[aria-current]').allTextContents()).toContain(name);
    const plain = await browser.open({ javaScriptEnabled: false });
    await plain.goto(page.url());
    expect(await plain.locator('.option__value[aria-current]').allTextContents()).toContain(name);
  });

  test('changes language, currency and country, and comes back to the same page', async () => {
    const page = await browser.open({ javaScriptEnabled: false });
    await page.goto(`${fleet.url}/en/search?q=lamp`);
    await page.locator('a[href^="/en/preferences"]').first().click();
    await page.locator('select[name="language"]').selectOption('ar');
    await page.locator('select[name="currency"]').selectOption('SEK');
    await page.locator('form[action="/en/preferences"] button').click();
    await page.waitForURL('**/ar/search?q=lamp');
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    await page.locator('a[href^="/ar/preferences"]').first().click();
    await page.locator('select[name="country"]').selectOption('FR');
    await page.locator('form[action="/router/country"] button').click();
    await page.waitForURL('**/ar/search?q=lamp');
    expect(await page.locator('a[href^="/ar/preferences"]').first().textContent()).toContain('FR');
  });

  test('is sent few scripts, and sees nothing jump', async () => {
    const product = await findProduct('en');
    for (const [path, bytesMax, touch] of [
      ['/en/', 20_000, undefined],
      ['/en/categories/home', 20_000, undefined],
      [product, 20_000, undefined],
      [product, 120_000, '.option__value'],
    ] as const) {
      const page = await browser.open({ viewport: VIEWPORTS.phone });
      const { scriptBytes, layoutShift } = await measureLoad(page, fleet.url + path, touch);
      expect(scriptBytes, path).toBeGreaterThan(1_000);
      expect(scriptBytes, path).toBeLessThanOrEqual(bytesMax);
      expect(layoutShift, path).toBeLessThan(0.02);
    }
  });

  test('gets pages that Lighthouse gives at least 95 points', async () => {
    for (const path of ['/en/', '/en/categories/home', await findProduct('en')]) {
      const { scores, failed } = await auditPage(fleet.url + path);
      expect(Object.keys(scores).length).toBe(3);
      for (const [category, score] of Object.entries(scores)) {
        expect(score, `${category} of ${path}: ${failed.join(', ')}`).toBeGreaterThanOrEqual(95);
      }
    }
  });

  test('sees a page of the shop where there is no network', async () => {
    const page = await browser.open();
    await page.goto(`${fleet.url}/de/`);
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    // The worker is active before the page that started it is its own.
    await page.reload();
    await page.context().setOffline(true);
    await page.goto(`${fleet.url}/de/categories/home`);
    expect(await page.locator('h1').textContent()).toBe('Du bist offline');
    await page.context().setOffline(false);
    await page.goto(`${fleet.url}/de/categories/home`);
    expect(await page.locator('h1').textContent()).toBe('Wohnen');
  });
});
