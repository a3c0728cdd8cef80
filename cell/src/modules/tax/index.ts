import type { Market } from '@commerce/contracts/markets';
import {
  allocate,
  type Minor,
  minor,
  sumMinor,
  taxOnTop,
  taxWithin,
  ZERO,
} from '@commerce/contracts/money';

/**
 * Owns: the arithmetic of tax. One rate per market, on goods and shipping alike; the market says
 * whether amounts contain the tax and whether it is rounded for each line or once for the document.
 * Refuses: negative amounts; a refund is computed from the snapshot that the sale kept.
 * Invariants: gross = net + tax for each line; the lines' taxes sum to the document's; an inclusive
 * market never changes the amount that the shopper saw, an exclusive one never the net amount.
 */

/** What a line keeps of its tax for ever, whatever the market's rate becomes later. */
export interface TaxSnapshot {
  /** Parts per million of the net amount. */
  readonly ratePpm: number;
  /** Whether the amount that was taxed contained the tax. */
  readonly display: Market['taxDisplay'];
  readonly netMinor: Minor;
  readonly taxMinor: Minor;
  readonly grossMinor: Minor;
}

/** The parts of a market that decide about tax. */
export type TaxRules = Pick<Market, 'taxRatePpm' | 'taxDisplay' | 'rounding'>;

function checkAmount(amountMinor: Minor): void {
  if (amountMinor < 0n) throw new RangeError(`an amount of ${amountMinor} can not be taxed`);
}

function roundedTax(amountMinor: Minor, rules: TaxRules): Minor {
  const { mode } = rules.rounding;
  return rules.taxDisplay === 'inclusive'
    ? taxWithin(amountMinor, rules.taxRatePpm, mode)
    : taxOnTop(amountMinor, rules.taxRatePpm, mode);
}

function toSnapshot(amountMinor: Minor, taxMinor: Minor, rules: TaxRules): TaxSnapshot {
  const inclusive = rules.taxDisplay === 'inclusive';
  return {
    ratePpm: rules.taxRatePpm,
    display: rules.taxDisplay,
    netMinor: inclusive ? minor(amountMinor - taxMinor) : amountMinor,
    taxMinor,
    grossMinor: inclusive ? amountMinor : minor(amountMinor + taxMinor),
  };
}

/**
 * Tax of an amount that stands alone, such as an estimate on a product page.
 * @param amountMinor with tax in an inclusive market, without in an exclusive one
 * @throws RangeError where the amount is negative
 */
export function taxOfAmount(amountMinor: Minor, rules: TaxRules): TaxSnapshot {
  checkAmount(amountMinor);
  return toSnapshot(amountMinor, roundedTax(amountMinor, rules), rules);
}

/**
 * Taxes of one document (order): its lines and its shipping, in the order given.
 * @param amountsMinor line totals, with tax in an inclusive market, without in an exclusive one
 * @returns a snapshot for each amount, at the same index
 * @throws RangeError where an amount is negative
 */
export function taxDocument(amountsMinor: readonly Minor[], rules: TaxRules): TaxSnapshot[] {
  for (const amountMinor of amountsMinor) checkAmount(amountMinor);
  if (rules.rounding.level === 'line') {
    return amountsMinor.map((amount) => toSnapshot(amount, roundedTax(amount, rules), rules));
  }
  const totalMinor = sumMinor(amountsMinor);
  // Nothing to weigh the split by; the tax of nothing is nothing.
  if (totalMinor === 0n) return amountsMinor.map((amount) => toSnapshot(amount, ZERO, rules));
  const taxes = allocate(roundedTax(totalMinor, rules), amountsMinor);
  return amountsMinor.map((amount, index) => toSnapshot(amount, taxes[index] ?? ZERO, rules));
}
