import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  accessibilityFaults,
  type BrowserUnderTest,
  describeInBrowser,
  overflowsSideways,
  startBrowser,
  VIEWPORTS,
} from './browser.ts';
import { goTo, signInAs } from './console-pages.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { createShopper } from './shopper.ts';

// A move of half a realm, on a machine that runs the whole fleet beside the browser.
vi.setConfig({ testTimeout: 180_000 });
const MOVE_MS = 120_000;

const SOURCE = 'eu-de-1';
const OTHER = 'eu-fr-1';
const REASON = 'New disks in rack 7';

describeInBrowser('an operator in the console', () => {
  let fleet: FleetUnderTest;
  let browser: BrowserUnderTest;
  let page: Page;
  let url: string;
  /** Address of the evacuation that the first tests start. */
  let evacuation: string;

  beforeAll(async () => {
    [fleet, browser] = await Promise.all([
      startFleetUnderTest({ cells: [SOURCE, OTHER, 'us-east-1'], flags: ['--products', '40'] }),
      startBrowser(),
    ]);
    url = `${fleet.controlPlane}/console`;
    page = await browser.open();
    page.setDefaultTimeout(30_000);
    await signInAs(page, url, 'operator');
  }, 240_000);

  afterAll(async () => {
    await fleet.stop();
    await browser.close();
  });

  const fact = (name: string) => page.locator('.c-facts > div').filter({ hasText: name });

  /** Partitions that a cell is primary of, by the table of cells. */
  const primariesOf = async (cell: string): Promise<number> => {
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: cell }) });
    const text = await row.getByText(/^[\d,]+ \/ [\d,]+$/).innerText();
    return Number(text.split(' / ')[0]?.replaceAll(',', ''));
  };

  test('sees where the cells are, how they are, and which stand by for which', async () => {
    await goTo(page, 'Cells');
    const ready = page.getByRole('row').filter({ hasText: 'Ready' });
    // The cell without another one of its jurisdiction is not called ready: it has no standby.
    await expect.poll(() => ready.count(), { timeout: 30_000 }).toBe(2);
    const lonely = page.getByRole('row').filter({ hasText: 'us-east-1' });
    expect(await lonely.innerText()).toContain('Without standby');
    const map = page.getByRole('group', { name: 'Map of the cells' });
    expect(await map.getByRole('link').count()).toBe(3);
    expect(await map.locator('.c-map__bow').count()).toBe(2);
    expect(await primariesOf(SOURCE)).toBe(512);
    expect(await primariesOf(OTHER)).toBe(512);
  });

  test('opens a cell from the map, and is told that a cell without a standby is at risk', async () => {
    const map = page.getByRole('group', { name: 'Map of the cells' });
    await map.getByRole('link', { name: /us-east-1/ }).click();
    await page.getByRole('heading', { level: 1, name: 'us-east-1' }).waitFor();
    await page.getByText('1,024 partitions have no standby that follows.').waitFor();
    await page.getByRole('button', { name: 'Empty this cell' }).click();
    const dialog = page.getByRole('dialog', { name: 'Empty us-east-1' });
    await dialog.getByText('us-east-1 is the last healthy cell of us').waitFor();
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    expect(await dialog.getByRole('button', { name: 'Empty this cell' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  test('empties a cell after typing its name, and watches it to its end', async () => {
    await goTo(page, 'Cells');
    await page.getByRole('rowheader').getByRole('link', { name: SOURCE }).click();
    await page.getByRole('button', { name: 'Empty this cell' }).click();
    const dialog = page.getByRole('dialog', { name: `Empty ${SOURCE}` });
    await dialog.getByText(/^512 partitions; 1,024 afterwards; 0 to copy/).waitFor();
    const start = dialog.getByRole('button', { name: 'Empty this cell' });
    await dialog.getByRole('textbox', { name: 'Reason' }).fill(REASON);
    await dialog.getByRole('textbox', { name: 'to go on' }).fill(OTHER);
    expect(await start.isDisabled()).toBe(true);
    await dialog.getByRole('textbox', { name: 'to go on' }).fill(SOURCE);
    await start.click();
    await page.getByRole('heading', { level: 1, name: `${SOURCE} → standbys` }).waitFor();
    evacuation = page.url();
    await page.getByText('512 of 512 moved').waitFor({ timeout: MOVE_MS });
    await page.getByText('Done', { exact: true }).waitFor({ timeout: MOVE_MS });
    expect(await fact('Pause of a partition').innerText()).toMatch(/p50 \d+ ms, p99 [\d,]+ ms/);
    await goTo(page, 'Cells');
    await expect.poll(() => primariesOf(SOURCE), { timeout: 30_000 }).toBe(0);
    expect(await primariesOf(OTHER)).toBe(1_024);
  });

  test('sees that the shoppers of the emptied cell buy in the other one', async () => {
    const shopper = createShopper(fleet.url, 'DE');
    const { body, headers } = await shopper.send(
      'GET',
      '/v1/products?currency=EUR&country=DE&limit=20',
    );
    expect(headers.get('x-cell')).toBe(OTHER);
    const slug = body.items[0].handle as string;
    const product = await shopper.send('GET', `/v1/products/${slug}?currency=EUR&country=DE`);
    const variant = product.body.variants.find(
      ({ available }: { available: number }) => available > 0,
    );
    const cart = await shopper.fillCart([{ variantId: variant.id, quantity: 1 }]);
    expect((await shopper.checkOut(cart)).status).toBe(201);
  });

  test('moves everything back', async () => {
    await goTo(page, 'Evacuations');
    await page.getByRole('rowheader').getByRole('link', { name: REASON }).click();
    await page.getByRole('button', { name: 'Move everything back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move everything back' });
    await dialog.getByRole('textbox', { name: `Type ${SOURCE} to go on` }).fill(SOURCE);
    await dialog.getByRole('button', { name: 'Move everything back' }).click();
    await page.getByText('Moved back', { exact: true }).waitFor({ timeout: MOVE_MS });
    await goTo(page, 'Cells');
    await expect.poll(() => primariesOf(SOURCE), { timeout: 30_000 }).toBe(512);
  });

  test('finds all of it in the audit log, whose chain is whole', async () => {
    await goTo(page, 'Audit log');
    await page.getByText('The chain over these entries is whole').waitFor();
    const id = evacuation.split('/').at(-1) ?? '';
    const rows = page.getByRole('row').filter({ hasText: id });
    const said = (await rows.allInnerTexts()).join('\n');
    for (const action of ['evacuation.create', 'evacuation.rollback']) {
      expect(said).toContain(action);
    }
    expect(said).toContain(REASON);
  });

  test.each([
    ['en', VIEWPORTS.desk, 'light'],
    ['de', VIEWPORTS.phone, 'dark'],
    ['ar', VIEWPORTS.phone, 'light'],
  ] as const)(
    'has pages that axe has nothing against, in %s',
    async (locale, viewport, colorScheme) => {
      const reader = await browser.open({ viewport, locale, colorScheme });
      reader.setDefaultTimeout(30_000);
      await reader.goto(url);
      await reader.getByRole('button', { name: 'operator' }).click();
      await reader.locator('form button[type=submit]').click();
      await reader.waitForURL(/\/vendors$/);
      const pages = [
        'cells',
        `cells/${SOURCE}`,
        'cells/us-east-1',
        'evacuations',
        evacuation.slice(url.length + 1),
        'audit',
      ];
      for (const path of pages) {
        await reader.goto(`${url}/${path}`);
        await reader.locator('h1').waitFor();
        const loading = reader.locator('.c-loading');
        await expect.poll(() => loading.count(), { timeout: 30_000 }).toBe(0);
        expect(await accessibilityFaults(reader), path).toEqual([]);
        expect(await overflowsSideways(reader), path).toBe(false);
      }
    },
  );
});
