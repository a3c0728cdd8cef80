import { currencyExponent } from '@commerce/contracts/currencies';

/** Prices, numbers and names as a language writes them. Formatters are kept: making one is slow. */

export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

const moneyFormats = new Map<string, Intl.NumberFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

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

/** Name of a currency in a language. */
export function currencyName(code: string, language: string): string {
  return new Intl.DisplayNames([language, 'en'], { type: 'currency' }).of(code) ?? code;
}

/** Name of a language in itself. */
export function languageName(tag: string): string {
  const name = new Intl.DisplayNames([tag, 'en'], { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
