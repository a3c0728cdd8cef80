import { type Sql, statement } from '../../sql/sql.ts';
import type { FacetValue, SearchResult } from '../search.ts';
import { COUNTED_MAX } from './query-text.ts';
import { CATEGORY_FACET } from './write-index.ts';

/**
 * Counts the facets of what the database found. The numbers come as one text, and are counted here: to
 * unpack and group a hundred thousand of them takes the database five times as long as to send them.
 */

/** Facet values that are given of one facet. */
const FACET_VALUES_MAX = 100;
/** Entries that are remembered, at about 100 B each. */
const KNOWN_MAX = 200_000;

/** Documents that fail in the same groups. */
export interface CountedDocuments {
  /** A bit for each group; at most one is set. */
  readonly failures: number;
  readonly documents: number;
  /** The numbers of their facets: `{3,17}{3,5}…`. */
  readonly facets: string;
}

export interface FacetCounter {
  /**
   * Counts for each facet the documents that fail in no group, or in that facet's own.
   * @param names of the groups, by their place
   */
  count(
    counted: readonly CountedDocuments[],
    names: readonly string[],
  ): Promise<Pick<SearchResult, 'facets' | 'facetsAreComplete'>>;
}

const readEntries = statement<{ id: number; entry: string }>(
  'search.pg.read-entries',
  'SELECT id, entry FROM search_facets WHERE id = ANY($1::int4[])',
);

const ZERO = 48;

/** How often each number stands in a text of digits; any other character ends a number. */
function countNumbers(text: string): Map<number, number> {
  // Bytes are read three times as fast as the characters of a string, by their places: an iterator is slow.
  const bytes = Buffer.from(`${text}}`, 'latin1');
  let counts = new Int32Array(4_096);
  let number = 0;
  let isNumber = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit <= 9) {
      number = number * 10 + digit;
      isNumber = true;
    } else if (isNumber) {
      if (number >= counts.length) {
        const larger = new Int32Array(2 ** Math.ceil(Math.log2(number + 1)));
        larger.set(counts);
        counts = larger;
      }
      counts[number] = (counts[number] as number) + 1;
      number = 0;
      isNumber = false;
    }
  }
  const found = new Map<number, number>();
  counts.forEach((count, of) => {
    if (count > 0) found.set(of, count);
  });
  return found;
}

interface Entry {
  readonly facet: string;
  readonly value: string;
}

function toEntry(text: string): Entry {
  const end = text.indexOf('=');
  return { facet: text.slice(0, end), value: text.slice(end + 1) };
}

/** Makes the counter. What a number stands for never changes, so it is remembered. */
export function createFacetCounter(sql: Sql): FacetCounter {
  const known = new Map<number, Entry>();

  const learn = async (numbers: Iterable<number>): Promise<void> => {
    const unknown = [...new Set(numbers)].filter((number) => !known.has(number));
    if (unknown.length === 0) return;
    const rows = await sql.query(readEntries, [unknown]);
    if (known.size + rows.length > KNOWN_MAX) known.clear();
    for (const { id, entry } of rows) known.set(id, toEntry(entry));
  };

  return Object.freeze({
    async count(counted: readonly CountedDocuments[], names: readonly string[]) {
      const parts = counted.map(({ failures, facets }) => ({
        only: failures === 0 ? undefined : names[Math.log2(failures)],
        counts: countNumbers(facets),
      }));
      await learn(parts.flatMap(({ counts }) => [...counts.keys()]));
      const facets = new Map<string, Map<string, number>>();
      for (const { only, counts } of parts) {
        for (const [number, count] of counts) {
          const entry = known.get(number);
          if (entry === undefined || (only !== undefined && entry.facet !== only)) continue;
          const values = facets.get(entry.facet) ?? new Map<string, number>();
          facets.set(entry.facet, values);
          values.set(entry.value, (values.get(entry.value) ?? 0) + count);
        }
      }
      const documents = counted.reduce((sum, part) => sum + part.documents, 0);
      return {
        facets: Object.fromEntries(
          [...facets].map(([facet, values]) => [
            facet === CATEGORY_FACET ? 'category' : facet,
            mostFirst(values),
          ]),
        ),
        facetsAreComplete: documents <= COUNTED_MAX,
      };
    },
  } satisfies FacetCounter);
}

function mostFirst(values: ReadonlyMap<string, number>): FacetValue[] {
  return [...values]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, FACET_VALUES_MAX);
}
