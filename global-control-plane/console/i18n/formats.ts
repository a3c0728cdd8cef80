import { currencyExponent } from '@commerce/contracts/currencies';
import { market } from '@commerce/contracts/markets';

/** Writes whole minor units as the decimal number that they are, exactly: 1234 with 2 → `12.34`. */
export function toDecimal(amountMinor: number, exponent: number): string {
  const sign = amountMinor < 0 ? '-' : '';
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Digits of any script as those that a number is read from. */
function toAsciiDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    // Each script's ten digits stand together, and zero is the last one whose predecessor is none.
    let zero = code;
    while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero -= 1;
    return String(code - zero);
  });
}

/**
 * Reads an amount as people write it, with a comma or a point, in any digits, as whole minor units.
 * @returns undefined where it is no amount, or has more decimals than the currency
 */
export function readAmount(text: string, exponent: number): number | undefined {
  const plain = toAsciiDigits(text.trim())
    .replaceAll(/[\s\u00a0\u202f'’]/g, '')
    .replaceAll('٫', '.');
  const match = /^(\d{1,12})(?:[.,](\d*))?$/.exec(plain);
  if (match === null) return undefined;
  const [, whole = '', decimals = ''] = match;
  if (decimals.length > exponent) return undefined;
  return Number(whole + decimals.padEnd(exponent, '0'));
}

export type Formats = ReturnType<typeof createFormats>;

/** How a language writes numbers, amounts and times. */
export function createFormats(tag: string) {
  const number = new Intl.NumberFormat(tag);
  const compact = new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
  // Days of figures are those of UTC, wherever the reader is.
  const day = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'short' });
  const regions = new Intl.DisplayNames(tag, { type: 'region' });
  const languages = new Intl.DisplayNames(tag, { type: 'language' });
  const currencies = new Map<string, Intl.NumberFormat>();

  const currencyFormat = (currency: string): Intl.NumberFormat => {
    let format = currencies.get(currency);
    if (format === undefined) {
      const digits = currencyExponent(currency);
      format = new Intl.NumberFormat(tag, {
        style: 'currency',
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      currencies.set(currency, format);
    }
    return format;
  };

  const decimalSign = number.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value;

  return Object.freeze({
    decimalSign: decimalSign ?? '.',
    number: (value: number) => number.format(value),
    compact: (value: number) => compact.format(value),
    /** An amount of whole minor units, exactly. */
    money: (amountMinor: number, currency: string) =>
      currencyFormat(currency).format(
        toDecimal(amountMinor, currencyExponent(currency)) as Intl.StringNumericLiteral,
      ),
    date: (iso: string) => date.format(new Date(iso)),
    dateTime: (iso: string) => dateTime.format(new Date(iso)),
    day: (isoDay: string) => day.format(new Date(`${isoDay}T00:00:00Z`)),
    /** How long ago: in seconds below a minute, then minutes, hours, days. */
    ago: (ms: number) => {
      const steps = [
        ['day', 86_400_000],
        ['hour', 3_600_000],
        ['minute', 60_000],
        ['second', 1_000],
      ] as const;
      const [unit, size] = steps.find(([, length]) => ms >= length) ?? (['second', 1_000] as const);
      return relative.format(-Math.floor(ms / size), unit);
    },
    /** Name of a market: its one country's, or a region's, else its id. */
    market: (id: string) => {
      const [first, second] = market(id)?.countries ?? [];
      if (first !== undefined && second === undefined) return regions.of(first) ?? id;
      return id.length === 2 ? (regions.of(id.toUpperCase()) ?? id) : id;
    },
    country: (code: string) => regions.of(code) ?? code,
    language: (code: string) => languages.of(code) ?? code,
  });
}
