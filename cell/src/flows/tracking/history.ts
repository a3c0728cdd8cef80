import { minorToJson } from '@commerce/contracts/money';
import type { Shipment } from '../../modules/fulfilment/index.ts';
import type { OrderChange } from '../../modules/order-changes/index.ts';
import type { OrderGroup, OrderRow } from '../../modules/orders/index.ts';
import type { GroupPayment, MoneyMove } from '../../modules/payments/index.ts';
import { capturesAtOnce } from '../checkout/context.ts';

/** All that is known of what happened to a group. */
export interface GroupPast {
  readonly group: OrderGroup;
  readonly orders: readonly OrderRow[];
  readonly payment: GroupPayment | undefined;
  readonly shipments: readonly Shipment[];
  readonly changes: readonly OrderChange[];
  readonly moves: readonly MoneyMove[];
}

/** One thing that happened, as a shopper is told of it. */
export interface HistoryEntry {
  readonly at: string;
  readonly code:
    | 'placed'
    | 'paid'
    | 'shipped'
    | 'delivered'
    | 'canceled'
    | 'canceled-by-vendor'
    | 'refunding'
    | 'refunded'
    | 'released'
    | 'refund-failed';
  readonly vendor?: string;
  readonly items?: readonly { readonly title: string; readonly quantity: number }[];
  readonly amountMinor?: number;
  readonly carrier?: string;
  readonly trackingNumber?: string;
}

function toItems(lines: readonly { readonly title: string; readonly quantity: number }[]) {
  return lines.map(({ title, quantity }) => ({ title, quantity }));
}

function tellShipments({ shipments, orders }: GroupPast): HistoryEntry[] {
  const vendors = new Map(orders.map((order) => [order.id, order.vendor_name]));
  return shipments.flatMap((shipment): HistoryEntry[] => {
    const { shippedAt, deliveredAt, carrier, trackingNumber } = shipment;
    if (shippedAt === null) return [];
    const vendor = vendors.get(shipment.orderId) ?? '';
    const about = { vendor, items: toItems(shipment.lines) };
    const sent: HistoryEntry = {
      at: shippedAt.toISOString(),
      code: 'shipped',
      ...about,
      ...(carrier !== null && { carrier }),
      ...(trackingNumber !== null && { trackingNumber }),
    };
    if (deliveredAt === null) return [sent];
    return [sent, { at: deliveredAt.toISOString(), code: 'delivered', ...about }];
  });
}

function tellMove(move: MoneyMove): HistoryEntry | undefined {
  const amountMinor = minorToJson(move.amountMinor);
  const at = move.updatedAt.toISOString();
  switch (move.kind) {
    case 'capture':
      return move.state === 'done' ? { at, code: 'paid', amountMinor } : undefined;
    case 'release':
      return { at, code: 'released', amountMinor };
    case 'refund': {
      const codes = { created: 'refunding', done: 'refunded', refused: 'refund-failed' } as const;
      return { at, code: codes[move.state], amountMinor };
    }
  }
}

function tellChange(change: OrderChange, { orders }: GroupPast): HistoryEntry {
  const items = toItems(change.orders.flatMap(({ lines }) => lines));
  const at = change.createdAt.toISOString();
  if (change.origin === 'shopper') return { at, code: 'canceled', items };
  const [first] = change.orders;
  const vendor = orders.find((order) => order.id === first?.orderId)?.vendor_name ?? '';
  return { at, code: 'canceled-by-vendor', items, vendor };
}

/** What happened to a group, in the order of time. */
export function tellHistory(past: GroupPast): readonly HistoryEntry[] {
  const { group, orders, payment, moves, changes } = past;
  const entries: HistoryEntry[] = [];
  if (group.placedAt !== null) entries.push({ at: group.placedAt.toISOString(), code: 'placed' });
  const paidAt = orders.find((order) => order.paid_at !== null)?.paid_at;
  if (capturesAtOnce(group) && paidAt && payment !== undefined) {
    const amountMinor = minorToJson(payment.capturedMinor);
    entries.push({ at: paidAt.toISOString(), code: 'paid', amountMinor });
  }
  entries.push(
    ...tellShipments(past),
    ...changes.map((change) => tellChange(change, past)),
    ...moves.map(tellMove).filter((entry) => entry !== undefined),
  );
  // Stable: of the same moment, what caused something comes before it.
  return entries.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
