import type { LocalizedText } from '@commerce/contracts/catalog';
import { textIn } from '@commerce/contracts/localized-text';
import type { Market } from '@commerce/contracts/markets';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { SearchPosition, SearchQuery, SearchResult } from '@commerce/engines/search/search';
import { foldWord, wordsOf } from '@commerce/engines/search/words';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { TProperties, TSchema } from 'typebox';
import * as schema from './schema.ts';
import type { Search } from './service.ts';

interface ShopParameters {
  readonly language?: string;
  readonly currency?: string;
  readonly country?: string;
}

/** What the shop's pages have in common; made by the catalogue and given to search. */
export interface SearchShop {
  contextOf(request: FastifyRequest, query: ShopParameters): SearchContext;
  cardsOf(productIds: readonly string[], context: SearchContext): Promise<readonly unknown[]>;
  readonly listPages: {
    get(key: string, make: () => Promise<unknown>): Promise<{ body: Buffer; etag: string }>;
  };
}

export interface SearchContext {
  readonly language: string;
  readonly market: Market;
  readonly currency: string;
}

export interface SearchRoutesDependencies {
  readonly search: Search;
  readonly shop: SearchShop;
  /** Sends finished bytes with entity tag and cache headers. */
  readonly sendPage: (
    request: FastifyRequest,
    reply: FastifyReply,
    page: { body: Buffer; etag: string },
    language: string,
  ) => FastifyReply;
  /** Parameters of every page of the shop, a product in a list and a market's tax, for OpenAPI. */
  readonly schemas: { readonly query: TProperties; readonly card: TSchema; readonly tax: TSchema };
}

const LIMIT = 24;
const SUGGESTIONS = 8;
const FACET = 'facet.';
/** Facets that a search may select from; the category takes one more of the engine's. */
const FACETS_MAX = 8;
const tags = ['search'];
const NOT_MODIFIED = { description: 'The client has it', type: 'null' };

/** Adds `GET /v1/search` and `GET /v1/search/suggest`. */
export function registerSearchRoutes(app: HttpApp, dependencies: SearchRoutesDependencies): void {
  const { search, shop, sendPage, schemas } = dependencies;
  const searchSchema: FastifySchema = {
    operationId: 'searchProducts',
    tags,
    summary: 'Products by words, facets and price',
    description:
      '`facet.NAME=value` selects a value and may be repeated: any value of a facet, all facets.',
    querystring: schema.searchQuery(schemas.query),
    response: {
      200: schema.searchPage(schemas.card, schemas.tax),
      304: NOT_MODIFIED,
      400: Problem,
    },
  };
  const suggestSchema: FastifySchema = {
    operationId: 'suggest',
    tags,
    summary: 'What continues the text that is being typed',
    querystring: schema.suggestQuery(schemas.query),
    response: { 200: schema.SuggestPage, 304: NOT_MODIFIED, 400: Problem },
  };

  app.get('/v1/search', { schema: searchSchema }, async (request, reply) => {
    const query = request.query as SearchParameters;
    const context = shop.contextOf(request, query);
    const wanted = toSearchQuery(query, context);
    const key = `search ${search.generation()} ${JSON.stringify(wanted)}`;
    const page = await shop.listPages.get(key, () => makePage(dependencies, wanted, context));
    return sendPage(request, reply, page, context.language);
  });

  app.get('/v1/search/suggest', { schema: suggestSchema }, async (request, reply) => {
    const query = request.query as ShopParameters & { q: string; limit?: number };
    const context = shop.contextOf(request, query);
    const { language, market, currency } = context;
    const limit = query.limit ?? SUGGESTIONS;
    const wanted = { prefix: query.q, language, market: market.id, currency, limit };
    const key = `suggest ${search.generation()} ${JSON.stringify(wanted)}`;
    const page = await shop.listPages.get(key, () =>
      makeSuggestions(dependencies, wanted, context),
    );
    return sendPage(request, reply, page, language);
  });
}

type SearchParameters = schema.SearchQueryParameters & ShopParameters & Record<string, unknown>;

interface WantedPage extends SearchQuery {
  /** Where a cursor goes on with words that were put right. */
  readonly correctedText?: string;
}

/** @throws AppError `invalid-request` or `invalid-cursor`, naming the parameter */
function toSearchQuery(
  query: SearchParameters,
  { language, market, currency }: SearchContext,
): WantedPage {
  const {
    q = '',
    sort = 'relevance',
    limit = LIMIT,
    category,
    exact,
    priceMin,
    priceMax,
    cursor,
  } = query;
  if (priceMin !== undefined && priceMax !== undefined && priceMin > priceMax) {
    const detail = 'priceMin is above priceMax.';
    throw new AppError('invalid-request', { field: 'priceMin', detail });
  }
  const names = Object.keys(query).filter((name) => name.startsWith(FACET));
  if (names.length > FACETS_MAX) {
    const detail = `A search selects from at most ${FACETS_MAX} facets.`;
    throw new AppError('invalid-request', { field: names[FACETS_MAX] ?? FACET, detail });
  }
  const facets = Object.fromEntries(
    names.map((name) => [
      name.slice(FACET.length),
      [...new Set(query[name] as string[])].toSorted(),
    ]),
  );
  const position = cursor === undefined ? undefined : readCursor(cursor);
  return {
    text: position?.correctedText ?? q,
    language,
    market: market.id,
    currency,
    sort,
    limit,
    facets,
    ...(category !== undefined && { category }),
    ...(exact === true && { exact }),
    ...(priceMin !== undefined && { priceMinMinor: priceMin }),
    ...(priceMax !== undefined && { priceMaxMinor: priceMax }),
    ...position,
  };
}

function readCursor(cursor: string): { after: SearchPosition; correctedText?: string } {
  const [key, id, correctedText] = decodeCursor(cursor, ['number', 'string', 'string'] as const);
  if (!Number.isSafeInteger(key) || id.length > 100 || correctedText.length > 1_000) {
    throw new AppError('invalid-cursor', { field: 'cursor' });
  }
  return { after: { key, id }, ...(correctedText !== '' && { correctedText }) };
}

async function makePage(
  { search, shop }: SearchRoutesDependencies,
  wanted: WantedPage,
  context: SearchContext,
): Promise<unknown> {
  const { language, market, currency } = context;
  const result = await search.engine.search(wanted);
  const last = result.hits.at(-1);
  const correctedText = result.correctedText ?? wanted.correctedText;
  const isEmpty = result.hits.length === 0 && wanted.after === undefined;
  const [items, facets, help] = await Promise.all([
    shop.cardsOf(
      result.hits.map(({ id }) => id),
      context,
    ),
    result.facets === undefined ? undefined : toFacetViews(search, result, wanted),
    isEmpty ? search.help(wanted.text, language) : undefined,
  ]);
  return {
    items,
    nextCursor:
      result.more && last !== undefined
        ? encodeCursor([last.key, last.id, correctedText ?? ''])
        : null,
    ...(facets !== undefined && { facets, facetsAreComplete: result.facetsAreComplete }),
    ...(correctedText !== undefined && { correctedText }),
    ...(result.suggestedText !== undefined && { suggestedText: result.suggestedText }),
    ...(help !== undefined && { help }),
    language,
    market: market.id,
    currency,
    tax: { display: market.taxDisplay, ratePpm: market.taxRatePpm },
  };
}

async function toFacetViews(
  search: Search,
  result: SearchResult,
  wanted: SearchQuery,
): Promise<schema.FacetView[]> {
  const [labels, categories] = await Promise.all([search.labels(), search.categories()]);
  const nameOf = (texts: LocalizedText | undefined, code: string): string =>
    texts === undefined ? code : textIn(texts, wanted.language);
  return Object.entries(result.facets ?? {}).map(([code, values]) => {
    const selected = code === 'category' ? [wanted.category] : (wanted.facets?.[code] ?? []);
    const labelOf = (value: string): string =>
      code === 'category'
        ? nameOf(categories.get(value)?.names, value)
        : nameOf(labels.get(`${code}=${value}`), value);
    return {
      code,
      label: nameOf(labels.get(`${code}=`), code),
      values: values.map(({ value, count }) => ({
        value,
        label: labelOf(value),
        count,
        selected: selected.includes(value),
      })),
    };
  });
}

async function makeSuggestions(
  { search, shop }: SearchRoutesDependencies,
  wanted: Parameters<Search['engine']['suggest']>[0],
  context: SearchContext,
): Promise<schema.SuggestPage> {
  const { language, limit } = wanted;
  const [suggestions, categories] = await Promise.all([
    search.engine.suggest(wanted),
    search.categories(),
  ]);
  const ids = suggestions.documents.map(({ id }) => id);
  const cards = (await shop.cardsOf(ids, context)) as readonly { handle: string; title: string }[];
  const typed = wordsOf(wanted.prefix, language).map(foldWord);
  const last = typed.at(-1);
  return {
    terms: [...suggestions.terms],
    categories: [...categories.values()]
      .map(({ handle, names }) => ({ handle, name: textIn(names, language) }))
      .filter(({ name }) => {
        const words = wordsOf(name, language).map(foldWord);
        return last !== undefined && words.some((word) => word.startsWith(last));
      })
      .slice(0, limit),
    products: cards.map(({ handle, title }) => ({ handle, title })),
    language,
  };
}
