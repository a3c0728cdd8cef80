import { partitionOfId } from '@commerce/contracts/ids';
import { moveAddress } from '../carts/cart-moves.ts';
import { cartIdOf } from '../carts/kept-cart.ts';
import type { PageContext, Redirect } from '../page.ts';
import { returnPathOf } from '../return-path.ts';

/** What signing in and up answer. */
export interface ApiSignedIn {
  readonly customer: { readonly id: string; readonly email: string; readonly name: string | null };
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface ApiMe {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly language: string;
  readonly createdAt: string;
}

/** As long as a session that is not used lives; the tokens are renewed while it is. */
const KEPT_S = 30 * 24 * 60 * 60;

/** Whether the browser has a session; the API says whether it is still good. */
export function isSignedIn({ cookies }: Pick<PageContext, 'cookies'>): boolean {
  return cookies.get('refresh') !== undefined;
}

export function signInAddress({ href }: PageContext, returnTo: string): string {
  return href('/account/sign-in', { return: returnTo });
}

/**
 * Keeps the session and leads on. A guest's cart comes along: in the partition of the account it becomes
 * the customer's at its next change, and from another one its lines go to a cart there.
 */
export function enter(
  context: PageContext,
  signedIn: ApiSignedIn,
  form: URLSearchParams,
): Redirect {
  const { cookies, href } = context;
  cookies.set('access', signedIn.accessToken, KEPT_S);
  cookies.set('refresh', signedIn.refreshToken, KEPT_S);
  const returnTo = returnPathOf(form, '/account');
  const cart = cartIdOf(context);
  const isElsewhere =
    cart !== undefined && partitionOfId(cart) !== partitionOfId(signedIn.customer.id);
  return { redirect: isElsewhere ? moveAddress(context, cart, returnTo) : href(returnTo) };
}
