import { countryName } from '@commerce/contracts/countries';
import { textIn } from '@commerce/contracts/localized-text';
import { allMarkets } from '@commerce/contracts/markets';
import { AppError, Problem } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import type { FastifySchema } from 'fastify';
import type { Static } from 'typebox';
import * as schema from './schema.ts';
import { sendPage, shareUntilPurged } from './send-page.ts';
import type { Catalog } from './service.ts';
import type { Shop } from './shop.ts';
import type { ShopContext } from './shop-context.ts';

export interface CatalogRoutesDependencies {
  readonly catalog: Catalog;
  readonly shop: Shop;
}

/** Sorts after every product id: lists begin at the newest. */
const AFTER_NEWEST = 'prd_~';
const LIMIT = 24;
/** What changes is forgotten by name; this is for what no change tells of. */
const SHARED_S = 60;
/** Units in a list are not told of one by one. */
const LIST_SHARED_S = 1;
const tags = ['catalogue'];
const NOT_MODIFIED = { description: 'The client has it', type: 'null' };

// These schemas are not inferred into the handlers: answers are finished bytes, which no serialiser
// touches.
const getProductSchema: FastifySchema = {
  operationId: 'getProduct',
  tags,
  summary: 'A product with its variants, prices and units',
  params: schema.ProductParams,
  querystring: schema.ProductQuery,
  response: { 200: schema.ProductView, 304: NOT_MODIFIED, 400: Problem, 404: Problem },
};
const listProductsSchema: FastifySchema = {
  operationId: 'listProducts',
  tags,
  summary: 'Products, newest first',
  description:
    'Of a category and those below it, where one is named. Units may be two seconds old.',
  querystring: schema.ProductListQuery,
  response: { 200: schema.ProductPage, 304: NOT_MODIFIED, 400: Problem, 404: Problem },
};
const listCategoriesSchema: FastifySchema = {
  operationId: 'listCategories',
  tags,
  summary: 'All categories, as a tree by their parents',
  querystring: schema.LanguageQuery,
  response: { 200: schema.CategoryList, 304: NOT_MODIFIED, 400: Problem },
};
const getVendorSchema: FastifySchema = {
  operationId: 'getVendor',
  tags,
  summary: 'The public side of a vendor',
  params: schema.VendorParams,
  querystring: schema.LanguageQuery,
  response: { 200: schema.VendorView, 304: NOT_MODIFIED, 400: Problem, 404: Problem },
};
const listMarketsSchema: FastifySchema = {
  operationId: 'listMarkets',
  tags,
  summary: 'Markets with their countries, currencies and tax',
  querystring: schema.LanguageQuery,
  response: { 200: schema.MarketList, 304: NOT_MODIFIED, 400: Problem },
};

/** Adds the shop's catalogue: products, categories, vendors and markets. */
export function registerCatalogRoutes(app: HttpApp, dependencies: CatalogRoutesDependencies): void {
  registerProductRoutes(app, dependencies);
  registerDirectoryRoutes(app, dependencies);
}

function registerProductRoutes(app: HttpApp, { catalog, shop }: CatalogRoutesDependencies): void {
  app.get('/v1/products/:handle', { schema: getProductSchema }, (request, reply) => {
    const { handle } = request.params as Static<typeof schema.ProductParams>;
    const context = shop.contextOf(request, request.query as Static<typeof schema.ProductQuery>);
    const ready = shop.productPages.ready(handle, context);
    if (ready !== undefined) {
      shareUntilPurged(reply, SHARED_S, ready);
      return sendPage(request, reply, ready, context.language);
    }
    return shop.productPages.render(handle, context).then((page) => {
      if (page === undefined) {
        const detail = 'No product that is sold has this handle.';
        throw new AppError('not-found', { detail, field: 'handle' });
      }
      shareUntilPurged(reply, SHARED_S, page);
      return sendPage(request, reply, page, context.language);
    });
  });

  app.get('/v1/products', { schema: listProductsSchema }, async (request, reply) => {
    const query = request.query as Static<typeof schema.ProductListQuery>;
    const context = shop.contextOf(request, query);
    const { category, cursor, limit = LIMIT } = query;
    const before =
      cursor === undefined ? AFTER_NEWEST : decodeCursor(cursor, ['string'] as const)[0];
    if (category !== undefined && !(await catalog.categories()).has(category)) {
      const detail = 'No category has this handle.';
      throw new AppError('not-found', { detail, field: 'category' });
    }
    const { language, market, currency } = context;
    const key = JSON.stringify([category, before, limit, language, market.id, currency]);
    const page = await shop.listPages.get(key, () =>
      makeProductPage({ catalog, shop }, context, {
        before,
        limit,
        ...(category !== undefined && { category }),
      }),
    );
    shareUntilPurged(reply, LIST_SHARED_S);
    return sendPage(request, reply, page, language);
  });
}

async function makeProductPage(
  { catalog, shop }: CatalogRoutesDependencies,
  context: ShopContext,
  list: { readonly category?: string; readonly before: string; readonly limit: number },
): Promise<schema.ProductPage> {
  const { language, market, currency } = context;
  // One more than asked for tells whether there is a next page.
  const ids = await catalog.listIds({ ...list, market: market.id, limit: list.limit + 1 });
  const shown = ids.slice(0, list.limit);
  const last = shown.at(-1);
  return {
    items: await shop.cardsOf(shown, context),
    nextCursor: ids.length > list.limit && last !== undefined ? encodeCursor([last]) : null,
    language,
    market: market.id,
    currency,
    tax: { display: market.taxDisplay, ratePpm: market.taxRatePpm },
  };
}

function registerDirectoryRoutes(app: HttpApp, { catalog, shop }: CatalogRoutesDependencies): void {
  app.get('/v1/categories', { schema: listCategoriesSchema }, async (request, reply) => {
    const query = request.query as Static<typeof schema.LanguageQuery>;
    const { language } = shop.contextOf(request, query);
    const page = await shop.listPages.get(`categories ${language}`, async () => {
      const categories = await catalog.categories();
      const items = [...categories.values()].map(({ handle, parent, names }) => ({
        handle,
        parent,
        name: textIn(names, language),
      }));
      return { items, language } satisfies Static<typeof schema.CategoryList>;
    });
    shareUntilPurged(reply, SHARED_S);
    return sendPage(request, reply, page, language);
  });

  app.get('/v1/vendors/:slug', { schema: getVendorSchema }, async (request, reply) => {
    const { slug } = request.params as Static<typeof schema.VendorParams>;
    const query = request.query as Static<typeof schema.LanguageQuery>;
    const { language } = shop.contextOf(request, query);
    const vendor = await catalog.findVendorBySlug(slug);
    if (vendor?.status !== 'active') {
      throw new AppError('not-found', {
        detail: 'No vendor that sells has this name.',
        field: 'slug',
      });
    }
    const page = await shop.listPages.get(`vendor ${slug} ${language}`, async () => {
      const { id, name, country } = vendor;
      const view: Static<typeof schema.VendorView> = {
        id,
        slug,
        name,
        country,
        countryName: countryName(country, language),
      };
      return view;
    });
    shareUntilPurged(reply, SHARED_S);
    return sendPage(request, reply, page, language);
  });

  app.get('/v1/markets', { schema: listMarketsSchema }, async (request, reply) => {
    const query = request.query as Static<typeof schema.LanguageQuery>;
    const { language } = shop.contextOf(request, query);
    const page = await shop.listPages.get('markets', async () => ({
      items: allMarkets().map((market) => ({
        id: market.id,
        countries: market.countries,
        currencies: market.currencies.map(({ code }) => code),
        languages: market.languages,
        tax: { display: market.taxDisplay, ratePpm: market.taxRatePpm },
      })),
      default: shop.defaultMarket.id,
    }));
    shareUntilPurged(reply, SHARED_S);
    return sendPage(request, reply, page, language);
  });
}
