import type { Minor } from '@commerce/contracts/money';

/** What a checkout costs, frozen when its units were reserved. One document for each vendor. */
export interface Quote {
  readonly documents: readonly QuoteDocument[];
  readonly itemsMinor: Minor;
  readonly shippingMinor: Minor;
  /** Inside the amounts in an inclusive market, on top of them in an exclusive one. */
  readonly taxMinor: Minor;
  readonly totalMinor: Minor;
}

export interface QuoteDocument {
  readonly vendorId: string;
  readonly vendorName: string;
  readonly lines: readonly QuoteLine[];
  readonly shipping: QuoteShipping | null;
  readonly itemsMinor: Minor;
  readonly shippingMinor: Minor;
  readonly taxMinor: Minor;
  readonly totalMinor: Minor;
}

export interface QuoteLine {
  readonly lineId: string;
  readonly variantId: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPriceMinor: Minor;
  readonly totalMinor: Minor;
  readonly taxRatePpm: number;
  readonly taxDisplay: 'inclusive' | 'exclusive';
  readonly taxMinor: Minor;
}

export interface QuoteShipping {
  readonly optionId: string;
  readonly name: string;
  readonly minDays: number;
  readonly maxDays: number;
  readonly amountMinor: Minor;
  readonly taxMinor: Minor;
}

/** JSON text of a quote; amounts are integers, which `Minor` keeps exact. */
export function encodeQuote(quote: Quote): string {
  return JSON.stringify(quote, (_key, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
}

/** Reads a quote that `encodeQuote` wrote, as the database's driver has parsed it. */
export function decodeQuote(json: unknown): Quote {
  return reviveMinor(json) as Quote;
}

/** Names of amounts end in `Minor`: that is how they are told from counts and rates. */
function reviveMinor(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reviveMinor);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name.endsWith('Minor') ? BigInt(member as number) : reviveMinor(member),
    ]),
  );
}
