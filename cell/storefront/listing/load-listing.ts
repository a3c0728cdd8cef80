import type { ApiCategories, ApiProductList, ApiSearch } from '../api-types.ts';
import type { PageContext } from '../page.ts';
import { readSelection, type Selection, toApiQuery } from './selection.ts';

/** A list of products with what narrows it. */
export interface Listing {
  readonly selection: Selection;
  /** Chosen by the page itself, and not to be taken back there. */
  readonly fixed: Fixed;
  readonly found: ApiSearch;
  readonly facets: NonNullable<ApiSearch['facets']>;
  readonly categories: ApiCategories['items'];
  /** For a list that is empty: something else to look at. */
  readonly instead: ApiProductList['items'];
}

export interface Fixed {
  readonly category?: string;
  readonly vendor?: string;
}

const PAGE_SIZE = 24;

/** Finds the products of a page that lists some. @throws ApiProblem */
export async function loadListing(context: PageContext, fixed: Fixed = {}): Promise<Listing> {
  const { query, locale, read, readPriced } = context;
  const chosen = readSelection(query, locale.currency);
  const wanted: Selection = {
    ...chosen,
    ...(fixed.category !== undefined && { category: fixed.category }),
    ...(fixed.vendor !== undefined && { facets: { ...chosen.facets, vendor: [fixed.vendor] } }),
  };
  const [found, first, categories] = await Promise.all([
    readPriced<ApiSearch>('/v1/search', toApiQuery(wanted, PAGE_SIZE)),
    // Later pages come without facets; they are those of the first.
    wanted.cursor === undefined
      ? undefined
      : readPriced<ApiSearch>('/v1/search', toApiQuery({ ...wanted, cursor: undefined }, 1)),
    read<ApiCategories>('/v1/categories'),
  ]);
  const instead =
    found.items.length > 0
      ? []
      : (await readPriced<ApiProductList>('/v1/products', { limit: 8 })).items;
  return {
    selection: chosen,
    fixed,
    found,
    facets: found.facets ?? first?.facets ?? [],
    categories: categories.items,
    instead,
  };
}
