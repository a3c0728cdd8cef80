import type { CellId } from '@commerce/contracts/ids';
import type { HttpApp } from '@commerce/service/http/app';

/** What answers here, and where to read on: for those who ask for `/` and not for a page. */
export function describeShop(cell: CellId) {
  return {
    name: 'Shop API',
    cell,
    links: {
      documentation: '/docs',
      openapi: '/openapi.json',
      products: '/v1/products',
      categories: '/v1/categories',
      search: '/v1/search?q=lamp',
      country: '/router/country',
      health: '/health/ready',
    },
  };
}

/** Adds `GET /` to a cell without a storefront. */
export function registerIndexRoute(app: HttpApp, cell: CellId): void {
  app.get('/', { schema: { hide: true } }, () => describeShop(cell));
}
