import {
  countryName,
  countryOf,
  isPostalCode,
  normalizePostalCode,
} from '@commerce/contracts/countries';
import { currencyOf } from '@commerce/contracts/currencies';
import { newPartitionId, type Partition, type PartitionId } from '@commerce/contracts/ids';
import {
  defaultCurrencyOf,
  hasCurrency,
  type Market,
  market,
  marketOfCountry,
} from '@commerce/contracts/markets';
import { type Minor, minorToJson } from '@commerce/contracts/money';
import { AppError } from '@commerce/contracts/problems';
import type { Sql } from '@commerce/engines/sql/sql';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { type Address, CART_LINES_MAX, LINE_QUANTITY_MAX, type ShippingChoice } from './schema.ts';
import * as store from './store.ts';

export interface CartLine {
  readonly id: PartitionId<'lin'>;
  readonly variantId: string;
  readonly quantity: number;
  /** Price of a unit when units were last put in; null where it was not kept. */
  readonly addedPriceMinor: number | null;
}

export interface Cart {
  readonly id: PartitionId<'cart'>;
  readonly partition: Partition;
  readonly state: store.CartRow['state'];
  readonly market: Market;
  readonly currency: string;
  readonly country: string;
  readonly language: string;
  readonly customerId: string | null;
  readonly email: string | null;
  readonly shippingAddress: Address | null;
  readonly billingAddress: Address | null;
  /** Vendor id → id of the chosen shipping option. */
  readonly shippingOptions: Readonly<Record<string, string>>;
  readonly orderGroupId: PartitionId<'grp'> | null;
  readonly lines: readonly CartLine[];
}

function toCart(partition: Partition, row: store.CartRow): Cart {
  const found = market(row.market);
  if (found === undefined) throw new Error(`cart ${row.id} is of an unknown market`);
  return {
    id: row.id as PartitionId<'cart'>,
    partition,
    state: row.state,
    market: found,
    currency: row.currency,
    country: row.country,
    language: row.language,
    customerId: row.customer_id,
    email: row.email,
    shippingAddress: row.shipping_address,
    billingAddress: row.billing_address,
    shippingOptions: row.shipping_options,
    orderGroupId: row.order_group_id as PartitionId<'grp'> | null,
    lines: (row.lines ?? []) as readonly CartLine[],
  };
}

/**
 * The market and currency of a new cart.
 * @throws AppError `invalid-request` naming `country` or `currency` where there is none such
 */
export function chooseMarket(
  country: string,
  currency: string | undefined,
): { readonly market: Market; readonly currency: string } {
  const found = marketOfCountry(country);
  if (found === undefined) {
    throw new AppError('invalid-request', {
      field: 'country',
      detail: `"${country}" is no ISO 3166-1 country.`,
    });
  }
  if (currency === undefined) return { market: found, currency: defaultCurrencyOf(found) };
  if (currencyOf(currency) === undefined) {
    throw new AppError('invalid-request', {
      field: 'currency',
      detail: `"${currency}" is no ISO 4217 currency.`,
    });
  }
  if (!hasCurrency(found, currency)) {
    const known = found.currencies.map((entry) => entry.code).join(', ');
    throw new AppError('unprocessable', {
      field: 'currency',
      detail: `Prices for ${countryName(country, 'en')} are in ${known}.`,
    });
  }
  return { market: found, currency };
}

/**
 * Checks an address by its country's format.
 * @returns it with the postal code in its normal form
 * @throws AppError `invalid-request` naming the field
 */
export function checkAddress(address: Address): Address {
  const country = countryOf(address.country);
  if (country === undefined) {
    throw new AppError('invalid-request', {
      field: 'country',
      detail: `"${address.country}" is no ISO 3166-1 country.`,
    });
  }
  const missing = country.address.required.find((field) => address[field] === undefined);
  if (missing !== undefined) {
    throw new AppError('invalid-request', {
      field: missing,
      detail: `An address in ${countryName(country.code, 'en')} needs "${missing}".`,
    });
  }
  if (address.postalCode === undefined) return address;
  const postalCode = normalizePostalCode(address.postalCode);
  if (!isPostalCode(country, postalCode)) {
    const example = country.address.postalCodeExample;
    throw new AppError('invalid-request', {
      field: 'postalCode',
      detail: `This is no postal code of ${countryName(country.code, 'en')}${example === undefined ? '' : `; one looks like ${example}`}.`,
    });
  }
  return { ...address, postalCode };
}

function requireOpen(cart: Cart): void {
  if (cart.state === 'ordered') {
    throw new AppError('cart-closed', { extensions: { orderGroupId: cart.orderGroupId } });
  }
  if (cart.state === 'checking-out') {
    throw new AppError('checkout-in-progress', { extensions: { orderGroupId: cart.orderGroupId } });
  }
}

/** Units of a variant that are put into a cart, at the price of now. */
export interface AddedUnits {
  readonly variantId: string;
  readonly quantity: number;
  readonly unitPriceMinor: Minor;
}

/** What may be done with a cart inside a unit of work; each change returns the cart as it is then. */
export interface Carts {
  find(partition: Partition, id: string): Promise<Cart | undefined>;
  /** @throws AppError `not-found` */
  read(work: PartitionWork, id: string): Promise<Cart>;
  create(
    work: PartitionWork,
    input: {
      readonly country: string;
      readonly currency: string | undefined;
      readonly language: string;
      readonly customerId: string | null;
    },
    at: Date,
  ): Promise<Cart>;
  addLine(work: PartitionWork, cart: Cart, units: AddedUnits, at: Date): Promise<Cart>;
  changeLine(work: PartitionWork, cart: Cart, lineId: string, quantity: number): Promise<Cart>;
  removeLine(work: PartitionWork, cart: Cart, lineId: string): Promise<Cart>;
  setEmail(work: PartitionWork, cart: Cart, email: string, at: Date): Promise<Cart>;
  setShippingAddress(work: PartitionWork, cart: Cart, address: Address, at: Date): Promise<Cart>;
  setBillingAddress(work: PartitionWork, cart: Cart, address: Address, at: Date): Promise<Cart>;
  setShippingOptions(
    work: PartitionWork,
    cart: Cart,
    choices: readonly ShippingChoice[],
    at: Date,
  ): Promise<Cart>;
  /** Gives a guest's cart to the customer who holds it. */
  adopt(work: PartitionWork, cart: Cart, customerId: string, at: Date): Promise<Cart>;
  startCheckout(work: PartitionWork, cart: Cart, groupId: string, at: Date): Promise<void>;
  /** Opens the cart of a checkout that came to nothing. */
  reopen(work: PartitionWork, cartId: string, groupId: string, at: Date): Promise<void>;
  /** Closes the cart of a checkout that became an order. */
  close(work: PartitionWork, cartId: string, groupId: string, at: Date): Promise<void>;
}

function requireLine(cart: Cart, lineId: string): CartLine {
  const line = cart.lines.find((entry) => entry.id === lineId);
  if (line === undefined) {
    throw new AppError('not-found', { field: 'lineId', detail: 'The cart has no such line.' });
  }
  return line;
}

export function createCarts({ sql }: { readonly sql: Sql }): Carts {
  return {
    async find(partition, id) {
      const [row] = await sql.query(store.findCart, [partition, id]);
      return row === undefined ? undefined : toCart(partition, row);
    },

    async read(work, id) {
      const [row] = await work.read(store.findCart, [work.partition, id]);
      if (row === undefined) throw new AppError('not-found', { detail: 'There is no such cart.' });
      return toCart(work.partition, row);
    },

    async create(work, input, at) {
      const chosen = chooseMarket(input.country, input.currency);
      const id = newPartitionId('cart', work.partition);
      const { country, language, customerId } = input;
      work.send(store.insertCart, [
        work.partition,
        id,
        chosen.market.id,
        chosen.currency,
        country,
        language,
        customerId,
        at,
      ]);
      return {
        id,
        partition: work.partition,
        state: 'open',
        ...chosen,
        country,
        language,
        customerId,
        email: null,
        shippingAddress: null,
        billingAddress: null,
        shippingOptions: {},
        orderGroupId: null,
        lines: [],
      };
    },

    async addLine(work, cart, { variantId, quantity, unitPriceMinor }, at) {
      requireOpen(cart);
      const present = cart.lines.find((line) => line.variantId === variantId);
      if (present === undefined && cart.lines.length >= CART_LINES_MAX) {
        throw new AppError('unprocessable', {
          detail: `A cart has at most ${CART_LINES_MAX} lines.`,
        });
      }
      if ((present?.quantity ?? 0) + quantity > LINE_QUANTITY_MAX) {
        throw new AppError('unprocessable', {
          field: 'quantity',
          detail: `A line has at most ${LINE_QUANTITY_MAX} units.`,
        });
      }
      const id = present?.id ?? newPartitionId('lin', work.partition);
      work.send(store.upsertLine, [
        work.partition,
        cart.id,
        id,
        variantId,
        quantity,
        unitPriceMinor,
        at,
      ]);
      const line = {
        id,
        variantId,
        quantity: (present?.quantity ?? 0) + quantity,
        addedPriceMinor: minorToJson(unitPriceMinor),
      };
      const lines =
        present === undefined
          ? [...cart.lines, line]
          : cart.lines.map((entry) => (entry.id === id ? line : entry));
      return { ...cart, lines };
    },

    async changeLine(work, cart, lineId, quantity) {
      requireOpen(cart);
      const line = requireLine(cart, lineId);
      if (line.quantity === quantity) return cart;
      work.send(store.changeLine, [work.partition, cart.id, lineId, quantity]);
      const lines = cart.lines.map((entry) => (entry === line ? { ...line, quantity } : entry));
      return { ...cart, lines };
    },

    async removeLine(work, cart, lineId) {
      requireOpen(cart);
      requireLine(cart, lineId);
      work.send(store.deleteLine, [work.partition, cart.id, lineId]);
      return { ...cart, lines: cart.lines.filter((entry) => entry.id !== lineId) };
    },

    async setEmail(work, cart, email, at) {
      requireOpen(cart);
      work.send(store.setEmail, [work.partition, cart.id, email, at]);
      return { ...cart, email };
    },

    async setShippingAddress(work, cart, address, at) {
      requireOpen(cart);
      const shippingAddress = checkAddress(address);
      if (marketOfCountry(address.country)?.id !== cart.market.id) {
        throw new AppError('unprocessable', {
          field: 'country',
          detail: `This cart has prices for another market; start one for ${countryName(address.country, 'en')}.`,
        });
      }
      work.send(store.setShippingAddress, [
        work.partition,
        cart.id,
        JSON.stringify(shippingAddress),
        address.country,
        at,
      ]);
      return { ...cart, shippingAddress, country: address.country };
    },

    async setBillingAddress(work, cart, address, at) {
      requireOpen(cart);
      const billingAddress = checkAddress(address);
      const text = JSON.stringify(billingAddress);
      work.send(store.setBillingAddress, [work.partition, cart.id, text, at]);
      return { ...cart, billingAddress };
    },

    async setShippingOptions(work, cart, choices, at) {
      requireOpen(cart);
      const shippingOptions = {
        ...cart.shippingOptions,
        ...Object.fromEntries(choices.map((choice) => [choice.vendorId, choice.optionId])),
      };
      const text = JSON.stringify(shippingOptions);
      work.send(store.setShippingOptions, [work.partition, cart.id, text, at]);
      return { ...cart, shippingOptions };
    },

    async adopt(work, cart, customerId, at) {
      work.send(store.setCustomer, [work.partition, cart.id, customerId, at]);
      return { ...cart, customerId };
    },

    async startCheckout(work, cart, groupId, at) {
      requireOpen(cart);
      work.send(store.startCheckout, [work.partition, cart.id, groupId, at]);
    },

    async reopen(work, cartId, groupId, at) {
      work.send(store.reopen, [work.partition, cartId, groupId, at]);
    },

    async close(work, cartId, groupId, at) {
      work.send(store.close, [work.partition, cartId, groupId, at]);
    },
  };
}
