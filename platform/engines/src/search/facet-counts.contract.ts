import { describe, expect, it } from 'vitest';
import type { SearchDocument, SearchEngine } from './search.ts';

/** What is found and counted is compared with what one finds and counts by hand. */

type Values = Readonly<Record<string, readonly string[]>>;

const MARKET = 'facet-counts';
const PRICE_MIN = 100;

interface Made {
  readonly id: string;
  readonly minor: number;
  readonly values: Values;
}

/** Their values and prices have nothing to do with each other. */
const made: readonly Made[] = Array.from({ length: 90 }, (_, n) => ({
  id: `prd_counted_${String(n).padStart(3, '0')}`,
  minor: PRICE_MIN + n,
  values: {
    category: [`k${n % 4}`],
    color: [...new Set([`c${n % 3}`, `c${(n >> 1) % 4}`])],
    size: [`s${(n >> 2) % 3}`],
    origin: [`o${(n * 7) % 5}`],
    fit: [`f${n % 2}`],
    fabric: [`m${(n * 5) % 3}`],
  },
}));

const WANTED: Values = {
  category: ['k1'],
  color: ['c0', 'c3'],
  size: ['s1', 's2'],
  origin: ['o1', 'o2', 'o4', 'nowhere'],
  fit: ['f1'],
  fabric: ['m0', 'm2'],
};
const NAMES = Object.keys(WANTED);

function toDocument({ id, minor, values }: Made): SearchDocument {
  const { category = [], ...facets } = values;
  return {
    id,
    version: 1,
    texts: { en: { title: 'Counted lantern', keywords: '', details: '', description: '' } },
    categories: category,
    facets,
    prices: [{ market: MARKET, currency: 'EUR', minMinor: minor, maxMinor: minor }],
  };
}

const failuresOf = ({ values }: Made, named: readonly string[]): string[] =>
  named.filter((name) => !values[name]?.some((value) => WANTED[name]?.includes(value)));

/** Each facet as if nothing were wanted of it. */
function countByHand(
  documents: readonly Made[],
  named: readonly string[],
): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const document of documents) {
    const failed = failuresOf(document, named);
    for (const [name, values] of Object.entries(document.values)) {
      if (failed.some((other) => other !== name)) continue;
      for (const value of values) {
        counts[name] = { ...counts[name], [value]: (counts[name]?.[value] ?? 0) + 1 };
      }
    }
  }
  return counts;
}

export function describeFacetCounts(engineOf: () => SearchEngine): void {
  describe('of what is wanted of how many facets soever', () => {
    const wanted = [[], ...NAMES.map((_, from) => NAMES.slice(from)), ['origin', 'fit']];
    it.each(wanted.map((named) => ({ named })))(
      'finds and counts what one does by hand: $named',
      async ({ named }) => {
        const engine = engineOf();
        await engine.index(made.map(toDocument));
        const chosen = Object.fromEntries(named.map((name) => [name, WANTED[name] ?? []]));
        const { category, ...facets } = chosen;
        for (const text of ['', 'lantern'])
          for (const priceMaxMinor of [undefined, PRICE_MIN + 50]) {
            const result = await engine.search({
              text,
              language: 'en',
              market: MARKET,
              currency: 'EUR',
              facets,
              ...(category?.[0] !== undefined && { category: category[0] }),
              ...(priceMaxMinor !== undefined && { priceMaxMinor }),
              sort: 'price',
              limit: 100,
            });
            const sold = made.filter(({ minor }) => minor <= (priceMaxMinor ?? 1_000));
            const hits = sold.filter((document) => failuresOf(document, named).length === 0);
            expect(result.hits.map(({ id }) => id)).toEqual(hits.map(({ id }) => id));
            const counts = Object.entries(result.facets ?? {}).map(([name, values]) => [
              name,
              Object.fromEntries(values.map(({ value, count }) => [value, count])),
            ]);
            expect(Object.fromEntries(counts)).toEqual(countByHand(sold, named));
          }
      },
    );
  });
}
