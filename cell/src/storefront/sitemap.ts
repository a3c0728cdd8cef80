import { Readable } from 'node:stream';
import { languageOf } from '@commerce/contracts/languages';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { originOf } from './shopper.ts';

/**
 * Tells search engines of every page, from the same API that the pages are made from: an index with parts
 * for each language. A part is written as it is read, so a catalogue of any size takes the memory of a
 * page of it.
 */

/** Products that one part names. The format allows 50,000; smaller parts are read again sooner. */
const PART_MAX = 10_000;
const PAGE_SIZE = 100;
const HOUR = 'public, max-age=3600';

interface ProductPage {
  readonly items: readonly {
    readonly handle: string;
    readonly vendor: { readonly slug: string };
  }[];
  readonly nextCursor: string | null;
}

type Read = <Body>(path: string) => Promise<Body>;

export function registerSitemap(site: HttpApp, app: HttpApp, languages: readonly string[]): void {
  const read: Read = async (path) => {
    const answer = await app.inject({ method: 'GET', url: path });
    if (answer.statusCode !== 200) throw new AppError('unavailable', { retryAfterS: 30 });
    return answer.json();
  };

  site.get('/sitemap.xml', { schema: { hide: true } }, async (request, reply) => {
    const parts = await listParts(read);
    const origin = originOf(request);
    const files = languages.flatMap((language) => [
      `${origin}/sitemap-pages-${language}.xml`,
      ...parts.map((after) => `${origin}/sitemap-products-${language}.xml?after=${after}`),
    ]);
    const body = files.map((file) => `<sitemap><loc>${escapeXml(file)}</loc></sitemap>`).join('\n');
    return reply
      .header('content-type', 'application/xml')
      .header('cache-control', HOUR)
      .send(
        `${PROLOGUE}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${body}\n</sitemapindex>\n`,
      );
  });

  site.get('/sitemap-:kind.xml', { schema: { hide: true } }, (request, reply) => {
    const [kind, ...rest] = (request.params as { readonly kind: string }).kind.split('-');
    const language = languageOf(rest.join('-'))?.tag;
    if (language === undefined || !languages.includes(language)) return reply.callNotFound();
    const base = `${originOf(request)}/${language}`;
    const { after } = request.query as { readonly after?: string | string[] };
    const addresses =
      kind === 'products'
        ? productAddresses(read, typeof after === 'string' ? after : '')
        : kind === 'pages'
          ? pageAddresses(read)
          : undefined;
    if (addresses === undefined) return reply.callNotFound();
    void reply.header('content-type', 'application/xml').header('cache-control', HOUR);
    return reply.send(Readable.from(toXml(base, addresses)));
  });
}

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function pageOf(read: Read, cursor: string): Promise<ProductPage> {
  const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  return read<ProductPage>(`/v1/products?limit=${PAGE_SIZE}${from}`);
}

/** Cursors at which the parts begin; the first is empty. */
async function listParts(read: Read): Promise<readonly string[]> {
  const parts = [''];
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: ProductPage = await pageOf(read, cursor);
    cursor = page.nextCursor;
    count += PAGE_SIZE;
    if (count % PART_MAX === 0 && cursor !== null) parts.push(cursor);
  }
  return parts;
}

async function* productAddresses(read: Read, after: string): AsyncGenerator<string> {
  let cursor: string | null = after;
  for (let count = 0; cursor !== null && count < PART_MAX; count += PAGE_SIZE) {
    const page: ProductPage = await pageOf(read, cursor);
    for (const { handle } of page.items) yield `/products/${handle}`;
    cursor = page.nextCursor;
  }
}

async function* pageAddresses(read: Read): AsyncGenerator<string> {
  yield '/';
  const { items } = await read<{ items: readonly { handle: string }[] }>('/v1/categories');
  for (const { handle } of items) yield `/categories/${handle}`;
  const { facets = [] } = await read<{
    facets?: readonly { code: string; values: readonly { value: string }[] }[];
  }>('/v1/search?limit=1');
  for (const { value } of facets.find(({ code }) => code === 'vendor')?.values ?? []) {
    yield `/vendors/${value}`;
  }
}

/** Addresses are gathered into pieces: a write for each would cost more than the rest. */
const PIECE_LENGTH = 16_384;

async function* toXml(base: string, addresses: AsyncGenerator<string>): AsyncGenerator<string> {
  let piece = `${PROLOGUE}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n`;
  for await (const address of addresses) {
    piece += `<url><loc>${escapeXml(base + address)}</loc></url>\n`;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}</urlset>\n`;
}
