import { type Static, Type } from 'typebox';

/** Largest amount of one payment; far below what an integer of JSON can hold exactly. */
const AMOUNT_MINOR_MAX = 100_000_000_000_000;

export const AmountMinor = Type.Integer({ minimum: 1, maximum: AMOUNT_MINOR_MAX });

const HttpUrl = Type.String({ maxLength: 2_000, pattern: '^https?://[\\x21-\\x7e]+$' });
/** Printable ASCII without spaces: what merchants' own ids are made of. */
const Name = Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$' });

export const PaymentBody = Type.Object(
  {
    amountMinor: AmountMinor,
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    token: Type.String({ minLength: 1, maxLength: 100 }),
    capture: Type.Union([Type.Literal('manual'), Type.Literal('automatic')]),
    reference: Name,
    partition: Name,
    webhookUrl: Type.Optional(HttpUrl),
    returnUrl: Type.Optional(HttpUrl),
  },
  { additionalProperties: false },
);
export type PaymentBody = Static<typeof PaymentBody>;

export const AmountBody = Type.Object(
  { amountMinor: AmountMinor },
  { additionalProperties: false },
);
export type AmountBody = Static<typeof AmountBody>;

export const DecisionBody = Type.Object(
  { outcome: Type.Union([Type.Literal('approve'), Type.Literal('decline')]) },
  { additionalProperties: false },
);
export type DecisionBody = Static<typeof DecisionBody>;

/** A payment as merchants see it, in answers and webhooks. */
export const PaymentAnswer = Type.Object({
  id: Type.String(),
  reference: Type.String(),
  partition: Type.String(),
  status: Type.String(),
  amountMinor: Type.Integer(),
  capturedMinor: Type.Integer(),
  refundedMinor: Type.Integer(),
  currency: Type.String(),
  declineCode: Type.Optional(Type.String()),
  actionUrl: Type.Optional(Type.String()),
});
export type PaymentAnswer = Static<typeof PaymentAnswer>;

export const ListQuery = Type.Object(
  {
    reference: Type.Optional(Name),
    partition: Type.Optional(Name),
    after: Type.Optional(Name),
    limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;

export const LedgerQuery = Type.Object(
  {
    after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })),
    limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  },
  { additionalProperties: false },
);
export type LedgerQuery = Static<typeof LedgerQuery>;
