import { market } from '@commerce/contracts/markets';
import { type OrderGroup, type OrderRow, viewOrder } from '../../modules/orders/index.ts';
import type { GroupPayment } from '../../modules/payments/index.ts';
import { viewPayment } from '../checkout/answers.ts';

/** How far an order is, in steps that a shopper understands. */
export interface TrackingStep {
  readonly code: 'placed' | 'paid' | 'preparing' | 'delivered';
  readonly state: 'done' | 'current' | 'upcoming';
  /** When it was done; null where it was not, or that is not known. */
  readonly at: string | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Calendar days from which to which an order should arrive, by how it is shipped. */
function expectedOf(order: OrderRow): { readonly from: string; readonly to: string } | null {
  const option = order.shipping_option as { minDays?: number; maxDays?: number } | null;
  if (option?.minDays === undefined || option.maxDays === undefined) return null;
  const placedAtMs = order.placed_at.getTime();
  const dayAfter = (days: number): string =>
    new Date(placedAtMs + days * DAY_MS).toISOString().slice(0, 10);
  return { from: dayAfter(option.minDays), to: dayAfter(option.maxDays) };
}

/**
 * The steps of an order. Where the market takes the money at shipment, an order is prepared before it is
 * paid.
 */
export function stepsOf(order: OrderRow, group: OrderGroup): readonly TrackingStep[] {
  const isPaid = order.state === 'paid';
  const placed: TrackingStep = {
    code: 'placed',
    state: 'done',
    at: order.placed_at.toISOString(),
  };
  const preparing: TrackingStep = { code: 'preparing', state: 'current', at: null };
  const delivered: TrackingStep = { code: 'delivered', state: 'upcoming', at: null };
  const paidAt = isPaid ? order.updated_at.toISOString() : null;
  if (market(group.market)?.capture === 'on-shipment' && !isPaid) {
    return [placed, preparing, { code: 'paid', state: 'upcoming', at: null }, delivered];
  }
  const paid: TrackingStep = { code: 'paid', state: isPaid ? 'done' : 'current', at: paidAt };
  return [placed, paid, isPaid ? preparing : { ...preparing, state: 'upcoming' }, delivered];
}

/** `ada@example.com` as `a•••@example.com`: enough to recognise one's own. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${[...email][0] ?? ''}•••${email.slice(at)}`;
}

interface PlaceOf {
  readonly city?: string;
  readonly region?: string;
  readonly country: string;
}

/**
 * What a tracking link shows, or the customer sees.
 * @param isOwner whether the customer asks; a link, which may be passed on, shows no address and no email
 */
export function viewTracking(
  group: OrderGroup,
  orders: readonly OrderRow[],
  payment: GroupPayment | undefined,
  isOwner: boolean,
): Readonly<Record<string, unknown>> {
  const { city, region, country } = group.shippingAddress as PlaceOf;
  const { quote } = group;
  return {
    id: group.id,
    state: group.state,
    currency: group.currency,
    createdAt: group.createdAt.toISOString(),
    placedAt: group.placedAt?.toISOString() ?? null,
    ...(group.cancelReason !== null && { cancelReason: group.cancelReason }),
    totals: {
      itemsMinor: Number(quote.itemsMinor),
      shippingMinor: Number(quote.shippingMinor),
      taxMinor: Number(quote.taxMinor),
      taxDisplay: market(group.market)?.taxDisplay ?? 'inclusive',
      totalMinor: Number(quote.totalMinor),
    },
    email: isOwner ? group.email : maskEmail(group.email),
    destination: {
      country,
      ...(city !== undefined && { city }),
      ...(region !== undefined && { region }),
    },
    ...(isOwner && { shippingAddress: group.shippingAddress }),
    ...(payment !== undefined && { payment: viewPayment(payment) }),
    orders: orders.map((order) => ({
      ...viewOrder(order),
      steps: stepsOf(order, group),
      expected: expectedOf(order),
    })),
  };
}
