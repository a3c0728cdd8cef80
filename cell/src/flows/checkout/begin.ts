import { newPartitionId, type Partition, type PartitionId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Cart } from '../../modules/carts/index.ts';
import type { StockShortage } from '../../modules/inventory/index.ts';
import {
  findIdempotencyRecord,
  type IdempotencyKey,
  type IdempotencyRecord,
  recordIdempotency,
} from '../../partitions/idempotency.ts';
import type { Committed, PartitionWork } from '../../partitions/unit-of-work.ts';
import { type CartQuote, quoteCart } from '../quote-cart.ts';
import { type Checkout, type CheckoutDeps, HOLD_MS, resumeTime } from './context.ts';

/** Stands for the id of the order group in an address to come back to. */
export const GROUP_ID_PLACE = '{orderGroupId}';

/** What a shopper sends to check out. */
export interface CheckoutRequest {
  readonly partition: Partition;
  readonly cartId: string;
  readonly payment: {
    readonly gateway: string;
    readonly token: string;
    /** `{orderGroupId}` in it stands for the checkout's id, which is not known before. */
    readonly returnUrl?: string | undefined;
  };
  readonly key: IdempotencyKey;
  /** @throws AppError where the cart is somebody else's */
  readonly requireAccess: (cart: Cart) => void;
}

export type BeginResult =
  | { readonly kind: 'begun'; readonly checkout: Checkout }
  /** The key is known: its checkout goes on, or has an answer. */
  | { readonly kind: 'known'; readonly record: IdempotencyRecord }
  /** Another checkout holds the cart. */
  | { readonly kind: 'busy'; readonly groupId: PartitionId<'grp'> };

function refuseShortage(shortages: readonly StockShortage[], quoted: CartQuote): never {
  throw new AppError('out-of-stock', {
    problems: shortages.map(({ variantId, quantity, available }) => {
      const line = quoted.quote.documents
        .flatMap((document) => document.lines)
        .find((entry) => entry.variantId === variantId);
      return {
        code: 'out-of-stock',
        detail: `${quantity} wanted, ${available} available.`,
        field: 'quantity',
        variantId,
        available,
        ...(line !== undefined && { lineId: line.lineId, sku: line.sku }),
      };
    }),
  });
}

async function hold(
  deps: CheckoutDeps,
  work: PartitionWork,
  request: CheckoutRequest,
  cart: Cart,
): Promise<Checkout> {
  const quoted = await quoteCart(cart, deps.sources);
  if (quoted.problems.length > 0) {
    throw new AppError('cart-not-ready', {
      problems: quoted.problems.map((problem) => ({ ...problem })),
    });
  }
  const { quote } = quoted;
  const at = deps.clock.now();
  const groupId = newPartitionId('grp', work.partition);
  const lines = quote.documents.flatMap((document) => document.lines);
  // All in one round trip: the units of a variant are locked from here to the commit. Where there
  // are too few of them, what was sent with the reservation is rolled back with it.
  const [shortages, group, payment] = await Promise.all([
    deps.inventory.reserve(work, groupId, lines, at),
    deps.orders.begin(work, groupId, {
      cartId: cart.id,
      customerId: cart.customerId,
      market: cart.market.id,
      currency: cart.currency,
      country: cart.country,
      language: cart.language,
      // `quoteCart` has a problem where one of these is missing.
      email: cart.email ?? '',
      shippingAddress: cart.shippingAddress,
      billingAddress: cart.billingAddress,
      quote,
      expiresAt: new Date(at.getTime() + HOLD_MS),
      resumeAt: resumeTime(at),
      createdAt: at,
    }),
    deps.payments.begin(
      work,
      {
        groupId,
        gateway: request.payment.gateway,
        token: request.payment.token,
        currency: cart.currency,
        amountMinor: quote.totalMinor,
        returnUrl: request.payment.returnUrl?.replaceAll(GROUP_ID_PLACE, groupId) ?? null,
      },
      at,
    ),
    deps.carts.startCheckout(work, cart, groupId, at),
    recordIdempotency(work, request.key, { resource: groupId, at }),
  ]);
  if (shortages.length > 0) refuseShortage(shortages, quoted);
  return { partition: work.partition, groupId, group, payment };
}

/**
 * Freezes the quote, reserves the units and records the payment's intent, in one transaction.
 * @throws AppError `cart-not-ready` or `out-of-stock` with `problems[]`, `cart-closed`,
 *   `idempotency-key-reused`, `not-found`; nothing has happened then
 */
export function beginCheckout(
  deps: CheckoutDeps,
  request: CheckoutRequest,
): Promise<Committed<BeginResult>> {
  return deps.unitOfWork.run<BeginResult>(request.partition, 'checkout.begin', async (work) => {
    const [record, cart] = await Promise.all([
      findIdempotencyRecord(work, request.key),
      deps.carts.read(work, request.cartId),
    ]);
    request.requireAccess(cart);
    if (record !== undefined) return { kind: 'known', record };
    if (cart.state === 'checking-out' && cart.orderGroupId !== null) {
      return { kind: 'busy', groupId: cart.orderGroupId };
    }
    if (cart.state === 'ordered') {
      throw new AppError('cart-closed', { extensions: { orderGroupId: cart.orderGroupId } });
    }
    return { kind: 'begun', checkout: await hold(deps, work, request, cart) };
  });
}
