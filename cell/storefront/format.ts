import { currencyExponent } from '@commerce/contracts/currencies';

/** Prices, numbers and names as a language writes them. Formatters are kept: making one is slow. */

export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

const moneyFormats = new Map<string, Intl.NumberFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function kept<Format>(formats: Map<string, Format>, key: string, make: () => Format): Format {
  let format = formats.get(key);
  if (format === undefined) {
    format = make();
    formats.set(key, format);
  }
  return format;
}

/** Minor units as a decimal text, exactly: `11900` with two decimals is `119.00`. */
export function toDecimal(amountMinor: number, exponent: number): string {
  const sign = amountMinor < 0 ? '-' : '';
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** An amount as people of the language write it, with as many decimals as the currency has. */
export function formatMoney({ amountMinor, currency }: Money, language: string): string {
  const exponent = currencyExponent(currency);
  const format = kept(moneyFormats, `${language} ${currency}`, () => {
    return new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      currencyDisplay: 'symbol',
      minimumFractionDigits: exponent,
      maximumFractionDigits: exponent,
    });
  });
  // Text is formatted exactly; a number would go through a float.
  return format.format(toDecimal(amountMinor, exponent) as Intl.StringNumericLiteral);
}

export function formatNumber(value: number, language: string): string {
  return kept(numberFormats, language, () => new Intl.NumberFormat(language)).format(value);
}

/** A day, in whichever form the language writes it. `time` is RFC 3339, or its day alone. */
export function formatDate(time: string, language: string): string {
  const format = kept(dateFormats, language, () => {
    return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  });
  return format.format(new Date(time));
}

/** From which day to which. Both are days alone. */
export function formatDays(from: string, to: string, language: string): string {
  const format = kept(dateFormats, `${language} short`, () => {
    return new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  });
  return format.formatRange(new Date(from), new Date(to));
}

/** Name of a currency in a language. */
export function currencyName(code: string, language: string): string {
  return new Intl.DisplayNames([language, 'en'], { type: 'currency' }).of(code) ?? code;
}

/** Name of a language in itself. */
export function languageName(tag: string): string {
  const name = new Intl.DisplayNames([tag, 'en'], { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
