import type { Page } from 'playwright-core';
import type { FleetUnderTest } from './fleet-under-test.ts';

/** What a shopper does in a browser to buy; the tests say what they then see. */

export const BERLIN = {
  name: 'Ada Lovelace',
  line1: 'Friedrichstr. 1',
  postalCode: '10117',
  city: 'Berlin',
} as const;

/** Handles of products that are in stock, of as many vendors as there are. */
export async function listProducts(fleet: FleetUnderTest): Promise<readonly string[]> {
  const answer = await fetch(`${fleet.url}/v1/products?limit=50`, {
    headers: { 'x-client-country': 'DE' },
  });
  const { items } = (await answer.json()) as {
    items: { handle: string; available: number; vendor: { id: string } }[];
  };
  const inStock = items.filter(({ available }) => available > 20);
  return [...new Map(inStock.map(({ vendor, handle }) => [vendor.id, handle])).values()];
}

/** Puts the product of a page into the cart, and goes to the cart. */
export async function addToCart(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('form[data-add-to-cart] button').last().click();
  // With scripts the page stays and says so; without, the form leads to the cart.
  await page.locator('.added-message[data-shown], .cart__main').first().waitFor();
}

/** Fills in the checkout, as far as it is empty. */
export async function fillCheckout(page: Page, email: string, card = 'tok_visa'): Promise<void> {
  const fields = { email, ...BERLIN };
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`#${name}`);
    if ((await field.inputValue()) === '') await field.fill(value);
  }
  await page.locator(`input[value="${card}"]`).check();
}

/** Presses the button that pays. */
export async function pressPay(page: Page): Promise<void> {
  await page.locator('.checkout__pay button').click();
}
