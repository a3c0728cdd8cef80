import { textIn } from '@commerce/contracts/localized-text';
import { minorToJson } from '@commerce/contracts/money';
import type { Cart } from '../modules/carts/index.ts';
import type { CartQuote } from './quote-cart.ts';

/** What a cart's view needs beside the cart and its quote. */
export interface CartViewOptions {
  /** Units that can be had at the moment, by variant. */
  readonly available: ReadonlyMap<string, number>;
  /** For titles; the cart's own where it is not given. */
  readonly language?: string | undefined;
}

/** The HTTP form of a cart: its lines with prices of now, its totals, and what is still missing. */
export function viewCart(
  cart: Cart,
  quoted: CartQuote,
  { available, language = cart.language }: CartViewOptions,
): Readonly<Record<string, unknown>> {
  const { quote, problems, variants } = quoted;
  const priced = new Map(
    quote.documents.flatMap((document) => document.lines).map((line) => [line.lineId, line]),
  );
  return {
    id: cart.id,
    state: cart.state,
    market: cart.market.id,
    currency: cart.currency,
    country: cart.country,
    language: cart.language,
    customerId: cart.customerId,
    email: cart.email,
    shippingAddress: cart.shippingAddress,
    billingAddress: cart.billingAddress,
    orderGroupId: cart.orderGroupId,
    lines: cart.lines.map((line) => {
      const variant = variants.get(line.variantId);
      const price = priced.get(line.id);
      return {
        id: line.id,
        variantId: line.variantId,
        quantity: line.quantity,
        productId: variant?.productId ?? null,
        handle: variant?.handle ?? null,
        sku: variant?.sku ?? null,
        title: variant === undefined ? null : textIn(variant.titles, language),
        options: (variant?.optionLabels ?? []).map(({ code, labels, valueLabels }) => ({
          code,
          label: textIn(labels, language),
          value: textIn(valueLabels, language),
        })),
        vendorId: variant?.vendorId ?? null,
        vendorName: variant?.vendorName ?? null,
        available: available.get(line.variantId) ?? 0,
        addedPriceMinor: line.addedPriceMinor,
        image: variant?.mediaHash === undefined ? null : `/v1/media/${variant.mediaHash}`,
        unitPriceMinor: price === undefined ? null : minorToJson(price.unitPriceMinor),
        totalMinor: price === undefined ? null : minorToJson(price.totalMinor),
        taxMinor: price === undefined ? null : minorToJson(price.taxMinor),
      };
    }),
    shipping: quote.documents.map((document) => ({
      vendorId: document.vendorId,
      vendorName: document.vendorName,
      optionId: document.shipping?.optionId ?? null,
      amountMinor: minorToJson(document.shippingMinor),
    })),
    totals: {
      itemsMinor: minorToJson(quote.itemsMinor),
      shippingMinor: minorToJson(quote.shippingMinor),
      taxMinor: minorToJson(quote.taxMinor),
      taxDisplay: cart.market.taxDisplay,
      totalMinor: minorToJson(quote.totalMinor),
    },
    problems,
  };
}

/** The shipping options of each vendor in a cart, with what is chosen. */
export function viewShippingOptions(
  cart: Cart,
  { quote, rates }: CartQuote,
  language = cart.language,
): readonly Readonly<Record<string, unknown>>[] {
  return quote.documents.map((document) => ({
    vendorId: document.vendorId,
    vendorName: document.vendorName,
    chosenOptionId: document.shipping?.optionId ?? null,
    options: (rates.get(document.vendorId) ?? []).map((rate) => ({
      id: rate.id,
      code: rate.code,
      name: textIn(rate.names, language),
      amountMinor: rate.amountMinor,
      currency: rate.currency,
      minDays: rate.minDays,
      maxDays: rate.maxDays,
    })),
  }));
}
