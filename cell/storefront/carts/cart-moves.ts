import { isPartitionId } from '@commerce/contracts/ids';
import { ApiProblem, type PageContext } from '../page.ts';
import type { ApiCart } from './api-types.ts';
import { cartIdOf, keepCart, startCart, type WantedUnits } from './kept-cart.ts';

/**
 * A cart's lines go to another cart: one in the partition of the account that its shopper has signed in
 * to, or one with the prices of another market or currency. The two may be in different cells, and no
 * cell asks another: the cell of the old cart sends the browser on with the lines, and the router takes
 * it to the cell of the new one.
 */

/** As many lines as an address can carry; a cart with more goes in several steps. */
const LINES_MAX = 80;
const LINE_PATTERN = /^([0-9a-z]{26})\.([1-9]\d{0,4})$/;
const VARIANT_PREFIX = 'var_';

/** What one step of a move carries. */
export interface CartStep {
  readonly from: string;
  /** The cart that earlier steps have begun. */
  readonly into: string | undefined;
  readonly lines: readonly WantedUnits[];
  /** The next line of the old cart; undefined where these were the last ones. */
  readonly next: number | undefined;
}

/** The address that begins a move of the browser's cart. */
export function moveAddress({ href }: PageContext, cartId: string, returnTo: string): string {
  return href(`/cart/${cartId}/move`, { return: returnTo });
}

/** The address that takes some lines of an old cart into the new one. */
export function takeAddress(
  context: PageContext,
  cart: Pick<ApiCart, 'id' | 'lines'>,
  step: { readonly offset: number; readonly returnTo: string },
): string {
  const { offset, returnTo } = step;
  const lines = cart.lines.slice(offset, offset + LINES_MAX);
  const next = offset + LINES_MAX;
  const present = cartIdOf(context);
  return context.href('/cart/take', {
    from: cart.id,
    into: present === cart.id ? undefined : present,
    lines: lines
      .map(({ variantId, quantity }) => `${variantId.slice(VARIANT_PREFIX.length)}.${quantity}`)
      .join('~'),
    next: next < cart.lines.length ? next : undefined,
    return: returnTo,
    // It has an effect and is no form, so it shows in the same way that it comes from us.
    token: context.formToken,
  });
}

/** Reads a step from an address; undefined where it is not one of ours, or was taken before. */
export function readStep(context: PageContext): CartStep | undefined {
  const { query, isFormToken } = context;
  const from = query.get('from') ?? '';
  const into = query.get('into') ?? undefined;
  if (!isFormToken(query.get('token') ?? '') || !isPartitionId('cart', from)) return undefined;
  if (cartIdOf(context) !== (into ?? from)) return undefined;
  const lines = (query.get('lines') ?? '').split('~').flatMap((text) => {
    const match = LINE_PATTERN.exec(text);
    return match === null
      ? []
      : [{ variantId: `${VARIANT_PREFIX}${match[1]}`, quantity: Number(match[2]) }];
  });
  const next = Number(query.get('next') ?? Number.NaN);
  return { from, into, lines, next: Number.isSafeInteger(next) && next > 0 ? next : undefined };
}

/**
 * Puts the lines of a step into the new cart. A step that is taken twice adds nothing twice.
 * @returns the lines that can't be bought where the new cart is for
 */
export async function takeStep(
  context: PageContext,
  step: CartStep,
): Promise<readonly WantedUnits[]> {
  let cart =
    step.into === undefined
      ? await startCart(context)
      : await context.read<ApiCart>(`/v1/carts/${step.into}`);
  const refused: WantedUnits[] = [];
  for (const units of step.lines) {
    try {
      cart = await context.write<ApiCart>('POST', `/v1/carts/${cart.id}/lines`, {
        body: units,
        key: `move-${step.from}-${units.variantId}`,
      });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 422) throw error;
      refused.push(units);
    }
  }
  keepCart(context, cart);
  return refused;
}
