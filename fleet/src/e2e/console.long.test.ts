import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  accessibilityFaults,
  type BrowserUnderTest,
  describeInBrowser,
  overflowsSideways,
  startBrowser,
  VIEWPORTS,
} from './browser.ts';
import {
  firstPrice,
  goTo,
  handleOf,
  openProduct,
  save,
  signInAs,
  waitUntilLive,
} from './console-pages.ts';
import { eventually } from './eventually.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { createShopper } from './shopper.ts';

// A page waits for the machine as well, which has a whole fleet to run.
vi.setConfig({ testTimeout: 90_000 });

const VENDOR = 'vendor Nordlicht';
const CSV = [
  'Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price',
  'csv-mug,Mug of the file,<p>A mug.</p>,Nordlicht,Mugs,TRUE,Colour,Red,CSV-MUG-R,300,10,12.50',
  'csv-mug,,,,,,,Blue,CSV-MUG-B,300,5,13.50',
  'csv-bowl,Bowl of the file,<p>A bowl.</p>,Nordlicht,Bowls,TRUE,Title,Default Title,CSV-BOWL,400,7,-3',
].join('\n');

describeInBrowser('the console', () => {
  let fleet: FleetUnderTest;
  let browser: BrowserUnderTest;
  let session: Page;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    [fleet, browser] = await Promise.all([
      startFleetUnderTest({
        cells: ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'],
        flags: ['--products', '60'],
      }),
      startBrowser(),
    ]);
    url = `${fleet.controlPlane}/console`;
    session = await browser.open();
    session.setDefaultTimeout(15_000);
    await signInAs(session, url, VENDOR);
  }, 180_000);

  // Each test has a window of its own, in the one session.
  beforeEach(async () => {
    page = await session.context().newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(url);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });

  afterAll(async () => {
    await fleet.stop();
    await browser.close();
  });

  /** What shoppers of three countries, in three cells, see as the first price of a product. */
  const pricesSeen = async (handle: string): Promise<number[]> =>
    Promise.all(
      ['DE', 'FR', 'US'].map(async (country) => {
        // A market that cells of both jurisdictions carry.
        const path = `/v1/products/${handle}?currency=USD&country=US`;
        const answer = await createShopper(fleet.url, country).send('GET', path);
        return answer.body?.variants?.[0]?.price?.amountMinor as number;
      }),
    );

  test('refuses a wrong password, says so, and shows nobody anything', async () => {
    const stranger = await browser.open();
    await stranger.goto(`${url}/vendors`);
    await stranger.getByRole('textbox', { name: 'Email' }).fill('ada@nordlicht.example');
    await stranger.getByLabel('Password').fill('wrong');
    await stranger.keyboard.press('Enter');
    await stranger.getByRole('alert').getByText('Email or password is wrong.').waitFor();
    expect(await stranger.getByRole('navigation', { name: 'Pages' }).count()).toBe(0);
  });

  test('shows a saved price in all four cells within two seconds', async () => {
    await openProduct(page, 'in');
    await waitUntilLive(page, 4, 4);
    const handle = await handleOf(page);
    const before = await pricesSeen(handle);
    await page.getByLabel('Prices for').selectOption('us USD');
    await firstPrice(page).fill('77,71');
    const savedAt = Date.now();
    await save(page);
    await page.getByText(/Everywhere [\d.]+ s after saving/).waitFor({ timeout: 20_000 });
    const tookMs = Date.now() - savedAt;
    await waitUntilLive(page, 4, 4);
    expect(before).not.toContain(7_771);
    expect(await pricesSeen(handle)).toEqual([7_771, 7_771, 7_771]);
    expect(tookMs).toBeLessThan(2_000);
  });

  test('tells that a cell is away, and by itself when it has caught up', async () => {
    await openProduct(page, 'in');
    await waitUntilLive(page, 4, 4);
    await fleet.signal('cell us-west-1', 'SIGSTOP');
    try {
      await firstPrice(page).fill('66.60');
      await save(page);
      await waitUntilLive(page, 3, 4);
      await page
        .getByRole('listitem')
        .filter({ hasText: 'us-west-1' })
        .getByText('does not answer')
        .waitFor();
    } finally {
      await fleet.signal('cell us-west-1', 'SIGCONT');
    }
    await waitUntilLive(page, 4, 4);
  });

  test('shows what somebody else has saved meanwhile, and keeps both changes', async () => {
    await openProduct(page, 'in');
    const other = await page.context().newPage();
    await other.goto(page.url());
    const title = other.getByRole('textbox', { name: 'Title', exact: true });
    const renamed = `${await title.inputValue()}, renamed`;
    await title.fill(renamed);
    await save(other);
    await other.getByRole('heading', { level: 1, name: renamed }).waitFor();
    await firstPrice(page).fill('55.50');
    await save(page);
    const dialog = page.getByRole('dialog', { name: 'Somebody else has saved meanwhile' });
    await dialog.getByText('Title', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Save both' }).click();
    await page.getByRole('heading', { level: 1, name: renamed }).waitFor();
    await other.reload();
    expect(await firstPrice(other).inputValue()).toBe('55.50');
    expect(await title.inputValue()).toBe(renamed);
    await other.close();
  });

  test('makes a product with variants, counts it, and shows the order that a shopper places', async () => {
    await goTo(page, 'Products');
    await page.getByRole('link', { name: 'New product' }).click();
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Walnut tray');
    await page.getByLabel('Add a category').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Add an option' }).click();
    await page.getByRole('textbox', { name: 'Option', exact: true }).fill('Size');
    await page.getByRole('textbox', { name: 'Values' }).fill('Small, Large');
    // The variants are made when one has left the field.
    await page.keyboard.press('Tab');
    await page.getByRole('textbox', { name: 'Price of all variants' }).fill('24.90');
    await page.getByRole('button', { name: 'Give to all' }).click();
    await page.getByLabel('Status').selectOption('active');
    await save(page);
    await page.getByRole('heading', { level: 1, name: 'Walnut tray' }).waitFor();
    await page.getByText(/^Live in (\d+) of \1 cells$/).waitFor();

    await goTo(page, 'Stock');
    await page.getByRole('searchbox').fill('walnut tray');
    await page.getByRole('button', { name: 'Change stock of WALNUT-TRAY-SMALL' }).click();
    await page.getByRole('textbox', { name: 'Units' }).fill('8');
    await save(page);
    await page.getByText('Stock of WALNUT-TRAY-SMALL is saved').first().waitFor();

    const shopper = createShopper(fleet.url, 'DE');
    const variantId = await eventually(async () => {
      const { body } = await shopper.send(
        'GET',
        '/v1/products/walnut-tray?currency=EUR&country=DE',
      );
      return body?.variants?.find(({ available }: { available: number }) => available > 0)?.id as
        | string
        | undefined;
    });
    const cart = await shopper.fillCart([{ variantId, quantity: 2 }]);
    expect((await shopper.checkOut(cart)).status).toBeLessThan(300);
    await goTo(page, 'Orders');
    const row = page.getByRole('row').filter({ hasText: 'eu-de-1' }).first();
    await row.getByRole('link').click();
    await page.getByText('WALNUT-TRAY-SMALL').first().waitFor();
    expect(await page.getByText('Name and address of the shopper stay in eu-de-1').count()).toBe(1);
  });

  test('checks a file without changing anything, tells its errors by line, and saves what is right', async () => {
    await goTo(page, 'Imports');
    const buffer = Buffer.from(CSV);
    const file = { name: 'products.csv', mimeType: 'text/csv', buffer };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Check the file' }).click();
    await page.getByText('The file was checked, and nothing has changed.').waitFor();
    const wrong = page.getByRole('row').filter({ hasText: 'csv-bowl' }).first();
    expect(await wrong.innerText()).toMatch(/4\s+Variant Price/);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'All as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
    await page.getByRole('button', { name: 'Save 1 product' }).click();
    await page.getByText('1 product is in the catalogue.').waitFor();
    await openProduct(page, 'CSV-MUG');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Mug of the file');
  });

  test('moves focus to the title of each page, and names the page in the window', async () => {
    await goTo(page, 'Settings');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Settings');
    expect(await page.title()).toBe('Settings · Console');
  });

  test('says that the connection is gone, and goes on when it is back', async () => {
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
  });

  test('shows operators all vendors and cells, and lets them act for one', async () => {
    const desk = await browser.open();
    desk.setDefaultTimeout(15_000);
    await signInAs(desk, url, 'operator');
    await goTo(desk, 'Cells');
    const ready = desk.getByRole('row').filter({ hasText: 'Ready' });
    await expect.poll(() => ready.count(), { timeout: 15_000 }).toBe(4);
    await goTo(desk, 'Vendors');
    await desk.getByRole('link', { name: /Maison Lavande/ }).click();
    await openProduct(desk, 'in');
    await waitUntilLive(desk, 4, 4);
    await firstPrice(desk).fill('31.31');
    await save(desk);
    await waitUntilLive(desk, 4, 4);
  });

  test.each([
    ['en', VIEWPORTS.desk, 'light'],
    ['de', VIEWPORTS.phone, 'dark'],
    ['ar', VIEWPORTS.phone, 'light'],
  ] as const)(
    'has pages that axe has nothing against, in %s',
    async (locale, viewport, colorScheme) => {
      const reader = await browser.open({ viewport, locale, colorScheme });
      await reader.goto(url);
      await reader.getByRole('button', { name: VENDOR }).waitFor();
      expect(await accessibilityFaults(reader)).toEqual([]);
      await reader.getByRole('button', { name: VENDOR }).click();
      await reader.locator('form button[type=submit]').click();
      await reader.waitForURL(/\/overview$/);
      const vendor = /vendors\/(\w+)/.exec(reader.url())?.[1] ?? '';
      const pages = [
        'overview',
        'products',
        'products/new',
        'stock',
        'orders',
        'imports',
        'settings',
      ];
      for (const path of pages) {
        await reader.goto(`${url}/vendors/${vendor}/${path}`);
        await reader.locator('h1').waitFor();
        const loading = reader.locator('.c-loading');
        await expect.poll(() => loading.count(), { timeout: 15_000 }).toBe(0);
        expect(await accessibilityFaults(reader), path).toEqual([]);
        expect(await overflowsSideways(reader), path).toBe(false);
      }
    },
  );

  test('signs out, and then shows nobody anything', async () => {
    await page.getByRole('button', { name: 'Account of Ada' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.goto(`${url}/vendors`);
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  });
});
