import type { HttpApp } from '@commerce/service/http/app';

const INDEX = {
  name: 'control plane',
  console: '/console',
  documentation: '/docs',
  openapi: '/openapi.json',
  health: '/health/ready',
  metrics: '/metrics',
  start: ['/v1/cells', '/v1/catalog/categories', '/v1/vendors', '/v1/sessions'],
};

/** Says what this is and where to go on: people go to the console, programs get a list. */
export function registerIndexRoute(app: HttpApp): void {
  app.get('/', { schema: { hide: true } }, (request, reply) => {
    void reply.header('vary', 'accept');
    if (request.headers.accept?.includes('text/html') === true) {
      return reply.redirect('/console', 302);
    }
    return INDEX;
  });
}
