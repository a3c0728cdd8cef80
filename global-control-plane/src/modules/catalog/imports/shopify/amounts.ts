import { currencyExponent } from '@commerce/contracts/currencies';
import { minor, type Minor } from '@commerce/contracts/money';

/** Reads decimal texts as exact whole numbers: no float, no guess. */

/** What is wrong with a text, for the person who wrote it. */
export interface Wrong {
  readonly wrong: string;
}

/** Dearest price of a variant. */
const AMOUNT_MAX = 1_000_000_000_000n;

/** A price in minor units of the currency. */
export function readAmount(text: string, currency: string): Minor | Wrong {
  const plain = text.trim();
  if (plain.startsWith('-')) return { wrong: `"${plain}" is negative.` };
  const match = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(plain);
  if (match === null) {
    const hint = plain.includes(',') ? ' Write a point before the decimals and no other sign.' : '';
    return { wrong: `"${plain.slice(0, 40)}" is no price such as 19.90.${hint}` };
  }
  const exponent = currencyExponent(currency);
  const [, whole = '', decimals = ''] = match;
  const kept = decimals.replace(/0+$/, '');
  if (kept.length > exponent) {
    return { wrong: `"${plain}" has more decimals than ${currency}, which has ${exponent}.` };
  }
  const amount = BigInt(whole + kept.padEnd(exponent, '0'));
  if (amount > AMOUNT_MAX) return { wrong: `"${plain}" is too dear to be a price.` };
  return minor(amount);
}

/** A whole number that is written as one; Shopify writes weights as `250` or `250.0`. */
export function readWhole(text: string): bigint | Wrong {
  const match = /^(-?\d{1,15})(?:\.0+)?$/.exec(text.trim());
  if (match === null) return { wrong: `"${text.trim().slice(0, 40)}" is no whole number.` };
  return BigInt(match[1] as string);
}

/** A weight in grams, rounded to the next whole one where the file has decimals. */
export function readGrams(text: string): number | Wrong {
  const match = /^(\d{1,9})(?:\.(\d{1,15}))?$/.exec(text.trim());
  if (match === null) return { wrong: `"${text.trim().slice(0, 40)}" is no weight in grams.` };
  const grams = Number(match[1]) + (/[1-9]/.test(match[2] ?? '') ? 1 : 0);
  return grams > 10_000_000 ? { wrong: `"${text.trim()}" is more than ten tons.` } : grams;
}
