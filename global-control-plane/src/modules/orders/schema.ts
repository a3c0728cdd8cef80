import { LocalizedText } from '@commerce/contracts/catalog';
import { orderPlaced } from '@commerce/contracts/events';
import { type Static, Type } from 'typebox';

const time = Type.String({ format: 'date-time' });

/** By language, as the vendor's catalogue has them today; empty where it has the product no more. */
const titles = Type.Unsafe<LocalizedText>({
  ...LocalizedText,
  description:
    'Titles in the vendor’s catalogue of today, by language; none where the product is there no more.',
});

/**
 * An order as its vendor sees it here: no name, no address, no email. A line's `title` is what the
 * shopper read, in the shopper's language.
 */
export const VendorOrder = Type.Object({
  ...orderPlaced.data.properties,
  fulfillment: Type.String({
    description: 'unfulfilled, partially-shipped, shipped or delivered',
  }),
  lines: Type.Array(Type.Object({ ...orderPlaced.data.properties.lines.items.properties, titles })),
  /** Cell that the order is in. */
  cell: Type.String(),
  changedAt: time,
});
export type VendorOrder = Static<typeof VendorOrder>;

export const CellCompleteness = Type.Object({
  cell: Type.String(),
  /** Whether the cell answered when it was asked last. */
  reachable: Type.Boolean(),
  /** All orders that the cell had taken by then are shown; null where it was never read to its end. */
  asOf: Type.Union([time, Type.Null()]),
  lagMs: Type.Union([Type.Integer(), Type.Null()]),
  /** Events of the cell that could not be read, and are therefore missing. */
  refusedEvents: Type.Integer(),
});
export type CellCompleteness = Static<typeof CellCompleteness>;

export const VendorOrderPage = Type.Object({
  items: Type.Array(VendorOrder),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
  completeness: Type.Array(CellCompleteness),
});

const units = Type.Integer();
const minorUnits = Type.Integer();

/** What a vendor sold. Amounts of different currencies are never added. */
export const VendorSales = Type.Object({
  /** First day of the figures, and the last: days of UTC. */
  from: Type.String({ format: 'date' }),
  to: Type.String({ format: 'date' }),
  days: Type.Array(
    Type.Object({
      day: Type.String({ format: 'date' }),
      cell: Type.String(),
      currency: Type.String(),
      orders: units,
      units,
      totalMinor: minorUnits,
    }),
  ),
  /** What sold best, by units. */
  best: Type.Array(
    Type.Object({
      sku: Type.String(),
      /** As some shopper read it. */
      title: Type.String(),
      titles,
      currency: Type.String(),
      units,
      totalMinor: minorUnits,
    }),
  ),
  completeness: Type.Array(CellCompleteness),
});
export type VendorSales = Static<typeof VendorSales>;
