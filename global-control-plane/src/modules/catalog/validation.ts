import type { ProductInput, VariantInput } from '@commerce/contracts/catalog';
import { hasCurrency, market } from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';

/** Puts keys in order, where they are not: most objects come from our own code, which keeps one. */
function inOrder(keys: string[]): string[] {
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort();
  }
  return keys;
}

function withSortedKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withSortedKeys);
  const sorted: Record<string, unknown> = {};
  for (const key of inOrder(Object.keys(value))) {
    sorted[key] = withSortedKeys((value as Readonly<Record<string, unknown>>)[key]);
  }
  return sorted;
}

/**
 * JSON with sorted keys, so that the order in which a client writes fields makes no difference. The value is
 * copied first: a function that JSON.stringify asks for each part makes it three times as slow.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(withSortedKeys(value));
}

/** One thing that is wrong with a product, with the path of the field. */
export interface FieldProblem {
  readonly code: 'unprocessable' | 'conflict';
  readonly field: string;
  readonly detail: string;
}

/** Things that a product names and that have to exist. */
export interface KnownReferences {
  readonly categories: ReadonlySet<string>;
  readonly media: ReadonlySet<string>;
}

/** More are not told at once: nobody reads them, and an answer has a limit. */
const PROBLEMS_MAX = 20;

/** The refusal that tells them all; its `field` is the first one's. */
export function toRefusal(problems: readonly FieldProblem[]): AppError {
  const first = problems[0] as FieldProblem;
  return new AppError(first.code, {
    field: first.field,
    detail: first.detail,
    problems: problems.slice(0, PROBLEMS_MAX).map((problem) => ({ ...problem })),
  });
}

type Report = (field: string, detail: string) => void;

/** Calls back for each entry whose key came before. */
function forEachRepeat<Entry>(
  entries: readonly Entry[],
  key: (entry: Entry) => string,
  report: (index: number, key: string) => void,
): void {
  const seen = new Set<string>();
  entries.forEach((entry, index) => {
    const name = key(entry);
    if (seen.has(name)) report(index, name);
    seen.add(name);
  });
}

function checkOptions(input: ProductInput, report: Report): void {
  forEachRepeat(
    input.options,
    ({ code }) => code,
    (index, code) => report(`options/${index}/code`, `The option "${code}" is there twice.`),
  );
  input.options.forEach((option, index) => {
    forEachRepeat(
      option.values,
      ({ code }) => code,
      (at, code) =>
        report(`options/${index}/values/${at}/code`, `The value "${code}" is there twice.`),
    );
  });
  forEachRepeat(
    input.attributes,
    ({ code }) => code,
    (index, code) => report(`attributes/${index}/code`, `The attribute "${code}" is there twice.`),
  );
}

function checkVariantOptions(
  variant: VariantInput,
  index: number,
  values: ReadonlyMap<string, ReadonlySet<string>>,
  report: Report,
): void {
  for (const [code, value] of Object.entries(variant.options)) {
    const known = values.get(code);
    const field = `variants/${index}/options/${code}`;
    if (known === undefined) report(field, `The product has no option "${code}".`);
    else if (!known.has(value)) report(field, `The option "${code}" has no value "${value}".`);
  }
  for (const code of values.keys()) {
    if (!Object.hasOwn(variant.options, code)) {
      report(`variants/${index}/options`, `The variant says nothing of the option "${code}".`);
    }
  }
}

function checkPrices(variant: VariantInput, index: number, report: Report): void {
  variant.prices.forEach((price, at) => {
    const field = `variants/${index}/prices/${at}`;
    const known = market(price.market);
    if (known === undefined) report(`${field}/market`, `There is no market "${price.market}".`);
    else if (!hasCurrency(known, price.currency)) {
      report(
        `${field}/currency`,
        `The market "${price.market}" has no prices in ${price.currency}.`,
      );
    }
  });
  forEachRepeat(
    variant.prices,
    (price) => `${price.market} in ${price.currency}`,
    (at, key) => report(`variants/${index}/prices/${at}`, `There are two prices for ${key}.`),
  );
}

function checkVariants(input: ProductInput, report: Report): void {
  const values = new Map(
    input.options.map((option) => [option.code, new Set(option.values.map(({ code }) => code))]),
  );
  input.variants.forEach((variant, index) => {
    checkVariantOptions(variant, index, values, report);
    checkPrices(variant, index, report);
  });
  forEachRepeat(
    input.variants,
    ({ sku }) => sku,
    (index, sku) => report(`variants/${index}/sku`, `The SKU "${sku}" is there twice.`),
  );
  forEachRepeat(
    input.variants,
    ({ options }) => canonicalJson(options),
    (index) =>
      report(`variants/${index}/options`, 'Another variant has the same values of all options.'),
  );
}

/** Pointer to the first text or key that holds a NUL, which neither database nor JSONB can keep. */
function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = key.includes('\0') ? path : findNul(part, `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What is wrong with a product of the right shape: things that no schema can say.
 * @param canonical the product as {@link canonicalJson}
 * @returns nothing where all is well; at most a bounded number of findings
 */
export function findProblems(
  input: ProductInput,
  canonical: string,
  known: KnownReferences,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report: Report = (field, detail) => {
    if (problems.length < PROBLEMS_MAX) problems.push({ code: 'unprocessable', field, detail });
  };
  // Most texts hold none, and one look at all of them together tells.
  const nul = canonical.includes(String.raw`\u0000`) ? findNul(input, '') : undefined;
  if (nul !== undefined) return [{ code: 'unprocessable', field: nul, detail: 'It holds a NUL.' }];
  if (Object.keys(input.titles).length === 0) {
    report('titles', 'Give a title in at least one language.');
  }
  input.categories.forEach((handle, index) => {
    if (!known.categories.has(handle)) {
      report(`categories/${index}`, `There is no category "${handle}".`);
    }
  });
  forEachRepeat(
    input.categories,
    (handle) => handle,
    (index, handle) => report(`categories/${index}`, `"${handle}" is there twice.`),
  );
  input.media.forEach(({ hash }, index) => {
    if (!known.media.has(hash)) {
      report(`media/${index}/hash`, 'No picture with this hash was uploaded.');
    }
  });
  checkOptions(input, report);
  checkVariants(input, report);
  return problems;
}
