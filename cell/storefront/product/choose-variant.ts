/** Which variant an address or a choice means. Pure, and the same on the server and in the browser. */

/** A variant with the value that it has of each option. */
export interface Choosable {
  readonly id: string;
  readonly options: Readonly<Record<string, string>>;
  readonly available: number;
}

const scoreOf = (variant: Choosable, wanted: Readonly<Record<string, string>>): number =>
  Object.entries(wanted).filter(([code, value]) => variant.options[code] === value).length;

/**
 * The variant that has the most of what is wanted; of equals one that can be bought, then the first.
 * Undefined where there is no variant at all.
 */
export function bestVariant<Variant extends Choosable>(
  variants: readonly Variant[],
  wanted: Readonly<Record<string, string>>,
): Variant | undefined {
  let best: Variant | undefined;
  let bestScore = -1;
  for (const variant of variants) {
    const score = 2 * scoreOf(variant, wanted) + (variant.available > 0 ? 1 : 0);
    if (score > bestScore) {
      best = variant;
      bestScore = score;
    }
  }
  return best;
}

/**
 * The variant that a shopper gets who has one and chooses another value of an option: what they had
 * otherwise is kept where it can be.
 */
export function chooseValue<Variant extends Choosable>(
  variants: readonly Variant[],
  present: Choosable,
  code: string,
  value: string,
): Variant | undefined {
  const withValue = variants.filter((variant) => variant.options[code] === value);
  return bestVariant(withValue, { ...present.options, [code]: value });
}

/** Whether a value can be bought together with what is chosen of the other options. */
export function isForSale(
  variants: readonly Choosable[],
  present: Choosable,
  code: string,
  value: string,
): boolean {
  return variants.some(
    (variant) =>
      variant.available > 0 &&
      variant.options[code] === value &&
      Object.entries(present.options).every(
        ([other, chosen]) => other === code || variant.options[other] === chosen,
      ),
  );
}
