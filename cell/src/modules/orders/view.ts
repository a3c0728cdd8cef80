import type { OrderGroup } from './service.ts';
import type { OrderRow } from './store.ts';

/** The HTTP form of orders. */

/** @param personal whether the reader is the customer; guests' links show no address or email */
export function viewOrder(row: OrderRow): Readonly<Record<string, unknown>> {
  return {
    id: row.id,
    orderGroupId: row.order_group_id,
    displayNumber: row.display_number,
    state: row.state,
    fulfillment: row.fulfillment,
    vendor: { id: row.vendor_id, name: row.vendor_name },
    currency: row.currency,
    itemsMinor: Number(row.items_minor),
    shippingMinor: Number(row.shipping_minor),
    taxMinor: Number(row.tax_minor),
    totalMinor: Number(row.total_minor),
    shippingOption: row.shipping_option,
    placedAt: row.placed_at.toISOString(),
    lines: row.lines.map(({ settledMinor: _amount, settledTaxMinor: _tax, ...line }) => line),
  };
}

/** What is known of the payment of a group. */
export interface PaymentView {
  readonly state: string;
  readonly gateway: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly releasedMinor: number;
  readonly declineCode?: string;
  readonly action?: { readonly type: 'redirect'; readonly url: string };
}

/**
 * The HTTP form of a group with its orders.
 * @param personal whether the reader is the customer: only then email and addresses are shown, and the
 *   cart, which is a guest's key
 */
export function viewGroup(
  group: OrderGroup,
  orders: readonly OrderRow[],
  payment: PaymentView | undefined,
  personal: boolean,
): Readonly<Record<string, unknown>> {
  const { quote } = group;
  return {
    id: group.id,
    state: group.state,
    market: group.market,
    currency: group.currency,
    country: group.country,
    itemsMinor: Number(quote.itemsMinor),
    shippingMinor: Number(quote.shippingMinor),
    taxMinor: Number(quote.taxMinor),
    totalMinor: Number(quote.totalMinor),
    createdAt: group.createdAt.toISOString(),
    placedAt: group.placedAt?.toISOString() ?? null,
    ...(group.cancelReason !== null && { cancelReason: group.cancelReason }),
    ...(personal && {
      cartId: group.cartId,
      email: group.email,
      shippingAddress: group.shippingAddress,
      billingAddress: group.billingAddress,
    }),
    ...(payment !== undefined && { payment }),
    orders: orders.map(viewOrder),
  };
}
