/**
 * The search port. A document is one product in all of its languages; it carries the number of the
 * change that it was made from, and a later number is never overwritten by an earlier one, in
 * whatever order writes arrive.
 */

/** Texts of a document in one language, by their weight. */
export interface SearchTexts {
  readonly title: string;
  /** Names of the brand and of the categories. */
  readonly keywords: string;
  /** Names of attributes' and options' values. */
  readonly details: string;
  readonly description: string;
}

export interface SearchPrice {
  readonly market: string;
  readonly currency: string;
  /** Cheapest and dearest variant, in minor units. */
  readonly minMinor: number;
  readonly maxMinor: number;
}

export interface SearchDocument {
  readonly id: string;
  readonly version: number;
  /** Texts by BCP 47 tag; found only in the languages that it has here. */
  readonly texts: Readonly<Record<string, SearchTexts>>;
  /** Handles of its categories and of those above them. */
  readonly categories: readonly string[];
  /** Codes of the values by the code of the attribute or option; codes hold no `=`. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** A document is found in the markets and currencies that it has a price in, and in no other. */
  readonly prices: readonly SearchPrice[];
}

export interface SearchRemoval {
  readonly id: string;
  readonly version: number;
}

export const SEARCH_SORTS = ['relevance', 'newest', 'price', '-price'] as const;
export type SearchSort = (typeof SEARCH_SORTS)[number];

export interface SearchQuery {
  /** What the shopper typed; empty finds everything. At most 200 characters are looked at. */
  readonly text: string;
  readonly language: string;
  readonly market: string;
  readonly currency: string;
  /** Handle; documents of the categories below it are found too. */
  readonly category?: string;
  /** Wanted values by facet: any of a facet's values, of all facets named. */
  readonly facets?: Readonly<Record<string, readonly string[]>>;
  /** Takes the words as they were typed: none is put right. */
  readonly exact?: boolean;
  /** Documents with a variant at this price or above it, in minor units. */
  readonly priceMinMinor?: number;
  /** Documents with a variant at this price or below it. */
  readonly priceMaxMinor?: number;
  /** Ids break ties: the newest first. */
  readonly sort: SearchSort;
  readonly limit: number;
  /** Goes on after this hit of the same query. */
  readonly after?: SearchPosition;
}

export interface SearchPosition {
  /** Rank or price, as the sort has it. */
  readonly key: number;
  readonly id: string;
}

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

export interface SearchResult {
  readonly hits: readonly SearchPosition[];
  /** Whether there are hits after these. */
  readonly more: boolean;
  /**
   * Values with the number of documents, most first; each facet is counted as if nothing were
   * wanted of it. `category` is a facet too. Absent on the pages after the first.
   */
  readonly facets?: Readonly<Record<string, readonly FacetValue[]>>;
  /** False where more documents match than are counted for the facets. */
  readonly facetsAreComplete?: boolean;
  /** The words that were searched for, where they are not those that were typed. */
  readonly correctedText?: string;
  /** Words that were perhaps meant and not searched for: they are far more usual, and found more. */
  readonly suggestedText?: string;
}

export interface Suggestions {
  /** Words that continue what was typed, the most used first. */
  readonly terms: readonly string[];
  /** Documents whose title continues it. */
  readonly documents: readonly { readonly id: string; readonly title: string }[];
}

export interface SuggestQuery {
  readonly prefix: string;
  readonly language: string;
  readonly market: string;
  readonly currency: string;
  readonly limit: number;
}

export interface SearchEngine {
  /** Makes what the engine needs; does nothing where it is there. */
  ensureIndex(): Promise<void>;
  /**
   * Writes documents. One whose version is not above the known one is left alone.
   * @throws AppError `unavailable` where the engine can't be reached; so do the others
   */
  index(documents: readonly SearchDocument[]): Promise<void>;
  /** Takes documents out, by the same rule. */
  remove(removals: readonly SearchRemoval[]): Promise<void>;
  search(query: SearchQuery): Promise<SearchResult>;
  suggest(query: SuggestQuery): Promise<Suggestions>;
  /** Words of titles, those of most documents first: help for somebody who found nothing. */
  popularTerms(language: string, limit: number): Promise<readonly string[]>;
}
