import { PURGE_LISTS } from '@commerce/contracts/catalog-purges';
import { HEADERS } from '@commerce/contracts/headers';
import { matchesEtag } from '@commerce/service/http/etag';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RenderedPage } from './product-pages.ts';
import { SHOP_VARY } from './shop-context.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Caches may keep a page but must ask before each use: prices and stock change by the second. */
const REVALIDATE = 'public, no-cache';

/**
 * Lets routers keep a page for everybody until they hear that it has changed.
 * @param maxAgeS in any case no longer than this
 */
export function shareUntilPurged(
  reply: FastifyReply,
  maxAgeS: number,
  { productId = PURGE_LISTS }: Pick<RenderedPage, 'productId'> = {},
): void {
  void reply
    .header(HEADERS.surrogateControl, `max-age=${maxAgeS}`)
    .header(HEADERS.surrogateKey, productId);
}

/** Sends finished bytes, or 304 where the client has them. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: RenderedPage,
  language: string,
): FastifyReply {
  void reply
    .header('etag', page.etag)
    .header('cache-control', REVALIDATE)
    .header('vary', SHOP_VARY)
    .header('content-language', language);
  if (matchesEtag(request.headers['if-none-match'], page.etag)) return reply.code(304).send();
  return reply.header('content-type', JSON_TYPE).send(page.body);
}
