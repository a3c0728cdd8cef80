import type { LocalizedText, ShippingRate } from '@commerce/contracts/catalog';
import { textIn } from '@commerce/contracts/localized-text';
import type { Market } from '@commerce/contracts/markets';
import { type Minor, multiplyMinor, sumMinor, ZERO } from '@commerce/contracts/money';
import type { Cart, CartLine } from '../modules/carts/index.ts';
import type { Quote, QuoteDocument, QuoteLine, QuoteShipping } from '../modules/orders/index.ts';

/**
 * What a cart costs now: the lines by vendor with their prices, the chosen shipping and the tax, and
 * what stands in the way of buying it. Everything is read from the cell's own catalogue.
 */

/** A variant as far as a quote needs it; the catalogue module's type fits. */
export interface QuotedVariant {
  readonly variantId: string;
  readonly productId: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorActive: boolean;
  readonly productStatus: string;
  readonly handle: string;
  readonly sku: string;
  readonly titles: LocalizedText;
  readonly optionLabels: readonly {
    readonly code: string;
    readonly labels: LocalizedText;
    readonly valueLabels: LocalizedText;
  }[];
  readonly mediaHash?: string;
}

export interface QuoteSources {
  readonly findVariants: (ids: readonly string[]) => Promise<ReadonlyMap<string, QuotedVariant>>;
  readonly pricesOf: (
    ids: readonly string[],
    market: string,
    currency: string,
  ) => Promise<ReadonlyMap<string, Minor>>;
  readonly ratesOf: (
    vendorIds: readonly string[],
    market: string,
    currency: string,
  ) => Promise<ReadonlyMap<string, readonly ShippingRate[]>>;
  readonly taxDocument: (
    amounts: readonly Minor[],
    market: Market,
  ) => readonly { readonly ratePpm: number; readonly taxMinor: Minor }[];
}

/** Something that stands in the way of a checkout. */
export interface CartProblem {
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly lineId?: string;
  readonly vendorId?: string;
}

export interface CartQuote {
  readonly quote: Quote;
  readonly problems: readonly CartProblem[];
  readonly variants: ReadonlyMap<string, QuotedVariant>;
  /** Shipping options by vendor. */
  readonly rates: ReadonlyMap<string, readonly ShippingRate[]>;
}

interface PricedLine extends CartLine {
  readonly variant: QuotedVariant;
  readonly unitPriceMinor: Minor;
  readonly totalMinor: Minor;
}

function priceLines(
  cart: Cart,
  variants: ReadonlyMap<string, QuotedVariant>,
  prices: ReadonlyMap<string, Minor>,
  problems: CartProblem[],
): PricedLine[] {
  return cart.lines.flatMap((line, index) => {
    const variant = variants.get(line.variantId);
    const unitPriceMinor = prices.get(line.variantId);
    const sold = variant?.vendorActive === true && variant.productStatus === 'active';
    if (variant === undefined || !sold || unitPriceMinor === undefined) {
      problems.push({
        code: 'not-for-sale',
        detail: 'This is not sold here any more.',
        field: `lines/${index}`,
        lineId: line.id,
      });
      return [];
    }
    const totalMinor = multiplyMinor(unitPriceMinor, line.quantity);
    return [{ ...line, variant, unitPriceMinor, totalMinor }];
  });
}

function chooseShipping(
  cart: Cart,
  vendorId: string,
  rates: readonly ShippingRate[],
  problems: CartProblem[],
): ShippingRate | undefined {
  const chosen = rates.find((rate) => rate.id === cart.shippingOptions[vendorId]);
  if (chosen === undefined) {
    const none = rates.length === 0;
    problems.push({
      code: none ? 'not-shipped' : 'shipping-option-missing',
      detail: none
        ? 'This vendor does not ship to the market of this cart.'
        : 'Choose how this vendor shall ship.',
      field: 'shippingOptions',
      vendorId,
    });
  }
  return chosen;
}

function makeDocument(
  cart: Cart,
  vendor: QuotedVariant,
  lines: readonly PricedLine[],
  rate: ShippingRate | undefined,
  taxDocument: QuoteSources['taxDocument'],
): QuoteDocument {
  const shippingMinor = rate === undefined ? ZERO : (BigInt(rate.amountMinor) as Minor);
  const amounts = [...lines.map((line) => line.totalMinor), shippingMinor];
  const taxes = taxDocument(amounts, cart.market);
  const itemsMinor = sumMinor(lines.map((line) => line.totalMinor));
  const taxMinor = sumMinor(taxes.map((tax) => tax.taxMinor));
  const taxDisplay = cart.market.taxDisplay;
  const onTop = taxDisplay === 'exclusive' ? taxMinor : ZERO;
  const quoted = lines.map(
    ({ variant, ...line }, index): QuoteLine => ({
      lineId: line.id,
      variantId: variant.variantId,
      productId: variant.productId,
      sku: variant.sku,
      title: textIn(variant.titles, cart.language),
      quantity: line.quantity,
      unitPriceMinor: line.unitPriceMinor,
      totalMinor: line.totalMinor,
      taxRatePpm: taxes[index]?.ratePpm ?? 0,
      taxDisplay,
      taxMinor: taxes[index]?.taxMinor ?? ZERO,
    }),
  );
  const shipping: QuoteShipping | null =
    rate === undefined
      ? null
      : {
          optionId: rate.id,
          name: textIn(rate.names, cart.language),
          minDays: rate.minDays,
          maxDays: rate.maxDays,
          amountMinor: shippingMinor,
          taxMinor: taxes.at(-1)?.taxMinor ?? ZERO,
        };
  return {
    vendorId: vendor.vendorId,
    vendorName: vendor.vendorName,
    lines: quoted,
    shipping,
    itemsMinor,
    shippingMinor,
    taxMinor,
    totalMinor: sumMinor([itemsMinor, shippingMinor, onTop]),
  };
}

/** Quotes a cart. It never fails: what is wrong is in `problems`, in the order of the page. */
export async function quoteCart(cart: Cart, sources: QuoteSources): Promise<CartQuote> {
  const variantIds = cart.lines.map((line) => line.variantId);
  const problems: CartProblem[] = [];
  const [variants, prices] = await Promise.all([
    sources.findVariants(variantIds),
    sources.pricesOf(variantIds, cart.market.id, cart.currency),
  ]);
  const priced = priceLines(cart, variants, prices, problems);
  const byVendor = Map.groupBy(priced, (line) => line.variant.vendorId);
  const vendorIds = [...byVendor.keys()];
  const rates = await sources.ratesOf(vendorIds, cart.market.id, cart.currency);
  const documents = vendorIds.map((vendorId) => {
    const lines = byVendor.get(vendorId) as [PricedLine, ...PricedLine[]];
    const rate = chooseShipping(cart, vendorId, rates.get(vendorId) ?? [], problems);
    return makeDocument(cart, lines[0].variant, lines, rate, sources.taxDocument);
  });
  const quote: Quote = {
    documents,
    itemsMinor: sumMinor(documents.map((document) => document.itemsMinor)),
    shippingMinor: sumMinor(documents.map((document) => document.shippingMinor)),
    taxMinor: sumMinor(documents.map((document) => document.taxMinor)),
    totalMinor: sumMinor(documents.map((document) => document.totalMinor)),
  };
  return { quote, problems: [...missingParts(cart), ...problems], variants, rates };
}

function missingParts(cart: Cart): CartProblem[] {
  const problems: CartProblem[] = [];
  if (cart.lines.length === 0) {
    problems.push({ code: 'cart-empty', detail: 'There is nothing in the cart.', field: 'lines' });
  }
  if (cart.email === null) {
    problems.push({ code: 'email-missing', detail: 'Say where the receipt goes.', field: 'email' });
  }
  if (cart.shippingAddress === null) {
    problems.push({
      code: 'shipping-address-missing',
      detail: 'Say where the parcel goes.',
      field: 'shippingAddress',
    });
  }
  return problems;
}
