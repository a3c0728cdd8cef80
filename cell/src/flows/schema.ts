import { Type } from 'typebox';
import { Address } from '../modules/carts/index.ts';

/** The HTTP forms of what crosses modules: carts with prices, orders with payments. */

const minorUnits = Type.Integer({ description: 'In minor units of the currency.' });
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const nullableText = nullable(Type.String());

const CartLineView = Type.Object({
  id: Type.String(),
  variantId: Type.String(),
  quantity: Type.Integer(),
  productId: nullableText,
  handle: nullableText,
  sku: nullableText,
  title: nullableText,
  options: Type.Array(
    Type.Object({ code: Type.String(), label: Type.String(), value: Type.String() }),
    { description: 'What tells the variant from its siblings.' },
  ),
  vendorId: nullableText,
  vendorName: nullableText,
  available: Type.Integer({ description: 'Units that can be had at the moment.' }),
  addedPriceMinor: Type.Union([minorUnits, Type.Null()], {
    description: 'Price of a unit when it was put in.',
  }),
  image: nullableText,
  unitPriceMinor: nullable(minorUnits),
  totalMinor: nullable(minorUnits),
  taxMinor: nullable(minorUnits),
});

const CartProblemView = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  field: Type.Optional(Type.String()),
  lineId: Type.Optional(Type.String()),
  vendorId: Type.Optional(Type.String()),
});

export const CartView = Type.Object(
  {
    id: Type.String(),
    state: Type.String({ description: 'open, checking-out or ordered' }),
    market: Type.String(),
    currency: Type.String(),
    country: Type.String(),
    language: Type.String(),
    customerId: nullableText,
    email: nullableText,
    shippingAddress: nullable(Address),
    billingAddress: nullable(Address),
    orderGroupId: nullableText,
    lines: Type.Array(CartLineView),
    shipping: Type.Array(
      Type.Object({
        vendorId: Type.String(),
        vendorName: Type.String(),
        optionId: nullableText,
        amountMinor: minorUnits,
      }),
    ),
    totals: Type.Object({
      itemsMinor: minorUnits,
      shippingMinor: minorUnits,
      taxMinor: minorUnits,
      taxDisplay: Type.String({
        description: 'inclusive: the amounts contain the tax; exclusive: it comes on top',
      }),
      totalMinor: minorUnits,
    }),
    problems: Type.Array(CartProblemView, {
      description: 'What stands in the way of a checkout; empty when the cart is ready.',
    }),
  },
  { description: 'A cart with the prices of now.' },
);

export const ShippingOptionsView = Type.Array(
  Type.Object({
    vendorId: Type.String(),
    vendorName: Type.String(),
    chosenOptionId: nullableText,
    options: Type.Array(
      Type.Object({
        id: Type.String(),
        code: Type.String(),
        name: Type.String(),
        amountMinor: minorUnits,
        currency: Type.String(),
        minDays: Type.Integer(),
        maxDays: Type.Integer(),
      }),
    ),
  }),
);

export const OrderView = Type.Object({
  id: Type.String(),
  orderGroupId: Type.String(),
  displayNumber: Type.String(),
  state: Type.String({ description: 'placed, paid or canceled' }),
  fulfillment: Type.String({
    description: 'unfulfilled, partially-shipped, shipped or delivered',
  }),
  vendor: Type.Object({ id: Type.String(), name: Type.String() }),
  currency: Type.String(),
  itemsMinor: minorUnits,
  shippingMinor: minorUnits,
  taxMinor: minorUnits,
  totalMinor: minorUnits,
  shippingOption: Type.Unknown(),
  placedAt: Type.String({ format: 'date-time' }),
  lines: Type.Array(
    Type.Object({
      id: Type.String(),
      variantId: Type.String(),
      productId: Type.String(),
      sku: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
      unitPriceMinor: minorUnits,
      totalMinor: minorUnits,
      taxRatePpm: Type.Integer({ description: 'Parts per million.' }),
      taxDisplay: Type.String(),
      taxMinor: minorUnits,
      shippedQuantity: Type.Integer(),
      canceledQuantity: Type.Integer(),
    }),
  ),
});

const PaymentAction = Type.Object({ type: Type.Literal('redirect'), url: Type.String() });

export const OrderGroupView = Type.Object(
  {
    id: Type.String(),
    cartId: Type.Optional(Type.String()),
    state: Type.String({ description: 'pending, placed, paid, canceling or canceled' }),
    market: Type.String(),
    currency: Type.String(),
    country: Type.String(),
    itemsMinor: minorUnits,
    shippingMinor: minorUnits,
    taxMinor: minorUnits,
    totalMinor: minorUnits,
    createdAt: Type.String(),
    placedAt: nullableText,
    cancelReason: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    shippingAddress: Type.Optional(Type.Unknown()),
    billingAddress: Type.Optional(Type.Unknown()),
    payment: Type.Optional(
      Type.Object({
        state: Type.String(),
        gateway: Type.String(),
        amountMinor: minorUnits,
        capturedMinor: minorUnits,
        refundedMinor: minorUnits,
        releasedMinor: minorUnits,
        declineCode: Type.Optional(Type.String()),
        action: Type.Optional(PaymentAction),
      }),
    ),
    orders: Type.Array(OrderView),
  },
  { description: 'One checkout, with one order for each vendor.' },
);

export const CheckoutPendingView = Type.Object(
  {
    status: Type.String({ description: 'action_required or processing' }),
    orderGroupId: Type.String(),
    totalMinor: minorUnits,
    currency: Type.String(),
    action: Type.Optional(PaymentAction),
  },
  { description: 'Send the shopper to `action.url`, or ask for the order group again.' },
);
