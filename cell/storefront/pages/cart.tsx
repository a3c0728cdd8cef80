import { ButtonLink } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { addToCart } from '../carts/add-units.ts';
import type { ApiCart } from '../carts/api-types.ts';
import { moveAddress } from '../carts/cart-moves.ts';
import { CartLines } from '../carts/cart-lines.tsx';
import { CartNotices } from '../carts/cart-notices.tsx';
import { CartSummary } from '../carts/cart-summary.tsx';
import { type Flash, leaveFlash, takeFlash } from '../carts/flash.ts';
import { cartIdOf, findCart, keepCart } from '../carts/kept-cart.ts';
import {
  ApiProblem,
  definePage,
  type JsonAnswer,
  type PageContext,
  type Redirect,
} from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface CartData {
  readonly cart: ApiCart | undefined;
  readonly flash: Flash | undefined;
}

/** What is about to be bought. Products' pages post here to add to it. */
export const cartPage = definePage<CartData>({
  path: '/cart',
  isPrivate: true,
  async load(context) {
    const cart = await findCart(context);
    return { data: { cart, flash: takeFlash(context) } };
  },
  act: changeCart,
  head: (_data, { t }) => ({ title: t('cart.title'), noIndex: true }),
  View: Cart,
});

async function changeCart(
  context: PageContext,
  form: URLSearchParams,
): Promise<Redirect | JsonAnswer> {
  const toCart = { redirect: context.href('/cart') };
  if (form.get('intent') === 'add') return addToCart(context, form);
  const id = cartIdOf(context);
  if (id === undefined) return toCart;
  if (form.get('intent') === 'renew') return { redirect: moveAddress(context, id, '/cart') };
  try {
    keepCart(context, await changeLine(context, form, `/v1/carts/${id}/lines`));
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status >= 500 || error.status === 421) throw error;
    // Gone already: the page shows how it is now.
    if (error.status !== 404)
      leaveFlash(context, error.code === 'checkout-in-progress' ? 'cart.held' : 'cart.refused');
  }
  return toCart;
}

function changeLine(context: PageContext, form: URLSearchParams, path: string): Promise<ApiCart> {
  const line = `${path}/${encodeURIComponent(form.get('line') ?? '')}`;
  const quantity = Number(form.get('quantity'));
  return form.get('intent') === 'remove' || quantity === 0
    ? context.write<ApiCart>('DELETE', line)
    : context.write<ApiCart>('PATCH', line, { body: { quantity } });
}

function Cart({ data }: { readonly data: CartData }) {
  const { t, href } = usePage();
  const { cart, flash } = data;
  if (cart === undefined || cart.lines.length === 0) {
    return (
      <EmptyState
        icon="bag"
        level={1}
        title={t('cart.empty')}
        text={t('cart.emptyText')}
        actions={
          <ButtonLink variant="primary" href={href('/')}>
            {t('cart.browse')}
          </ButtonLink>
        }
      />
    );
  }
  return (
    <div className="cart">
      <h1 className="cart__title">{t('cart.title')}</h1>
      <div className="cart__main">
        <CartNotices cart={cart} flash={flash} />
        <CartLines cart={cart} />
      </div>
      <CartSummary cart={cart} />
    </div>
  );
}
