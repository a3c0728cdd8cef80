import { languageOf, negotiateLanguage } from '@commerce/contracts/languages';
import {
  defaultCurrencyOf,
  hasCurrency,
  type Market,
  marketOfCountry,
} from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';
import { HEADERS } from '@commerce/contracts/headers';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Static, Type } from 'typebox';

/** For whom a page is made: the language of its texts, and the market and currency of its prices. */
export interface ShopContext {
  readonly language: string;
  readonly market: Market;
  readonly currency: string;
}

/** Parameters that every page of the shop takes. */
export const ShopQuery = {
  language: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$',
      description: 'BCP 47. Default: by Accept-Language.',
      examples: ['de'],
    }),
  ),
  currency: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{3}$',
      description: 'One of the market. Default: its first.',
      examples: ['EUR'],
    }),
  ),
  country: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{2}$',
      description: 'ISO 3166-1. Default: where the client is, else the home of the cell.',
      examples: ['DE'],
    }),
  ),
};
const ShopQueryObject = Type.Object(ShopQuery);
export type ShopQuery = Static<typeof ShopQueryObject>;

/** Headers that a page's language and prices depend on, for shared caches. */
export const SHOP_VARY = `accept-language, ${HEADERS.clientCountry}`;

export type ShopContextOf = (request: FastifyRequest, query: ShopQuery) => ShopContext;

export interface ShopContextOptions {
  /** Of shoppers whose country is unknown. */
  readonly defaultMarket: Market;
  /**
   * Country of the client, in upper case, where it is known. Default: the header that the router
   * sets, whose word is taken because only the router reaches a cell.
   */
  readonly clientCountryOf?: (request: FastifyRequest) => string | undefined;
}

/** Headers whose outcome is remembered: browsers send few different ones. */
const HEADERS_CACHED_MAX = 500;

function headerCountry(request: FastifyRequest): string | undefined {
  const value = request.headers[HEADERS.clientCountry];
  return typeof value === 'string' ? value : undefined;
}

/** Makes the function that finds out for whom a page is. */
export function createShopContextOf(options: ShopContextOptions): ShopContextOf {
  const { defaultMarket, clientCountryOf = headerCountry } = options;
  const languages = new LRUCache<string, string>({ max: HEADERS_CACHED_MAX });

  const languageOfHeader = (header: string | undefined): string => {
    const text = (header ?? '').slice(0, 500);
    let tag = languages.get(text);
    if (tag === undefined) {
      tag = negotiateLanguage(text).tag;
      languages.set(text, tag);
    }
    return tag;
  };

  /** @throws AppError `invalid-request` where the country or currency is none of the market's */
  return (request, query) => {
    const language =
      query.language === undefined
        ? languageOfHeader(request.headers['accept-language'])
        : (languageOf(query.language)?.tag ?? languageOfHeader(query.language));
    let market: Market | undefined;
    if (query.country === undefined) {
      const country = clientCountryOf(request);
      market = (country === undefined ? undefined : marketOfCountry(country)) ?? defaultMarket;
    } else {
      market = marketOfCountry(query.country);
      if (market === undefined) {
        const detail = `${query.country} is no country of ISO 3166-1.`;
        throw new AppError('invalid-request', { field: 'country', detail });
      }
    }
    const currency = query.currency ?? defaultCurrencyOf(market);
    if (!hasCurrency(market, currency)) {
      const known = market.currencies.map(({ code }) => code).join(', ');
      const detail = `The market ${market.id} has no prices in ${currency}; it has ${known}.`;
      throw new AppError('invalid-request', { field: 'currency', detail });
    }
    return { language, market, currency };
  };
}
