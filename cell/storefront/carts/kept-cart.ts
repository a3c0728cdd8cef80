import { isPartitionId } from '@commerce/contracts/ids';
import { ApiProblem, type PageContext } from '../page.ts';
import type { ApiCart } from './api-types.ts';

/**
 * The shopper's cart, by the cookie `CART-ID.COUNT`. The id is the key to a guest's cart, so it is in no
 * address and no script sees it; the count is what the header shows.
 */

const KEPT_S = 60 * 24 * 60 * 60;

/** Id of the cart that the browser has; undefined where there is none. */
export function cartIdOf({ cookies }: Pick<PageContext, 'cookies'>): string | undefined {
  const id = cookies.get('cart')?.split('.')[0] ?? '';
  return isPartitionId('cart', id) ? id : undefined;
}

/** Units in a cart. */
export function countUnits({ lines }: Pick<ApiCart, 'lines'>): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Remembers a cart, as it is now. */
export function keepCart({ cookies }: PageContext, cart: ApiCart): void {
  cookies.set('cart', `${cart.id}.${countUnits(cart)}`, KEPT_S);
}

export function forgetCart({ cookies }: PageContext): void {
  cookies.clear('cart');
}

/**
 * The browser's cart. One that was bought, has gone or is somebody else's is forgotten.
 * @throws ApiProblem where it can't be read, 421 where it is in another cell
 */
export async function findCart(context: PageContext): Promise<ApiCart | undefined> {
  const id = cartIdOf(context);
  if (id === undefined) return undefined;
  try {
    const cart = await context.read<ApiCart>(`/v1/carts/${id}`);
    if (cart.state !== 'ordered') return cart;
  } catch (error) {
    const isGone = error instanceof ApiProblem && [400, 401, 404].includes(error.status);
    if (!isGone) throw error;
  }
  forgetCart(context);
  return undefined;
}

/** Units of a variant. */
export interface WantedUnits {
  readonly variantId: string;
  readonly quantity: number;
}

/** Begins a cart for where, and in which money, the shopper shops now. */
export async function startCart({ write, locale }: PageContext): Promise<ApiCart> {
  const { currency, country, language } = locale;
  return write<ApiCart>('POST', '/v1/carts', { body: { currency, country, language } });
}

/**
 * Puts units into the browser's cart, and begins one where there is none.
 * @throws ApiProblem where the variant can't be bought, or a payment holds the cart
 */
export async function putIntoCart(context: PageContext, units: WantedUnits): Promise<ApiCart> {
  const present = await findCart(context);
  const { id } = present ?? (await startCart(context));
  const cart = await context.write<ApiCart>('POST', `/v1/carts/${id}/lines`, { body: units });
  keepCart(context, cart);
  return cart;
}
