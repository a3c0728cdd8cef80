import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accessibilityFaults,
  type BrowserUnderTest,
  describeInBrowser,
  overflowsSideways,
  startBrowser,
  VIEWPORTS,
} from './browser.ts';
import { type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';

describeInBrowser('a shopper who browses', () => {
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
  }, 120_000);

  afterAll(async () => {
    await fleet.stop();
    await browser.close();
  });

  test.each([
    ['en', VIEWPORTS.desk],
    ['de', VIEWPORTS.phone],
    ['ar', VIEWPORTS.phone],
  ])('finds pages that axe has nothing against, in %s', async (language, viewport) => {
    const page = await browser.open({ viewport });
    for (const path of ['/', '/preferences', '/nothing']) {
      await page.goto(`${fleet.url}/${language}${path}`);
      expect(await accessibilityFaults(page), path).toEqual([]);
      expect(await overflowsSideways(page), path).toBe(false);
    }
  });
});
