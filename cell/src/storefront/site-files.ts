import { allLanguages } from '@commerce/contracts/languages';
import type { HttpApp } from '@commerce/service/http/app';
import type { StorefrontBundle } from './bundle.ts';
import { originOf } from './shopper.ts';

/** Colours of the web app's frame: the page's background in light mode, and the accent. */
const COLOURS = { background: '#fbfaf7', accent: '#1f5c48' } as const;
const DAY = 'public, max-age=86400';

/** The shop's mark, by which a browser's tab shows it. */
const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
  `<rect width="32" height="32" rx="8" fill="${COLOURS.accent}"/>` +
  '<g fill="none" stroke="#fff" stroke-width="1.6"><circle cx="16" cy="16" r="10.5"/>' +
  '<path d="M16 5.5c-5 6-5 15 0 21M16 5.5c5 6 5 15 0 21M6.5 13h19M6.5 19h19"/></g></svg>';

/** Adds the small files that browsers and search engines ask a site for. */
export function registerSiteFiles(site: HttpApp, { storefront, built }: StorefrontBundle): void {
  const hidden = { schema: { hide: true } } as const;

  site.get('/favicon.svg', hidden, (_request, reply) =>
    reply.header('content-type', 'image/svg+xml').header('cache-control', DAY).send(FAVICON),
  );
  // Browsers ask for it whatever a page says.
  site.get('/favicon.ico', hidden, (_request, reply) => reply.redirect('/favicon.svg', 301));

  site.get('/robots.txt', hidden, (request, reply) =>
    reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('cache-control', DAY)
      .send(robotsOf(originOf(request))),
  );

  // At the root, as a worker serves what is below its own address.
  site.get('/service-worker.js', hidden, (_request, reply) => {
    const script = built.entries['service-worker.ts']?.script ?? '';
    const file = built.files.get(script);
    if (file === undefined) return reply.callNotFound();
    return reply
      .header('content-type', file.type)
      .header('cache-control', 'no-cache')
      .send(file.plain);
  });

  for (const { tag, direction } of allLanguages()) {
    site.get(`/${tag}/manifest.webmanifest`, hidden, (_request, reply) => {
      const { name, description } = storefront.texts(tag);
      return reply
        .header('content-type', 'application/manifest+json')
        .header('cache-control', DAY)
        .send({
          name,
          short_name: name,
          description,
          lang: tag,
          dir: direction,
          start_url: `/${tag}/`,
          scope: '/',
          display: 'minimal-ui',
          background_color: COLOURS.background,
          theme_color: COLOURS.background,
          icons: [{ src: '/favicon.svg', type: 'image/svg+xml', sizes: 'any' }],
        });
    });
  }
}

/** Pages of one shopper are nobody else's business; what is sold is everybody's. */
function robotsOf(origin: string): string {
  const closed = ['cart', 'checkout', 'account', 'orders', 'preferences'];
  return [
    'User-agent: *',
    ...closed.map((name) => `Disallow: /*/${name}`),
    'Disallow: /v1/',
    'Disallow: /router/',
    `Sitemap: ${origin}/sitemap.xml`,
    '',
  ].join('\n');
}
