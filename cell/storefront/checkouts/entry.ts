import {
  ADDRESS_FIELDS,
  type AddressField,
  countryOf,
  isPostalCode,
} from '@commerce/contracts/countries';
import type { ApiAddress, ApiCart } from '../carts/api-types.ts';
import type { MessageKey } from '../i18n.ts';
import type { ApiShippingChoice } from './api-types.ts';

/** What the form of the checkout holds: as it was kept, or as it was just sent. */
export interface CheckoutEntry {
  readonly email: string;
  readonly country: string;
  readonly phone: string;
  readonly address: Readonly<Record<AddressField, string>>;
  /** Chosen shipping options by vendor. */
  readonly shipping: Readonly<Record<string, string>>;
  /** Of the card to pay with. */
  readonly token: string;
  /** Key of the attempt to pay: the same however often the form is sent. */
  readonly attempt: string;
}

/** What is wrong with a field, in the shopper's words. */
export interface FieldFault {
  /** Id of the field; the fault is shown beside it. */
  readonly field: string;
  readonly message: MessageKey;
  readonly values?: Readonly<Record<string, string | number>>;
}

const ATTEMPT_PATTERN = /^[\w-]{16,64}$/;
const EMAIL_PATTERN = /^[^\s@"<>()]{1,64}@[^\s@"<>()]+\.[^\s@"<>().]{2,63}$/;
const PHONE_PATTERN = /^\+?[0-9 ()./-]{4,30}$/;
const SHIPPING_PREFIX = 'shipping.';

/** A key for a new attempt. */
export function newAttempt(): string {
  return crypto.randomUUID();
}

function eachField(valueOf: (field: AddressField) => string): Record<AddressField, string> {
  return Object.fromEntries(ADDRESS_FIELDS.map((field) => [field, valueOf(field)])) as Record<
    AddressField,
    string
  >;
}

/** Reads a form that was sent. */
export function entryFrom(form: URLSearchParams): CheckoutEntry {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  const shipping = [...form.entries()].flatMap(([name, value]) =>
    name.startsWith(SHIPPING_PREFIX) ? [[name.slice(SHIPPING_PREFIX.length), value]] : [],
  );
  const attempt = text('attempt');
  return {
    email: text('email'),
    country: text('country'),
    phone: text('phone'),
    address: eachField(text),
    shipping: Object.fromEntries(shipping) as Record<string, string>,
    token: text('token'),
    attempt: ATTEMPT_PATTERN.test(attempt) ? attempt : newAttempt(),
  };
}

/** What is known before anything was entered. */
export function entryOf(
  cart: ApiCart,
  shipping: readonly ApiShippingChoice[],
  customer: { readonly email: string; readonly name: string | null } | undefined,
): CheckoutEntry {
  const kept = cart.shippingAddress;
  return {
    email: cart.email ?? customer?.email ?? '',
    country: kept?.country ?? cart.country,
    phone: kept?.phone ?? '',
    address: eachField((field) =>
      field === 'name' ? (kept?.name ?? customer?.name ?? '') : (kept?.[field] ?? ''),
    ),
    shipping: Object.fromEntries(
      shipping.flatMap(({ vendorId, chosenOptionId }) =>
        chosenOptionId === null ? [] : [[vendorId, chosenOptionId]],
      ),
    ),
    token: '',
    attempt: newAttempt(),
  };
}

/** The address as the API takes it: fields of the country's format, without those left empty. */
export function addressOf({ address, country, phone }: CheckoutEntry): ApiAddress {
  const fields = fieldsOf(country).filter((field) => address[field] !== '');
  return {
    ...(Object.fromEntries(
      fields.map((field) => [field, address[field]]),
    ) as unknown as ApiAddress),
    country,
    ...(phone !== '' && { phone }),
  };
}

/** Fields of a country's addresses, in the order in which people there write them. */
export function fieldsOf(country: string): readonly AddressField[] {
  return countryOf(country)?.address.lines.flat() ?? ADDRESS_FIELDS;
}

/** All that is wrong with an entry, as far as it can be told without asking anybody. */
export function faultsOf(
  entry: CheckoutEntry,
  shipping: readonly ApiShippingChoice[],
): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (entry.email === '') faults.push({ field: 'email', message: 'checkout.emailMissing' });
  else if (!EMAIL_PATTERN.test(entry.email) || entry.email.length > 254) {
    faults.push({ field: 'email', message: 'checkout.emailWrong' });
  }
  faults.push(...addressFaults(entry));
  for (const { vendorId, vendorName, options } of shipping) {
    if (options.some(({ id }) => id === entry.shipping[vendorId])) continue;
    faults.push({
      field: `shipping-${vendorId}`,
      message: options.length === 0 ? 'checkout.notShipped' : 'checkout.shippingMissing',
      values: { vendor: vendorName },
    });
  }
  if (entry.token === '') faults.push({ field: 'payment', message: 'checkout.cardMissing' });
  return faults;
}

function addressFaults({ country: code, address, phone }: CheckoutEntry): readonly FieldFault[] {
  const country = countryOf(code);
  if (country === undefined) return [{ field: 'country', message: 'checkout.countryWrong' }];
  const { required, postalCodeExample } = country.address;
  const faults: FieldFault[] = fieldsOf(code)
    .filter((field) => required.includes(field) && address[field] === '')
    .map((field) => ({ field, message: `missing.${field}` as const }));
  if (address.postalCode !== '' && !isPostalCode(country, address.postalCode)) {
    faults.push({
      field: 'postalCode',
      message: postalCodeExample === undefined ? 'checkout.postalWrong' : 'checkout.postalLike',
      values: { example: postalCodeExample ?? '' },
    });
  }
  if (phone !== '' && !PHONE_PATTERN.test(phone)) {
    faults.push({ field: 'phone', message: 'checkout.phoneWrong' });
  }
  return faults;
}
