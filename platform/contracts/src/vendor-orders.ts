import { type Static, Type } from 'typebox';

/**
 * What a vendor does with one of its orders. The order is in a cell; the control plane asks that cell on
 * behalf of a vendor's user, whose right to it it has checked, and keeps nothing of the answers.
 */

const time = Type.String({ format: 'date-time' });
const nullableTime = Type.Union([time, Type.Null()]);
const nullableText = Type.Union([Type.String(), Type.Null()]);
const Id = Type.String({ maxLength: 80 });
const units = Type.Integer({ minimum: 1, maximum: 999 });
const LINES_MAX = 200;

const Lines = Type.Optional(
  Type.Array(
    Type.Object({ lineId: Id, quantity: Type.Optional(units) }, { additionalProperties: false }),
    { minItems: 1, maxItems: LINES_MAX, description: 'Without it, all units that are left.' },
  ),
);

export const shipFields = {
  lines: Lines,
  carrier: Type.Optional(Type.String({ minLength: 1, maxLength: 60, pattern: '^[^\\p{Cc}]+$' })),
  trackingNumber: Type.Optional(
    Type.String({ minLength: 1, maxLength: 80, pattern: '^[\\x21-\\x7e]+(?: [\\x21-\\x7e]+)*$' }),
  ),
};

/** Why a vendor cancels; for those who read it later, no rule depends on it. */
export const VENDOR_CANCEL_REASONS = ['out-of-stock', 'asked-by-shopper', 'other'] as const;

export const cancelFields = {
  lines: Lines,
  reason: Type.Enum(VENDOR_CANCEL_REASONS, { default: 'other' }),
  expectedMinor: Type.Integer({
    minimum: 0,
    description: 'Sum of `refundMinor` and `releaseMinor` of the preview that was looked at.',
  }),
};

const vendor = { vendorId: Id };
const closed = { additionalProperties: false };
export const ShipBody = Type.Object({ ...vendor, ...shipFields }, closed);
export const DeliverBody = Type.Object(vendor, closed);
export const ShipToBody = Type.Object({ ...vendor, userId: Id }, closed);
export const CancelPreviewBody = Type.Object({ ...vendor, lines: Lines }, closed);
export const CancelBody = Type.Object({ ...vendor, ...cancelFields }, closed);

/** The same as a vendor's user sends them, who is known by their session. */
export const ShipRequest = Type.Object(shipFields, closed);
export const CancelPreviewRequest = Type.Object({ lines: Lines }, closed);
export const CancelRequest = Type.Object(cancelFields, closed);

export const VendorShipment = Type.Object({
  id: Type.String(),
  orderId: Type.String(),
  state: Type.String({
    description:
      'capturing: its money is being taken; shipped; delivered; refused: the money could not be taken',
  }),
  carrier: nullableText,
  trackingNumber: nullableText,
  lines: Type.Array(
    Type.Object({
      lineId: Type.String(),
      variantId: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
    }),
  ),
  createdAt: time,
  shippedAt: nullableTime,
  deliveredAt: nullableTime,
});
export type VendorShipment = Static<typeof VendorShipment>;

const minorUnits = Type.Integer({ description: 'In minor units of the currency.' });

export const VendorOrderDetails = Type.Object(
  {
    orderId: Type.String(),
    state: Type.String({ description: 'placed, paid or canceled' }),
    fulfillment: Type.String({
      description: 'unfulfilled, partially-shipped, shipped or delivered',
    }),
    currency: Type.String(),
    placedAt: time,
    paidAt: nullableTime,
    lines: Type.Array(
      Type.Object({
        id: Type.String(),
        variantId: Type.String(),
        sku: Type.String(),
        title: Type.String(),
        quantity: Type.Integer(),
        shippedQuantity: Type.Integer(),
        canceledQuantity: Type.Integer(),
        unitPriceMinor: minorUnits,
        totalMinor: minorUnits,
      }),
    ),
    shipments: Type.Array(VendorShipment),
    changes: Type.Array(
      Type.Object({
        id: Type.String(),
        origin: Type.String({ description: 'shopper or vendor' }),
        reason: Type.String(),
        state: Type.String({ description: 'open, done or refused' }),
        createdAt: time,
        amountMinor: minorUnits,
        lines: Type.Array(
          Type.Object({
            lineId: Type.String(),
            title: Type.String(),
            quantity: Type.Integer(),
          }),
        ),
      }),
    ),
  },
  { description: 'How far an order is: units, parcels, changes.' },
);
export type VendorOrderDetails = Static<typeof VendorOrderDetails>;

export const ShipTo = Type.Object(
  { address: Type.Record(Type.String(), Type.String()) },
  { description: 'Where the parcels of an order go. Each look is noted in the cell.' },
);
export type ShipTo = Static<typeof ShipTo>;

export const CancelPreview = Type.Object(
  {
    currency: Type.String(),
    refundMinor: minorUnits,
    releaseMinor: minorUnits,
  },
  { description: 'What canceling would give back to the shopper. Nothing has happened.' },
);
export type CancelPreview = Static<typeof CancelPreview>;

export const VendorChange = Type.Object({
  id: Type.String(),
  state: Type.String(),
  currency: Type.String(),
  refundMinor: minorUnits,
  releaseMinor: minorUnits,
  createdAt: time,
});
export type VendorChange = Static<typeof VendorChange>;
