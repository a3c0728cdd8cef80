import { idPattern } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import { type Static, Type } from 'typebox';

/** Names are shown in mails and on labels: no control characters. */
export const CustomerName = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  examples: ['Ada Lovelace'],
});

export const CustomerLanguage = Type.String({
  enum: allLanguages().map((language) => language.tag),
  description: 'BCP 47 tag of a language that the shop speaks.',
  examples: ['de'],
});

/** A customer as sign-up and sign-in answer it. */
export const CustomerView = Type.Object({
  id: Type.String({ pattern: idPattern('cus') }),
  email: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  language: Type.String(),
});
export type CustomerView = Static<typeof CustomerView>;

/** The customer's own view of the account. */
export const Me = Type.Object({
  ...CustomerView.properties,
  createdAt: Type.String({ format: 'date-time' }),
});
export type Me = Static<typeof Me>;

export const ProfileChange = Type.Object(
  {
    name: Type.Optional(Type.Union([CustomerName, Type.Null()])),
    language: Type.Optional(CustomerLanguage),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ProfileChange = Static<typeof ProfileChange>;
