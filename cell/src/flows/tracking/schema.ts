import { Type } from 'typebox';
import { Address } from '../../modules/carts/index.ts';
import { OrderGroupView, OrderView } from '../schema.ts';

/** What tracking links are, and what they show. */

export const TrackingTokenView = Type.Object({
  token: Type.String({ examples: ['tvmh2k.q0J8c3d1m2Zk5n7p9rStUg'] }),
  expiresAt: Type.String({ format: 'date-time' }),
});

const minorUnits = Type.Integer({ description: 'In minor units of the currency.' });

export const TrackingView = Type.Object(
  {
    id: Type.String(),
    state: OrderGroupView.properties.state,
    currency: Type.String(),
    createdAt: Type.String({ format: 'date-time' }),
    placedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    cancelReason: Type.Optional(Type.String()),
    totals: Type.Object({
      itemsMinor: minorUnits,
      shippingMinor: minorUnits,
      taxMinor: minorUnits,
      taxDisplay: Type.String({ description: 'inclusive or exclusive' }),
      totalMinor: minorUnits,
    }),
    email: Type.String({ description: 'In part, but for the customer.' }),
    destination: Type.Object({
      city: Type.Optional(Type.String()),
      region: Type.Optional(Type.String()),
      country: Type.String(),
    }),
    shippingAddress: Type.Optional(Address),
    payment: OrderGroupView.properties.payment,
    orders: Type.Array(
      Type.Object({
        ...OrderView.properties,
        steps: Type.Array(
          Type.Object({
            code: Type.String({ description: 'placed, paid, preparing, delivered or canceled' }),
            state: Type.String({ description: 'done, current or upcoming' }),
            at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
          }),
        ),
        expected: Type.Union([
          Type.Object({ from: Type.String(), to: Type.String() }),
          Type.Null(),
        ]),
      }),
    ),
    history: Type.Array(
      Type.Object({
        at: Type.String({ format: 'date-time' }),
        code: Type.String({
          description:
            'placed, paid, shipped, delivered, canceled, canceled-by-vendor, refunding, refunded, released ' +
            'or refund-failed',
        }),
        vendor: Type.Optional(Type.String()),
        items: Type.Optional(
          Type.Array(Type.Object({ title: Type.String(), quantity: Type.Integer() })),
        ),
        amountMinor: Type.Optional(minorUnits),
        carrier: Type.Optional(Type.String()),
        trackingNumber: Type.Optional(Type.String()),
      }),
      { description: 'What happened, in the order of time.' },
    ),
  },
  { description: 'How far an order is.' },
);
