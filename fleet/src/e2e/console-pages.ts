import type { Page } from 'playwright-core';

/** What people do in the console, for the tests of it. */

/** Signs in as one of those that the demo offers, such as `vendor Nordlicht`. */
export async function signInAs(page: Page, consoleUrl: string, role: string): Promise<void> {
  await page.goto(consoleUrl);
  await page.getByRole('button', { name: role }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** Goes to a page by the side bar. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Opens the first product whose title has these words. */
export async function openProduct(page: Page, words: string): Promise<void> {
  await goTo(page, 'Products');
  await page.getByRole('searchbox').fill(words);
  // The list is of the words once the address is.
  await page.waitForURL(/[?&]q=/);
  await page.getByRole('rowheader').getByRole('link').first().click();
  await page.getByRole('heading', { level: 2, name: 'Variants and prices' }).waitFor();
}

/** The field of the first variant's price, in the market and currency that are shown. */
export const firstPrice = (page: Page) => page.getByRole('textbox', { name: /^Price in/ }).first();

/** Waits for the sentence that tells in how many cells the product is live. */
export async function waitUntilLive(page: Page, live: number, cells: number): Promise<void> {
  await page.getByText(`Live in ${live} of ${cells} cells`).waitFor({ timeout: 20_000 });
}

export const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();

/** The part of an address that names the product that is shown. */
export const handleOf = (page: Page) =>
  page.getByRole('textbox', { name: 'Name in addresses' }).inputValue();
