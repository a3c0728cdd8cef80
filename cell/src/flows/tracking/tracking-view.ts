import { market } from '@commerce/contracts/markets';
import type { Shipment } from '../../modules/fulfilment/index.ts';
import { type OrderGroup, type OrderRow, viewOrder } from '../../modules/orders/index.ts';
import { viewPayment } from '../checkout/answers.ts';
import { type GroupPast, tellHistory } from './history.ts';

/** How far an order is, in steps that a shopper understands. */
export interface TrackingStep {
  readonly code: 'placed' | 'paid' | 'preparing' | 'delivered' | 'canceled';
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

/** The last moment at which something was true of all parcels of an order; null where it is not. */
function lastOf(
  order: OrderRow,
  shipments: readonly Shipment[],
  time: 'shippedAt' | 'deliveredAt',
): string | null {
  const times = shipments
    .filter(({ orderId, state }) => orderId === order.id && state !== 'refused')
    .flatMap((shipment) => shipment[time]?.toISOString() ?? []);
  return times.toSorted().at(-1) ?? null;
}

/**
 * The steps of an order. Where the market takes the money at shipment, an order is prepared before it is
 * paid.
 */
export function stepsOf(
  order: OrderRow,
  group: OrderGroup,
  shipments: readonly Shipment[],
): readonly TrackingStep[] {
  const done = (code: TrackingStep['code'], at: string | null): TrackingStep => ({
    code,
    state: 'done',
    at,
  });
  const placed = done('placed', order.placed_at.toISOString());
  const paidAt = order.paid_at?.toISOString() ?? null;
  if (order.state === 'canceled') {
    const canceled = done('canceled', order.updated_at.toISOString());
    return paidAt === null ? [placed, canceled] : [placed, done('paid', paidAt), canceled];
  }
  const isPaid = order.state === 'paid';
  const isSent = order.fulfillment === 'shipped' || order.fulfillment === 'delivered';
  const isLate = market(group.market)?.capture === 'on-shipment';
  const preparing: TrackingStep = isSent
    ? done('preparing', lastOf(order, shipments, 'shippedAt'))
    : { code: 'preparing', state: isPaid || isLate ? 'current' : 'upcoming', at: null };
  const delivered: TrackingStep =
    order.fulfillment === 'delivered'
      ? done('delivered', lastOf(order, shipments, 'deliveredAt'))
      : { code: 'delivered', state: isSent ? 'current' : 'upcoming', at: null };
  const paid: TrackingStep = isPaid
    ? // Of orders of the time before it was kept, the last change was their payment.
      done('paid', paidAt ?? order.updated_at.toISOString())
    : { code: 'paid', state: isLate ? 'upcoming' : 'current', at: null };
  return isLate ? [placed, preparing, paid, delivered] : [placed, paid, preparing, delivered];
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
export function viewTracking(past: GroupPast, isOwner: boolean): Readonly<Record<string, unknown>> {
  const { group, orders, payment, shipments } = past;
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
      steps: stepsOf(order, group, shipments),
      expected: expectedOf(order),
    })),
    history: tellHistory(past),
  };
}
