import { type Static, type TSchema, Type } from 'typebox';
import type { DataClass } from './data-classes.ts';
import { idPattern } from './ids.ts';

/**
 * Domain events, CloudEvents 1.0. An event is written with the transaction that it tells of, as part
 * of the partition's log record, and is delivered at least once and in order for each partition.
 * Every field has a data class; a stream that leaves its cell carries no personal field.
 */

/** Streams and whether they may leave the jurisdiction of their cell. */
export const STREAMS = {
  order: { global: true },
  payment: { global: false },
  inventory: { global: true },
  user: { global: false },
  audit: { global: false },
  analytics: { global: false },
} as const;
export type Stream = keyof typeof STREAMS;

export interface EventType<Data extends TSchema = TSchema> {
  readonly type: string;
  readonly stream: Stream;
  readonly data: Data;
  /** Class of each top-level field of the data; nested objects have the class of their field. */
  readonly dataClasses: Readonly<Record<string, DataClass>>;
}

function eventType<Data extends TSchema>(
  type: string,
  stream: Stream,
  data: Data,
  dataClasses: { readonly [Field in keyof Static<Data>]-?: DataClass },
): EventType<Data> {
  return Object.freeze({ type, stream, data, dataClasses });
}

const minorUnits = Type.Integer();
const time = Type.String({ format: 'date-time' });
const country = Type.String({ pattern: '^[A-Z]{2}$' });

/** What a vendor and the control plane may know of an order: no name, no address, no email. */
const orderSummary = Type.Object({
  orderId: Type.String({ pattern: idPattern('ord') }),
  orderGroupId: Type.String({ pattern: idPattern('grp') }),
  displayNumber: Type.String(),
  vendorId: Type.String({ pattern: idPattern('ven') }),
  state: Type.String(),
  market: Type.String(),
  shipToCountry: country,
  currency: Type.String(),
  itemsMinor: minorUnits,
  shippingMinor: minorUnits,
  taxMinor: minorUnits,
  totalMinor: minorUnits,
  placedAt: time,
  lines: Type.Array(
    Type.Object({
      variantId: Type.String({ pattern: idPattern('var') }),
      sku: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
      unitPriceMinor: minorUnits,
      totalMinor: minorUnits,
    }),
  ),
});

export const orderPlaced = eventType('order.placed.v1', 'order', orderSummary, {
  orderId: 'none',
  orderGroupId: 'none',
  displayNumber: 'none',
  vendorId: 'none',
  state: 'none',
  market: 'none',
  shipToCountry: 'none',
  currency: 'none',
  itemsMinor: 'none',
  shippingMinor: 'none',
  taxMinor: 'none',
  totalMinor: 'none',
  placedAt: 'none',
  lines: 'none',
});
export type OrderPlaced = Static<typeof orderSummary>;

/** What of an order went from one value to another. */
const orderMove = Type.Object({
  orderId: Type.String({ pattern: idPattern('ord') }),
  vendorId: Type.String({ pattern: idPattern('ven') }),
  from: Type.String(),
  to: Type.String(),
  at: time,
});
const ORDER_MOVE_CLASSES = {
  orderId: 'none',
  vendorId: 'none',
  from: 'none',
  to: 'none',
  at: 'none',
} as const;

export const orderStateChanged = eventType(
  'order.state-changed.v1',
  'order',
  orderMove,
  ORDER_MOVE_CLASSES,
);

/** How far the parcels of an order are. */
export const orderFulfillmentChanged = eventType(
  'order.fulfillment-changed.v1',
  'order',
  orderMove,
  ORDER_MOVE_CLASSES,
);

export const paymentStateChanged = eventType(
  'payment.state-changed.v1',
  'payment',
  Type.Object({
    paymentId: Type.String({ pattern: idPattern('pay') }),
    orderGroupId: Type.String({ pattern: idPattern('grp') }),
    from: Type.String(),
    to: Type.String(),
    amountMinor: minorUnits,
    currency: Type.String(),
    at: time,
  }),
  {
    paymentId: 'none',
    orderGroupId: 'none',
    from: 'none',
    to: 'none',
    amountMinor: 'none',
    currency: 'none',
    at: 'none',
  },
);

/** Money that was taken, given back or let go after an authorisation, for one change or shipment. */
export const paymentMoneyMoved = eventType(
  'payment.money-moved.v1',
  'payment',
  Type.Object({
    paymentId: Type.String({ pattern: idPattern('pay') }),
    moveId: Type.String({ pattern: idPattern('mov') }),
    /** Id of that change or shipment. */
    cause: Type.String(),
    kind: Type.String(),
    amountMinor: minorUnits,
    currency: Type.String(),
    at: time,
  }),
  {
    paymentId: 'none',
    moveId: 'none',
    cause: 'none',
    kind: 'none',
    amountMinor: 'none',
    currency: 'none',
    at: 'none',
  },
);

export const customerRegistered = eventType(
  'customer.registered.v1',
  'user',
  Type.Object({
    customerId: Type.String({ pattern: idPattern('cus') }),
    at: time,
    language: Type.String(),
  }),
  { customerId: 'none', at: 'none', language: 'none' },
);

export const cartCheckedOut = eventType(
  'cart.checked-out.v1',
  'analytics',
  Type.Object({
    cartId: Type.String({ pattern: idPattern('cart') }),
    orderGroupId: Type.String({ pattern: idPattern('grp') }),
    totalMinor: minorUnits,
    currency: Type.String(),
    at: time,
  }),
  { cartId: 'none', orderGroupId: 'none', totalMinor: 'none', currency: 'none', at: 'none' },
);

/** Every event type of the platform, by name. */
export const EVENT_TYPES: Readonly<Record<string, EventType>> = Object.freeze(
  Object.fromEntries(
    [
      orderPlaced,
      orderStateChanged,
      orderFulfillmentChanged,
      paymentStateChanged,
      paymentMoneyMoved,
      customerRegistered,
      cartCheckedOut,
    ].map((event) => [event.type, event]),
  ),
);

/** An event inside a log record, before it gets its envelope. */
export interface DomainEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
}

/** CloudEvents 1.0 envelope with the platform's extension attributes. */
export interface EventEnvelope<Data = unknown> {
  readonly specversion: '1.0';
  /** `partition/epoch.version/index`: the same at each delivery, so an inbox can drop repeats. */
  readonly id: string;
  readonly type: string;
  /** The cell that committed it. */
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly partition: string;
  readonly epoch: number;
  readonly version: number;
  readonly data: Data;
}
