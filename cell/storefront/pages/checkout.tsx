import { Breadcrumbs } from '@commerce/ui/content';
import type { ApiCart } from '../carts/api-types.ts';
import { Checkout } from '../checkouts/checkout-form.tsx';
import { type CheckoutEntry, entryFrom, entryOf, faultsOf } from '../checkouts/entry.ts';
import {
  type CheckoutData,
  chooseShipping,
  completeCheckout,
  findCheckoutCart,
  readShipping,
} from '../checkouts/load-checkout.ts';
import { pay, saveEntry } from '../checkouts/pay.ts';
import { definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';

/** Buying what is in the cart, on one page. */
export const checkoutPage = definePage<CheckoutData>({
  path: '/checkout',
  isPrivate: true,
  frame: 'focused',
  load: showCheckout,
  act: takeCheckout,
  head: ({ faults }, { t }) => ({
    title: faults.length > 0 ? t('checkout.titleFaults') : t('checkout.title'),
    noIndex: true,
  }),
  formActions: ({ pageOrigins }) => pageOrigins,
  View: CheckoutView,
});

/** Where a cart that can't be checked out leads instead. */
function elsewhere({ href, query }: PageContext, cart: ApiCart | undefined): string | undefined {
  if (cart === undefined || cart.lines.length === 0) return href('/cart');
  if (cart.state === 'open' || cart.orderGroupId === null) return undefined;
  // Someone who wants to pay in another way than the one that is under way asks for it.
  if (cart.state === 'checking-out' && query.has('again')) return undefined;
  return href(`/orders/${cart.orderGroupId}/payment`);
}

async function showCheckout(context: PageContext): Promise<Shown<CheckoutData> | Redirect> {
  const found = await findCheckoutCart(context);
  const to = elsewhere(context, found);
  if (found === undefined || to !== undefined) return { redirect: to ?? context.href('/cart') };
  const before = await readShipping(context, found);
  const [cart, customer] = await Promise.all([
    chooseShipping(context, found, before),
    findCustomer(context),
  ]);
  const shipping = cart === found ? before : await readShipping(context, cart);
  const entry = entryOf(cart, shipping, customer);
  return { data: await completeCheckout(context, cart, { shipping, entry, faults: [] }) };
}

/** Who is signed in, to fill in what is known of them. It must not keep anybody from buying. */
async function findCustomer({
  api,
  cookies,
}: PageContext): Promise<{ email: string; name: string | null } | undefined> {
  if (cookies.get('refresh') === undefined) return undefined;
  const me = await api('GET', '/v1/me');
  return me.status === 200 ? (me.body as { email: string; name: string | null }) : undefined;
}

async function takeCheckout(
  context: PageContext,
  form: URLSearchParams,
): Promise<Shown<CheckoutData> | Redirect> {
  const cart = await findCheckoutCart(context);
  if (cart === undefined) return { redirect: context.href('/cart') };
  if (cart.state === 'ordered') {
    return { redirect: context.href(`/orders/${cart.orderGroupId}/payment`) };
  }
  const entry = entryFrom(form);
  const shipping = await readShipping(context, cart);
  return form.get('intent') === 'pay'
    ? takePayment(context, cart, { entry, shipping })
    : updateCheckout(context, cart, { entry, shipping });
}

type Entered = Pick<CheckoutData, 'entry' | 'shipping'>;

/** Shows the page again after a choice that changes what it asks for, or what is to be paid. */
async function updateCheckout(
  context: PageContext,
  cart: ApiCart,
  { entry, shipping }: Entered,
): Promise<Shown<CheckoutData>> {
  const choices = shipping.flatMap(({ vendorId, options }) => {
    const optionId = entry.shipping[vendorId];
    return options.some(({ id }) => id === optionId) ? [{ vendorId, optionId }] : [];
  });
  const changed =
    choices.length === 0 || cart.state !== 'open'
      ? cart
      : await context.write<ApiCart>('PUT', `/v1/carts/${cart.id}/shipping-options`, {
          body: choices,
        });
  return { data: await completeCheckout(context, changed, { shipping, entry, faults: [] }) };
}

async function takePayment(
  context: PageContext,
  cart: ApiCart,
  { entry, shipping }: Entered,
): Promise<Shown<CheckoutData> | Redirect> {
  const shown = (
    faults: CheckoutData['faults'],
    status: number,
    entered: CheckoutEntry = entry,
  ): Promise<Shown<CheckoutData> | Redirect> =>
    showAgain(context, { entry: entered, shipping, faults }, status);
  // A cart that a payment holds keeps its address: only the card is another one.
  if (cart.state === 'open') {
    const faults = faultsOf(entry, shipping);
    if (faults.length > 0) return shown(faults, 422);
    const refused = await saveEntry(context, cart, entry, shipping);
    if (refused.length > 0) return shown(refused, 422);
  }
  const { token, attempt } = entry;
  const methods = await completeCheckout(context, cart, { shipping, entry, faults: [] });
  const outcome = await pay(context, cart, { gateway: methods.gateway, token, attempt });
  if (outcome.kind === 'leads') return { redirect: outcome.to };
  return shown(outcome.faults, outcome.status, { ...entry, attempt: outcome.attempt });
}

async function showAgain(
  context: PageContext,
  shown: Pick<CheckoutData, 'entry' | 'shipping' | 'faults'>,
  status: number,
): Promise<Shown<CheckoutData> | Redirect> {
  const cart = await findCheckoutCart(context);
  if (cart === undefined) return { redirect: context.href('/cart') };
  return { data: await completeCheckout(context, cart, shown), status };
}

function CheckoutView({ data }: { readonly data: CheckoutData }) {
  const { t, href } = usePage();
  return (
    <>
      <Breadcrumbs
        label={t('nav.breadcrumbs')}
        crumbs={[{ name: t('cart.title'), href: href('/cart') }, { name: t('checkout.title') }]}
      />
      <Checkout data={data} />
    </>
  );
}
