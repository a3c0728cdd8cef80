import { currencyExponent } from '@commerce/contracts/currencies';
import type { QueryOf } from '../page.ts';

/** What a shopper chose in a list of products, as it stands in the address. */
export interface Selection {
  readonly q: string;
  /** Whether nothing is to be put right in `q`. */
  readonly exact: boolean;
  readonly category: string | undefined;
  /** Values by facet. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** In minor units. */
  readonly priceMin: number | undefined;
  readonly priceMax: number | undefined;
  readonly sort: Sort;
  readonly cursor: string | undefined;
}

export const SORTS = ['relevance', 'newest', 'price', '-price'] as const;
export type Sort = (typeof SORTS)[number];

/** Prefix of a facet in the address; without one, a facet could be named like another parameter. */
const FACET = 'f.';
const FACET_PATTERN = /^[a-z0-9][a-z0-9_-]{0,59}$/;
/** As many as the API takes. */
const FACETS_MAX = 8;
const VALUES_MAX = 50;
const TEXT_LENGTH_MAX = 200;
const HANDLE_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const CURSOR_LENGTH_MAX = 1_000;

/**
 * Reads a selection. An address is typed, shared and kept for years: what is wrong in it is left out, and
 * the shopper sees what is chosen by what is shown.
 */
export function readSelection(query: URLSearchParams, currency: string): Selection {
  const sort = query.get('sort');
  const category = query.get('category');
  const cursor = query.get('cursor');
  return {
    q: (query.get('q') ?? '').trim().slice(0, TEXT_LENGTH_MAX),
    exact: query.get('exact') === 'true',
    category: category !== null && HANDLE_PATTERN.test(category) ? category : undefined,
    facets: readFacets(query),
    priceMin: toMinor(query.get('min'), currency),
    priceMax: toMinor(query.get('max'), currency),
    sort: SORTS.find((known) => known === sort) ?? 'relevance',
    cursor:
      cursor !== null && cursor !== '' && cursor.length <= CURSOR_LENGTH_MAX ? cursor : undefined,
  };
}

function readFacets(query: URLSearchParams): Readonly<Record<string, readonly string[]>> {
  const facets: Record<string, string[]> = {};
  for (const [name, value] of query) {
    const code = name.startsWith(FACET) ? name.slice(FACET.length) : '';
    if (!FACET_PATTERN.test(code) || !FACET_PATTERN.test(value)) continue;
    const values = facets[code] ?? [];
    if (Object.keys(facets).length >= FACETS_MAX && values.length === 0) continue;
    if (!values.includes(value) && values.length < VALUES_MAX) facets[code] = [...values, value];
  }
  return facets;
}

/** A typed price in minor units: `12`, `12.5` or `12,50`. Undefined where it is no price. */
export function toMinor(text: string | null, currency: string): number | undefined {
  const match = /^\s*(\d{1,9})(?:[.,](\d{0,4}))?\s*$/.exec(text ?? '');
  if (match === null) return undefined;
  const exponent = currencyExponent(currency);
  const decimals = (match[2] ?? '').padEnd(exponent, '0').slice(0, exponent);
  return Number(`${match[1]}${decimals}`);
}

/** The selection as parameters of our own pages. */
export function toQuery(selection: Selection, currency: string): QueryOf {
  const { q, exact, category, facets, priceMin, priceMax, sort, cursor } = selection;
  return {
    q: q === '' ? undefined : q,
    exact: exact ? 'true' : undefined,
    category,
    ...Object.fromEntries(Object.entries(facets).map(([code, values]) => [FACET + code, values])),
    min: toMajor(priceMin, currency),
    max: toMajor(priceMax, currency),
    sort: sort === 'relevance' ? undefined : sort,
    cursor,
  };
}

/** A price as it is typed. */
export function toMajor(amountMinor: number | undefined, currency: string): string | undefined {
  if (amountMinor === undefined) return undefined;
  const exponent = currencyExponent(currency);
  const digits = String(amountMinor).padStart(exponent + 1, '0');
  if (exponent === 0) return digits;
  const decimals = digits.slice(-exponent);
  const whole = digits.slice(0, -exponent);
  return /^0*$/.test(decimals) ? whole : `${whole}.${decimals}`;
}

/** The selection as parameters of the API's search. */
export function toApiQuery(selection: Selection, limit: number): QueryOf {
  const { q, exact, category, facets, priceMin, priceMax, sort, cursor } = selection;
  return {
    q,
    exact: exact ? 'true' : undefined,
    category,
    ...Object.fromEntries(
      Object.entries(facets).map(([code, values]) => [`facet.${code}`, values]),
    ),
    priceMin,
    // A range the wrong way round is empty, as the shopper sees it; the API would refuse it.
    priceMax:
      priceMin !== undefined && priceMax !== undefined && priceMax < priceMin ? priceMin : priceMax,
    sort,
    cursor,
    limit,
  };
}

/** Whether anything is chosen that could be taken back. */
export function isNarrowed({ category, facets, priceMin, priceMax }: Selection): boolean {
  return (
    category !== undefined ||
    Object.keys(facets).length > 0 ||
    priceMin !== undefined ||
    priceMax !== undefined
  );
}

/** The selection without one value, and at its first page. */
export function withoutValue(selection: Selection, code: string, value: string): Selection {
  const values = (selection.facets[code] ?? []).filter((other) => other !== value);
  const { [code]: _removed, ...rest } = selection.facets;
  return {
    ...selection,
    cursor: undefined,
    facets: values.length === 0 ? rest : { ...rest, [code]: values },
  };
}
