import type { ApiCart } from '../carts/api-types.ts';
import { forgetCart } from '../carts/kept-cart.ts';
import type { ApiAnswer } from '../contract.ts';
import type { MessageKey } from '../i18n.ts';
import { ApiProblem, type PageContext } from '../page.ts';
import type { ApiCheckout, ApiCheckoutProblem, ApiShippingChoice } from './api-types.ts';
import { addressOf, type CheckoutEntry, type FieldFault, newAttempt } from './entry.ts';

/** What became of a form that was sent to pay. */
export type PayOutcome =
  | { readonly kind: 'leads'; readonly to: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly faults: readonly FieldFault[];
      /** Key for the next attempt; the same one where it is not known what became of this. */
      readonly attempt: string;
    };

/** Fields of the API's carts by the ids of ours. */
const FIELDS: Readonly<Record<string, string>> = {
  email: 'email',
  lines: 'lines',
  shippingAddress: 'name',
  'payment/token': 'payment',
};

const DECLINED: Readonly<Record<string, MessageKey>> = {
  insufficient_funds: 'declined.funds',
  expired_card: 'declined.expired',
  incorrect_cvc: 'declined.cvc',
  fraudulent: 'declined.suspected',
};

/** Why a bank declined, in the shopper's words. */
export function declineMessage(code: string | undefined): MessageKey {
  return DECLINED[code ?? ''] ?? 'declined.other';
}

/** Whether a payment holds the cart already, or it was bought: then its checkout decides. */
function isHeld(error: unknown): boolean {
  return (
    error instanceof ApiProblem &&
    (error.code === 'checkout-in-progress' || error.code === 'cart-closed')
  );
}

/**
 * Keeps in the cart what was entered.
 * @returns what the API finds wrong
 */
export async function saveEntry(
  { write }: PageContext,
  cart: ApiCart,
  entry: CheckoutEntry,
  shipping: readonly ApiShippingChoice[],
): Promise<readonly FieldFault[]> {
  const path = `/v1/carts/${cart.id}`;
  const choices = shipping.flatMap(({ vendorId, chosenOptionId, options }) => {
    const optionId = entry.shipping[vendorId];
    const isNew = optionId !== chosenOptionId && options.some(({ id }) => id === optionId);
    return isNew ? [{ vendorId, optionId }] : [];
  });
  const faults: FieldFault[] = [];
  const put = async (part: string, body: unknown, fieldOf: (field: string) => string) => {
    try {
      await write('PUT', `${path}/${part}`, { body });
    } catch (error) {
      if (isHeld(error)) return;
      if (!(error instanceof ApiProblem) || ![400, 422].includes(error.status)) throw error;
      const { field = '', message } = error;
      faults.push({ field: fieldOf(field), message: 'checkout.refused', values: { why: message } });
    }
  };
  if (entry.email !== cart.email) await put('email', { email: entry.email }, () => 'email');
  const address = addressOf(entry);
  if (JSON.stringify(address) !== JSON.stringify(cart.shippingAddress)) {
    await put('shipping-address', address, (field) => field || 'name');
  }
  if (choices.length > 0) await put('shipping-options', choices, () => 'shipping');
  return faults;
}

/** Pays for a cart, exactly once for each attempt. */
export async function pay(
  context: PageContext,
  cart: Pick<ApiCart, 'id' | 'lines'>,
  order: { readonly gateway: string; readonly token: string; readonly attempt: string },
): Promise<PayOutcome> {
  const { gateway, token, attempt } = order;
  const { api, origin, href } = context;
  const send = (returnUrl?: string): Promise<ApiAnswer> =>
    api('POST', `/v1/carts/${cart.id}/checkout`, {
      body: { payment: { gateway, token, ...(returnUrl !== undefined && { returnUrl }) } },
      key: attempt,
    });
  let answer = await send(`${origin}${href('/orders/{orderGroupId}/payment')}?back=1`);
  const { field } = (answer.body ?? {}) as ApiCheckoutProblem;
  // At an address that the shop does not know as its own, the bank's page does not lead back.
  if (answer.status === 422 && field === 'payment/returnUrl') answer = await send();
  if (answer.status === 201) {
    const { id } = answer.body as ApiCheckout;
    return { kind: 'leads', to: await confirmationAddress(context, id ?? '', cart.id) };
  }
  if (answer.status === 202) {
    const { orderGroupId, action } = answer.body as ApiCheckout;
    return { kind: 'leads', to: action?.url ?? href(`/orders/${orderGroupId}/payment`) };
  }
  return refusedBy(context, cart, answer, attempt);
}

/** Where an order that was just placed is shown: by its tracking link, which the browser may keep. */
export async function confirmationAddress(
  context: PageContext,
  groupId: string,
  cartId: string,
): Promise<string> {
  const { token } = await context.write<{ token: string }>(
    'POST',
    `/v1/order-groups/${groupId}/tracking-token`,
    { body: { cartId } },
  );
  forgetCart(context);
  return context.href(`/orders/${groupId}`, { token, placed: 1 });
}

function refusedBy(
  { href }: PageContext,
  cart: Pick<ApiCart, 'lines'>,
  answer: ApiAnswer,
  attempt: string,
): PayOutcome {
  const { status } = answer;
  const problem = (answer.body ?? {}) as ApiCheckoutProblem;
  if (status === 421) throw new ApiProblem(status, answer.body, undefined);
  const refused = (faults: readonly FieldFault[], next = newAttempt()): PayOutcome => ({
    kind: 'refused',
    status,
    faults,
    attempt: next,
  });
  switch (problem.code) {
    case 'cart-closed':
    case 'checkout-in-progress':
      return { kind: 'leads', to: href(`/orders/${problem.orderGroupId}/payment`) };
    case 'payment-declined':
      return refused([{ field: 'payment', message: declineMessage(problem.declineCode) }]);
    case 'out-of-stock':
    case 'cart-not-ready':
      return refused(cartFaults(cart, problem));
    case 'unprocessable':
      return refused([{ field: 'payment', message: 'declined.other' }]);
    case 'conflict':
    case 'idempotency-key-reused':
      return refused([{ field: 'payment', message: 'checkout.ended' }]);
    default:
      // Nobody knows what became of it. The same key makes it safe to send the form again.
      return refused([{ field: 'payment', message: 'checkout.unknown' }], attempt);
  }
}

function cartFaults(
  { lines }: Pick<ApiCart, 'lines'>,
  { problems = [] }: ApiCheckoutProblem,
): readonly FieldFault[] {
  return problems.map(({ code, field = '', lineId, vendorId, available = 0 }): FieldFault => {
    const name = lines.find(({ id }) => id === lineId)?.title ?? '';
    if (code === 'out-of-stock') {
      return { field: 'lines', message: 'checkout.outOfStock', values: { name, available } };
    }
    if (code === 'not-for-sale') {
      return { field: 'lines', message: 'checkout.notForSale', values: { name } };
    }
    if (vendorId !== undefined) {
      return {
        field: `shipping-${vendorId}`,
        message: 'checkout.shippingMissing',
        values: { vendor: '' },
      };
    }
    return { field: FIELDS[field] ?? 'lines', message: 'checkout.incomplete' };
  });
}
