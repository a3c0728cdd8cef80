import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe } from 'vitest';

/** Where Chromium is on the systems that we know; `CHROMIUM_PATH` names another one. */
const KNOWN_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Nothing is fetched or reported but what a test asks for. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  return [...(named === undefined ? [] : [named]), ...KNOWN_PATHS].find((path) => existsSync(path));
}

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  console.warn(
    'Chromium was not found, so the tests in a browser are left out. Install it, or set CHROMIUM_PATH.',
  );
}

/** How Chromium is started. */
export function chromiumOptions(): { readonly executablePath?: string; readonly args: string[] } {
  return {
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [...FLAGS],
  };
}

/** A group of tests that run in Chromium; left out, and said so, where there is none. */
export const describeInBrowser = describe.skipIf(chromiumPath === undefined);

/** Widths that pages are looked at: a desk and a phone. */
export const VIEWPORTS = {
  desk: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

export interface BrowserUnderTest {
  /** A page of a browser that knows nothing of the shop: no cookie, nothing kept. */
  open(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/**
 * Starts Chromium. A page that breaks its content security policy, or throws, fails the test that opened
 * it when the browser is closed.
 */
export async function startBrowser(): Promise<BrowserUnderTest> {
  const browser: Browser = await chromium.launch(chromiumOptions());
  const complaints: string[] = [];
  return {
    async open(options = {}) {
      const context = await browser.newContext({ viewport: VIEWPORTS.desk, ...options });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy|hydrat/i.test(message.text())) {
          complaints.push(`${page.url()}: ${message.text()}`);
        }
      });
      return page;
    },
    async close() {
      await browser.close();
      if (complaints.length > 0)
        throw new Error(`The browser complained:\n${complaints.join('\n')}`);
    },
  };
}

/** What axe finds wrong on a page, one line each; empty where all is well. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Whether a page is wider than its window, so that a phone would scroll sideways. */
export function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}

/** Runs in the page, before anything of its own. */
const COUNT_SHIFTS = `
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) window.shifted += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/**
 * Bytes of scripts that a page takes as they are sent, and how far its layout shifted on the way.
 * @param page one that has not loaded anything
 * @param touch what is focused once it is loaded, so that its script is fetched as well
 */
export async function measureLoad(
  page: Page,
  url: string,
  touch?: string,
): Promise<{ readonly scriptBytes: number; readonly layoutShift: number }> {
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() !== 'script') return;
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await page.addInitScript({ content: COUNT_SHIFTS });
  await page.goto(url, { waitUntil: 'networkidle' });
  if (touch !== undefined) {
    await page.locator(touch).first().focus();
    await page.locator(`[data-alive] ${touch}`).first().waitFor();
    await page.waitForLoadState('networkidle');
  }
  const bytes = await Promise.all(sizes);
  return {
    scriptBytes: bytes.reduce((sum, size) => sum + size, 0),
    layoutShift: await page.evaluate('shifted'),
  };
}
