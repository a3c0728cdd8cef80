import { Handle, ShippingRate, VendorDocument } from '@commerce/contracts/catalog';
import { idPattern } from '@commerce/contracts/ids';
import { type Static, Type } from 'typebox';
import { lineOfText } from '../../http/line-of-text.ts';

const country = Type.String({ pattern: '^[A-Z]{2}$' });
const name = lineOfText(200);

export const VendorParams = Type.Object({ id: Type.String({ pattern: idPattern('ven') }) });

export const NewVendor = Type.Object(
  { name, slug: Handle, country },
  { additionalProperties: false },
);
export type NewVendor = Static<typeof NewVendor>;

export const VendorPatch = Type.Object(
  {
    name: Type.Optional(name),
    country: Type.Optional(country),
    status: Type.Optional(VendorDocument.properties.status),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type VendorPatch = Static<typeof VendorPatch>;

const { id: _id, ...rateFields } = ShippingRate.properties;
export const RateInputs = Type.Array(Type.Object(rateFields, { additionalProperties: false }), {
  maxItems: 200,
});

export const VendorPage = Type.Object({
  items: Type.Array(VendorDocument),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
