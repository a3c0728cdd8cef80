import { Type } from 'typebox';
import { LINE_QUANTITY_MAX } from '../../modules/carts/index.ts';
import { TRACKING_TOKEN_LENGTH_MAX } from '../tracking/tracking-tokens.ts';

/** The HTTP forms of changes of placed orders. */

const minorUnits = Type.Integer({ description: 'In minor units of the currency.' });
const Id = Type.String({ maxLength: 80 });
/** More than a cart's lines, so that a group can be canceled line by line in one request. */
const LINES_MAX = 200;

/** Why something is canceled; for those who read it later, no rule depends on it. */
const CANCEL_REASONS = [
  'changed-mind',
  'ordered-by-mistake',
  'too-late',
  'out-of-stock',
  'other',
] as const;

const what = {
  kind: Type.Literal('cancel', { examples: ['cancel'] }),
  orderId: Type.Optional(
    Type.String({ maxLength: 80, description: 'One vendor’s order; without it, the whole group.' }),
  ),
  lines: Type.Optional(
    Type.Array(
      Type.Object(
        {
          lineId: Id,
          quantity: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: LINE_QUANTITY_MAX,
              description: 'Units; without it, all that are left.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: LINES_MAX, description: 'Without it, all that can be canceled.' },
    ),
  ),
};

const confirmation = {
  ...what,
  reason: Type.Enum(CANCEL_REASONS, { default: 'other' }),
  expectedMinor: Type.Integer({
    minimum: 0,
    description: 'Sum of `refundMinor` and `releaseMinor` of the preview that was looked at.',
    examples: [4_990],
  }),
};

const token = Type.Optional(
  Type.String({
    maxLength: TRACKING_TOKEN_LENGTH_MAX,
    description: 'Of the tracking link; for a guest’s order.',
  }),
);

export const PreviewBody = Type.Object({ ...what, token }, { additionalProperties: false });
export const ConfirmBody = Type.Object({ ...confirmation, token }, { additionalProperties: false });

const ChangedOrderView = Type.Object({
  orderId: Type.String(),
  vendorId: Type.String(),
  shippingMinor: Type.Integer({
    description: 'Falls away with the last unit of an order of which nothing was sent.',
  }),
  lines: Type.Array(
    Type.Object({
      lineId: Type.String(),
      variantId: Type.String(),
      sku: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
      amountMinor: Type.Integer({ description: 'With its tax.' }),
      taxMinor: minorUnits,
    }),
  ),
});

const money = {
  currency: Type.String(),
  refundMinor: Type.Integer({ description: 'Goes back to where it was taken from.' }),
  releaseMinor: Type.Integer({ description: 'Was held, and is not taken.' }),
  orders: Type.Array(ChangedOrderView),
};

export const ChangePreviewView = Type.Object(money, {
  description: 'What a change would do. Nothing has happened.',
});

export const OrderChangeView = Type.Object(
  {
    id: Type.String(),
    orderGroupId: Type.String(),
    kind: Type.String(),
    origin: Type.String({ description: 'shopper or vendor' }),
    reason: Type.String(),
    state: Type.String({
      description:
        'open: its money is moving; done; refused: the gateway would not move it, and people look at it',
    }),
    ...money,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { description: 'A change of placed orders.' },
);
