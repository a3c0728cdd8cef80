import type { SalesDay } from '../api/types.ts';

/** Adds up figures of sales. Amounts of different currencies are never added. */

export interface Sum {
  orders: number;
  units: number;
}

export function sumBy(
  days: readonly SalesDay[],
  keyOf: (day: SalesDay) => string,
): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const day of days) {
    const sum = sums.get(keyOf(day)) ?? { orders: 0, units: 0 };
    sums.set(keyOf(day), { orders: sum.orders + day.orders, units: sum.units + day.units });
  }
  return sums;
}

export interface SalesSum extends Sum {
  /** One for each currency, the largest number of orders first. */
  readonly amounts: readonly { readonly currency: string; readonly totalMinor: number }[];
}

export function sumSales(days: readonly SalesDay[]): SalesSum {
  const amounts = new Map<string, { totalMinor: number; orders: number }>();
  for (const { currency, totalMinor, orders } of days) {
    const sum = amounts.get(currency) ?? { totalMinor: 0, orders: 0 };
    amounts.set(currency, {
      totalMinor: sum.totalMinor + totalMinor,
      orders: sum.orders + orders,
    });
  }
  return {
    orders: days.reduce((sum, { orders }) => sum + orders, 0),
    units: days.reduce((sum, { units }) => sum + units, 0),
    amounts: [...amounts]
      .toSorted(([, a], [, b]) => b.orders - a.orders)
      .map(([currency, { totalMinor }]) => ({ currency, totalMinor })),
  };
}

const DAY_MS = 86_400_000;

/** Days of UTC from the first to the last, both included, as `2026-03-01`. */
export function daysBetween(from: string, to: string): string[] {
  const firstMs = Date.parse(`${from}T00:00:00Z`);
  const count = Math.round((Date.parse(`${to}T00:00:00Z`) - firstMs) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    new Date(firstMs + index * DAY_MS).toISOString().slice(0, 10),
  );
}
