import type { HttpApp } from '@commerce/service/http/app';

/** Says what this is and where to go on. */
export function registerIndexRoute(app: HttpApp): void {
  app.get('/', { schema: { hide: true } }, () => ({
    name: 'control plane',
    documentation: '/docs',
    openapi: '/openapi.json',
    health: '/health/ready',
    metrics: '/metrics',
    start: ['/v1/cells', '/v1/catalog/categories', '/v1/vendors', '/v1/sessions'],
  }));
}
