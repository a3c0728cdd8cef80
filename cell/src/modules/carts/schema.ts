import { idPattern } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import { type Static, Type } from 'typebox';

/** Largest number of units of one line, and of lines in one cart. */
export const LINE_QUANTITY_MAX = 10_000;
export const CART_LINES_MAX = 200;

const text = (maxLength: number, ...examples: string[]) =>
  Type.String({ minLength: 1, maxLength, ...(examples.length > 0 && { examples }) });
const country = Type.String({
  pattern: '^[A-Z]{2}$',
  description: 'ISO 3166-1 alpha-2',
  examples: ['DE'],
});
const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217', examples: ['EUR'] });

export const Address = Type.Object(
  {
    name: text(200, 'Ada Lovelace'),
    organization: Type.Optional(text(200)),
    line1: text(200, 'Friedrichstr. 1'),
    line2: Type.Optional(text(200)),
    postalCode: Type.Optional(text(20, '10117')),
    city: Type.Optional(text(120, 'Berlin')),
    region: Type.Optional(text(120)),
    country,
    phone: Type.Optional(Type.String({ pattern: '^\\+?[0-9 ()./-]{4,30}$' })),
  },
  { additionalProperties: false },
);
export type Address = Static<typeof Address>;

export const CartParams = Type.Object({ id: Type.String({ maxLength: 80 }) });
/** In which language titles and names are; the cart's own where nothing is said. */
export const CartQuery = Type.Object(
  {
    language: Type.Optional(
      Type.String({
        enum: allLanguages().map(({ tag }) => tag),
        description: "BCP 47 tag of titles and names; the cart's own language where it is absent.",
      }),
    ),
  },
  { additionalProperties: false },
);
export const LineParams = Type.Object({
  id: Type.String({ maxLength: 80 }),
  lineId: Type.String({ maxLength: 80 }),
});

export const CreateCart = Type.Object(
  {
    currency: Type.Optional(currency),
    country: Type.Optional(country),
    language: Type.Optional(Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' })),
  },
  {
    additionalProperties: false,
    description: 'Country and currency decide the market. Both default to what the request tells.',
  },
);
export const AddLine = Type.Object(
  {
    variantId: Type.String({
      pattern: idPattern('var'),
      examples: ['var_01jd8x3k5nf0v9m2q7r4t6w8ya'],
    }),
    quantity: Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_MAX, examples: [2] }),
  },
  { additionalProperties: false },
);
export const ChangeLine = Type.Object(
  { quantity: Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_MAX, examples: [2] }) },
  { additionalProperties: false },
);
export const SetEmail = Type.Object(
  {
    email: Type.String({
      maxLength: 254,
      examples: ['ada@shop.example'],
      pattern: '^[^\\s@"<>()]{1,64}@[^\\s@"<>()]+\\.[^\\s@"<>().]{2,63}$',
    }),
  },
  { additionalProperties: false },
);
export const ShippingChoice = Type.Object(
  {
    vendorId: Type.String({
      pattern: idPattern('ven'),
      examples: ['ven_01jd8x3k5nf0v9m2q7r4t6w8ya'],
    }),
    optionId: Type.String({
      pattern: idPattern('shp'),
      examples: ['shp_01jd8x3k5nf0v9m2q7r4t6w8ya'],
    }),
  },
  { additionalProperties: false },
);
export const SetShippingOptions = Type.Array(ShippingChoice, { minItems: 1, maxItems: 100 });
export type ShippingChoice = Static<typeof ShippingChoice>;
