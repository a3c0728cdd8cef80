import { languageOf, negotiateLanguage } from '@commerce/contracts/languages';
import {
  defaultCurrencyOf,
  hasCurrency,
  type Market,
  marketOfCountry,
} from '@commerce/contracts/markets';
import type { FastifyRequest } from 'fastify';
import type { Locale } from '../../storefront/contract.ts';
import type { ShopCookies } from './cookies.ts';

/** Where a cell stands: what holds for a shopper of whom nothing is known. */
export interface HomeOfShoppers {
  readonly country: string;
  readonly market: Market;
}

const HOST_PATTERN = /^[A-Za-z0-9.:[\]-]{1,255}$/;

/** Whether the shopper's browser speaks TLS to us, as the router says. */
export function isSecure(request: FastifyRequest): boolean {
  return request.routed !== undefined && request.headers['x-forwarded-proto'] === 'https';
}

/** The shop's own origin, as the shopper's browser names it. */
export function originOf(request: FastifyRequest): string {
  const forwarded = request.routed === undefined ? undefined : request.headers['x-forwarded-host'];
  const host = typeof forwarded === 'string' ? forwarded : (request.headers.host ?? '');
  return `${isSecure(request) ? 'https' : 'http'}://${HOST_PATTERN.test(host) ? host : 'localhost'}`;
}

/** The language to begin in: what was chosen before, else what the browser asks for. */
export function firstLanguageOf(request: FastifyRequest, cookies: ShopCookies): string {
  const kept = languageOf(cookies.get('language') ?? '');
  return (kept ?? negotiateLanguage(request.headers['accept-language'])).tag;
}

/** For whom a page below a language is made. */
export function localeOf(
  request: { readonly language: string; readonly country: string | undefined },
  cookies: ShopCookies,
  home: HomeOfShoppers,
): Locale {
  const language = languageOf(request.language);
  const market = request.country === undefined ? undefined : marketOfCountry(request.country);
  const { country, ...at } =
    market === undefined ? home : { country: request.country as string, market };
  const wanted = cookies.get('currency');
  return {
    language: request.language,
    direction: language?.direction ?? 'ltr',
    country,
    market: at.market.id,
    currency:
      wanted !== undefined && hasCurrency(at.market, wanted)
        ? wanted
        : defaultCurrencyOf(at.market),
    currencies: at.market.currencies.map(({ code }) => code),
  };
}
