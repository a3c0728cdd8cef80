import fastifyCookie from '@fastify/cookie';
import fastifyFormbody from '@fastify/formbody';
import type { CellId } from '@commerce/contracts/ids';
import { allLanguages } from '@commerce/contracts/languages';
import type { HttpApp } from '@commerce/service/http/app';
import { registerBuiltFiles } from '@commerce/service/http/built-files';
import { toAppError } from '@commerce/service/http/error-mapping';
import type { Logger } from '@commerce/service/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageRequest } from '../../storefront/contract.ts';
import { loadStorefront, type StorefrontBundle } from './bundle.ts';
import { cookiesOf, type ShopCookies } from './cookies.ts';
import { createFormTokens, type FormTokens } from './form-tokens.ts';
import { sendAnswer } from './send-answer.ts';
import { createShopApi } from './shop-api.ts';
import { firstLanguageOf, type HomeOfShoppers, isSecure, localeOf, originOf } from './shopper.ts';
import { registerSiteFiles } from './site-files.ts';
import { registerSitemap } from './sitemap.ts';

/**
 * Serves the storefront: HTML pages below `/{language}/`, their built files, and the small files that a
 * site has.
 *
 * Owns HTTP for pages: languages and cookies, tokens of forms, security headers, streaming and compression.
 * What an address shows is the bundle's business, and all data comes from the cell's own API in process.
 *
 * Refuses forms that are not from one of our own pages, and bodies that are no form.
 *
 * Invariants: a page can do nothing that a client of the API can't. No page has an inline script or style.
 * No cookie is readable by scripts.
 */
export interface StorefrontDependencies {
  readonly bundle: StorefrontBundle;
  /** What `/` answers to those who ask for no page. */
  readonly index: object;
  readonly cell: CellId;
  readonly home: HomeOfShoppers;
  /** Country of the client where it is known and believed. */
  readonly countryOf: (request: FastifyRequest) => string | undefined;
  /** Shared by all cells. */
  readonly key: Uint8Array;
  readonly nowMs: () => number;
  readonly log: Logger;
}

export { loadStorefront, type StorefrontBundle };

/** Largest form: an address and a note are far below a tenth of it. */
const FORM_BYTES_MAX = 65_536;

/** Adds the storefront to the cell's app. */
export function registerStorefront(app: HttpApp, dependencies: StorefrontDependencies): void {
  registerBuiltFiles(app, dependencies.bundle.built);
  // Cookies and forms are read for pages alone: the API takes JSON and bearer tokens.
  void app.register(async (site) => {
    await site.register(fastifyCookie);
    await site.register(fastifyFormbody, { bodyLimit: FORM_BYTES_MAX });
    site.removeContentTypeParser('application/json');
    registerPages(site as unknown as HttpApp, app, dependencies);
    registerSiteFiles(site as unknown as HttpApp, dependencies.bundle);
    registerSitemap(site as unknown as HttpApp, app, dependencies.bundle.storefront.languages);
  });
}

/** The part of an address that names a language: one of the shop's, so that nothing else is a page. */
const LANGUAGE = `:language(^(?:${allLanguages()
  .map(({ tag }) => tag)
  .join('|')})$)`;

function registerPages(site: HttpApp, app: HttpApp, dependencies: StorefrontDependencies): void {
  const tokens = createFormTokens(dependencies.key);
  const { storefront } = dependencies.bundle;

  const requestOf = (request: FastifyRequest, reply: FastifyReply): PageRequest =>
    makePageRequest({ ...dependencies, app, tokens }, request, reply);

  site.setErrorHandler((error, request, reply) => {
    const { status, options } = toAppError(error);
    if (status >= 500) {
      dependencies.log.error({ err: error, requestId: request.id }, 'a page failed');
    }
    const { retryAfterS } = options;
    const page = requestOf(request, reply);
    const answer = storefront.tell(page, {
      status,
      ...(retryAfterS !== undefined && { retryAfterS }),
    });
    return sendAnswer(request, reply, answer, page.locale.language);
  });

  site.route({
    method: ['GET', 'POST'],
    url: `/${LANGUAGE}/*`,
    schema: { hide: true },
    async handler(request, reply) {
      const page = requestOf(request, reply);
      const token = page.form?.get(storefront.formTokenField) ?? '';
      const { language } = page.locale;
      if (page.method === 'POST') {
        const cookies = cookiesOf(request, reply, isSecure(request));
        if (!tokens.accept(request, page.origin, cookies, token)) {
          return sendAnswer(request, reply, storefront.tell(page, { status: 403 }), language);
        }
      }
      return sendAnswer(request, reply, await storefront.answer(page), language);
    },
  });

  site.get(`/${LANGUAGE}`, { schema: { hide: true } }, (request, reply) =>
    reply.redirect(`${pathOf(request.url)}/${queryOf(request.url)}`, 301),
  );

  site.get('/', { schema: { hide: true } }, (request, reply) => {
    void reply
      .header('cache-control', 'private, no-cache')
      .header('vary', 'accept, accept-language, cookie');
    if (request.headers.accept?.includes('text/html') !== true) return dependencies.index;
    const cookies = cookiesOf(request, reply, isSecure(request));
    return reply.redirect(`/${firstLanguageOf(request, cookies)}/${queryOf(request.url)}`, 302);
  });
}

const pathOf = (url: string): string => url.split('?', 1)[0] as string;
const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');

function makePageRequest(
  dependencies: StorefrontDependencies & { readonly app: HttpApp; readonly tokens: FormTokens },
  request: FastifyRequest,
  reply: FastifyReply,
): PageRequest {
  const { app, tokens, cell, home, countryOf, nowMs } = dependencies;
  const params = request.params as { readonly language?: string; readonly '*'?: string };
  const cookies: ShopCookies = cookiesOf(request, reply, isSecure(request));
  const language = params.language ?? firstLanguageOf(request, cookies);
  const url = request.url;
  const path = params.language === undefined ? '/' : pathOf(url).slice(params.language.length + 1);
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    path,
    query: new URLSearchParams(queryOf(url)),
    form: request.method === 'POST' ? readForm(request.body) : undefined,
    locale: localeOf({ language, country: countryOf(request) }, cookies, home),
    home: { cell, country: home.country },
    api: createShopApi(app, request, reply, cookies, nowMs()),
    cookies,
    formToken: tokens.issue(cookies),
    isFormToken: (token) => tokens.isOwn(cookies, token),
    origin: originOf(request),
    wantsJson: request.headers.accept === 'application/json',
    nowMs: nowMs(),
  };
}

/** The fields of a form; the parser gives one text or a list of them for each name. */
function readForm(body: unknown): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, string | string[]>)) {
    for (const item of [value].flat()) form.append(name, item);
  }
  return form;
}
