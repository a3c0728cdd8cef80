import type { LocalizedText, ProductAttribute, ProductOption } from '@commerce/contracts/catalog';

/** What search needs of the catalogue: given to it, as modules do not know each other. */

export interface SearchableProduct {
  readonly id: string;
  readonly titles: LocalizedText;
  readonly descriptions: LocalizedText;
  readonly options: readonly ProductOption[];
  readonly attributes: readonly ProductAttribute[];
  /** Handles. */
  readonly categories: readonly string[];
  readonly vendor: { readonly slug: string; readonly name: string };
  readonly variants: readonly {
    readonly id: string;
    readonly options: Readonly<Record<string, string>>;
  }[];
}

export interface SearchableCategory {
  readonly handle: string;
  readonly parent: string | null;
  readonly names: LocalizedText;
}

/** The place in the catalogue's changes up to which the index is made. */
export interface SearchProgress {
  readonly touchedSeq: number;
  readonly productId: string;
}

export interface PriceRange {
  readonly market: string;
  readonly currency: string;
  readonly minMinor: number;
  readonly maxMinor: number;
}

export interface SearchSource {
  /** Products in the order in which the feed touched them; without one, shoppers may not see it. */
  listTouched(
    after: SearchProgress,
    limit: number,
  ): Promise<readonly (SearchProgress & { readonly product?: SearchableProduct })[]>;
  categories(): Promise<ReadonlyMap<string, SearchableCategory>>;
  /** Cheapest and dearest variant of each product, in each market and currency that it is sold in. */
  priceRangesOf(productIds: readonly string[]): Promise<ReadonlyMap<string, readonly PriceRange[]>>;
}
