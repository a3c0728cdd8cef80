import { formatMoney } from '../format.ts';
import { ApiProblem, type JsonAnswer, type PageContext, type Redirect } from '../page.ts';
import { returnPathOf } from '../return-path.ts';
import { leaveFlash } from './flash.ts';
import { countUnits, putIntoCart } from './kept-cart.ts';

/** What a script of ours shows after something was put into the cart, without leaving the page. */
export interface AddedAnswer {
  readonly count: number;
  readonly countLabel: string;
  readonly title: string;
  readonly text: string;
  readonly cart: { readonly href: string; readonly label: string };
}

/** Puts the variant of a product page's form into the cart. */
export async function addToCart(
  context: PageContext,
  form: URLSearchParams,
): Promise<Redirect | JsonAnswer> {
  const { t, href, wantsJson } = context;
  const variantId = form.get('variant') ?? '';
  const quantity = Number(form.get('quantity') ?? 1);
  try {
    const cart = await putIntoCart(context, { variantId, quantity });
    if (!wantsJson) return { redirect: href('/cart') };
    const line = cart.lines.find((entry) => entry.variantId === variantId);
    const count = countUnits(cart);
    const total = { amountMinor: cart.totals.itemsMinor, currency: cart.currency };
    const answer: AddedAnswer = {
      count,
      countLabel: t('nav.cartCount', { count }),
      title: t('cart.added'),
      text: `${line?.title ?? ''} · ${t('cart.itemsTotal', {
        count,
        total: formatMoney(total, context.locale.language),
      })}`,
      cart: { href: href('/cart'), label: t('cart.show') },
    };
    return { json: answer };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status >= 500 || error.status === 421) throw error;
    const key = error.code === 'checkout-in-progress' ? 'cart.held' : 'cart.refused';
    if (wantsJson) return { json: { title: t(key, { count: 1 }) }, status: error.status };
    leaveFlash(context, key);
    return { redirect: href(key === 'cart.held' ? '/cart' : returnPathOf(form, '/cart')) };
  }
}
