import type { CellId } from '@commerce/contracts/ids';
import type { HttpApp } from '@commerce/service/http/app';

/** Adds `GET /`: what answers here, and where to read on. */
export function registerIndexRoute(app: HttpApp, cell: CellId): void {
  app.get('/', { schema: { hide: true } }, () => ({
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
  }));
}
