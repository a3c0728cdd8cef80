import type { ApiCart } from '../carts/api-types.ts';
import { cartIdOf } from '../carts/kept-cart.ts';
import { ApiProblem, type PageContext } from '../page.ts';
import type { ApiPaymentMethods, ApiShippingChoice, ApiTestCard } from './api-types.ts';
import type { CheckoutEntry, FieldFault } from './entry.ts';

/** Everything that the page of the checkout shows. */
export interface CheckoutData {
  readonly cart: ApiCart;
  readonly shipping: readonly ApiShippingChoice[];
  readonly gateway: string;
  readonly cards: readonly ApiTestCard[];
  /** Origins of pages that the payment may lead to. */
  readonly pageOrigins: readonly string[];
  readonly entry: CheckoutEntry;
  readonly faults: readonly FieldFault[];
}

/** The cart to be paid for, whatever its state; undefined where there is none. */
export async function findCheckoutCart(context: PageContext): Promise<ApiCart | undefined> {
  const id = cartIdOf(context);
  if (id === undefined) return undefined;
  try {
    return await context.read<ApiCart>(`/v1/carts/${id}`);
  } catch (error) {
    if (error instanceof ApiProblem && [400, 401, 404].includes(error.status)) return undefined;
    throw error;
  }
}

/** How each vendor can ship, in the page's language. */
export function readShipping(
  context: PageContext,
  cart: ApiCart,
): Promise<readonly ApiShippingChoice[]> {
  return context.read<readonly ApiShippingChoice[]>(`/v1/carts/${cart.id}/shipping-options`);
}

/**
 * Chooses the first way to ship of each vendor that has none chosen, so that the total which is shown
 * before anything is entered is one that can be paid.
 */
export async function chooseShipping(
  context: PageContext,
  cart: ApiCart,
  shipping: readonly ApiShippingChoice[],
): Promise<ApiCart> {
  const missing = shipping.flatMap(({ vendorId, chosenOptionId, options: [first] }) =>
    chosenOptionId === null && first !== undefined ? [{ vendorId, optionId: first.id }] : [],
  );
  if (missing.length === 0 || cart.state !== 'open') return cart;
  return context.write<ApiCart>('PUT', `/v1/carts/${cart.id}/shipping-options`, { body: missing });
}

/** The rest of what the page shows around an entry. */
export async function completeCheckout(
  context: PageContext,
  cart: ApiCart,
  shown: Pick<CheckoutData, 'shipping' | 'entry' | 'faults'>,
): Promise<CheckoutData> {
  const methods = await context.api('GET', '/v1/payment-methods');
  const [method] = methods.status === 200 ? (methods.body as ApiPaymentMethods).items : [];
  return {
    ...shown,
    cart,
    gateway: method?.gateway ?? '',
    cards: method?.testCards ?? [],
    pageOrigins: method?.pageOrigins ?? [],
  };
}
