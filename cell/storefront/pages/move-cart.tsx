import type { ApiCart } from '../carts/api-types.ts';
import { leaveFlash } from '../carts/flash.ts';
import { moveAddress, readStep, takeAddress, takeStep } from '../carts/cart-moves.ts';
import { ApiProblem, definePage, type PageContext, type Redirect } from '../page.ts';
import { returnPathOf } from '../return-path.ts';

/** Sends the lines of a cart, which is in this cell, to where the shopper's next one will be. */
export const moveCartPage = definePage<undefined>({
  path: '/cart/:cart/move',
  isPrivate: true,
  load: sendLines,
  head: () => ({ noIndex: true }),
  View: () => null,
});

async function sendLines(context: PageContext): Promise<Redirect> {
  const { params, query, href } = context;
  const returnTo = returnPathOf(query, '/cart');
  const offset = Number(query.get('offset') ?? 0);
  try {
    const cart = await context.read<ApiCart>(`/v1/carts/${params['cart']}`);
    if (cart.state === 'open' && cart.lines.length > 0 && Number.isSafeInteger(offset)) {
      return { redirect: takeAddress(context, cart, { offset, returnTo }) };
    }
  } catch (error) {
    // Somebody else's, or gone: there is nothing to take along.
    const isGone = error instanceof ApiProblem && [400, 401, 404].includes(error.status);
    if (!isGone) throw error;
  }
  return { redirect: href(returnTo) };
}

/** Takes the lines in. */
export const takeCartPage = definePage<undefined>({
  path: '/cart/take',
  isPrivate: true,
  load: takeLines,
  head: () => ({ noIndex: true }),
  View: () => null,
});

async function takeLines(context: PageContext): Promise<Redirect> {
  const { href, query } = context;
  const returnTo = returnPathOf(query, '/cart');
  const step = readStep(context);
  if (step === undefined) return { redirect: href(returnTo) };
  const refused = await takeStep(context, step);
  if (refused.length > 0) leaveFlash(context, 'cart.notTaken', refused.length);
  if (step.next === undefined) return { redirect: href(returnTo) };
  return { redirect: `${moveAddress(context, step.from, returnTo)}&offset=${step.next}` };
}
