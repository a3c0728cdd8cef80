import { Handle } from '@commerce/contracts/catalog';
import { SEARCH_SORTS } from '@commerce/engines/search/search';
import { type Static, type TProperties, type TSchema, Type } from 'typebox';

const strict = { additionalProperties: false } as const;

/** Characters of a query; more is refused. */
const TEXT_LENGTH_MAX = 200;
const price = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }));
const facetName = '^facet\\.[a-z0-9][a-z0-9_-]{0,59}$';
const facetValue = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$', minLength: 1, maxLength: 60 });

/** Query of a search; `facet.NAME` may be repeated. @param shop parameters of every page */
export function searchQuery<Shop extends TProperties>(shop: Shop) {
  return Type.Object(
    {
      ...shop,
      q: Type.Optional(
        Type.String({
          maxLength: TEXT_LENGTH_MAX,
          description: 'What to find; empty for all',
          examples: ['desk lamp'],
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 24 })),
      cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
      category: Type.Optional(Handle),
      exact: Type.Optional(
        Type.Boolean({ default: false, description: 'Search for `q` as it is: put no word right' }),
      ),
      priceMin: Type.Optional({ ...price, description: 'In minor units of the currency' }),
      priceMax: Type.Optional({ ...price, description: 'In minor units of the currency' }),
      sort: Type.Optional(
        Type.Unsafe<(typeof SEARCH_SORTS)[number]>({
          type: 'string',
          enum: [...SEARCH_SORTS],
          default: 'relevance',
        }),
      ),
    },
    {
      ...strict,
      patternProperties: {
        [facetName]: Type.Array(facetValue, { maxItems: 50 }),
      },
    },
  );
}

export interface SearchQueryParameters {
  readonly q?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly category?: string;
  readonly exact?: boolean;
  readonly priceMin?: number;
  readonly priceMax?: number;
  readonly sort?: (typeof SEARCH_SORTS)[number];
}

const Counted = Type.Object(
  {
    value: Type.String(),
    label: Type.String(),
    count: Type.Integer(),
    selected: Type.Boolean(),
  },
  strict,
);

export const FacetView = Type.Object(
  { code: Type.String(), label: Type.String(), values: Type.Array(Counted) },
  { ...strict, description: 'Counted as if nothing of it were selected' },
);
export type FacetView = Static<typeof FacetView>;

const NamedCategory = Type.Object({ handle: Handle, name: Type.String() }, strict);

/** What somebody may try who found nothing. */
export const SearchHelp = Type.Object(
  {
    categories: Type.Array(NamedCategory, {
      description: 'Nearest to the words, else the main ones',
    }),
    terms: Type.Array(Type.String(), { description: 'Words of many products' }),
  },
  strict,
);
export type SearchHelp = Static<typeof SearchHelp>;

/** Answer of a search. @param card of a product in a list @param tax display of the market */
export function searchPage(card: TSchema, tax: TSchema) {
  return Type.Object(
    {
      items: Type.Array(card),
      nextCursor: Type.Union([Type.String(), Type.Null()]),
      facets: Type.Optional(
        Type.Array(FacetView, { description: 'On the first page only; `category` among them' }),
      ),
      facetsAreComplete: Type.Optional(
        Type.Boolean({ description: 'False where not all that was found was counted' }),
      ),
      correctedText: Type.Optional(
        Type.String({
          description:
            'What was searched for, where `q` found too little; `exact=true` searches for `q`',
        }),
      ),
      suggestedText: Type.Optional(
        Type.String({ description: 'What was perhaps meant; it was not searched for' }),
      ),
      help: Type.Optional(SearchHelp),
      language: Type.String(),
      market: Type.String(),
      currency: Type.String(),
      tax,
    },
    strict,
  );
}

/** Query of suggestions. @param shop parameters of every page */
export function suggestQuery<Shop extends TProperties>(shop: Shop) {
  return Type.Object(
    {
      ...shop,
      q: Type.String({ maxLength: TEXT_LENGTH_MAX, examples: ['lam'] }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 8 })),
    },
    strict,
  );
}

export const SuggestPage = Type.Object(
  {
    terms: Type.Array(Type.String()),
    categories: Type.Array(NamedCategory),
    products: Type.Array(Type.Object({ handle: Handle, title: Type.String() }, strict)),
    language: Type.String(),
  },
  strict,
);
export type SuggestPage = Static<typeof SuggestPage>;
